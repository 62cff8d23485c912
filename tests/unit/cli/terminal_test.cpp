// What goes to the terminal: cleaned, on the right stream, and as it is where it is JSON.
#include "agent/cli/terminal.hpp"
#include "agent/cli/screen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "platform/process/pipe.hpp"

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Written {
    std::string out;
    std::string err;
};
template <class Act>
Written written_by(Act&& act) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    act();
    std::fflush(stderr);
    Written written;
    written.out = ::testing::internal::GetCapturedStdout();
    written.err = ::testing::internal::GetCapturedStderr();
    return written;
}

constexpr const char* hostile_text =
    "a\x1b[2Jb\xe2\x80\xae"
    "c";

TEST(TerminalText, ForPeopleGoesToStandardErrorCleaned) {
    const auto said = written_by([] { cli::say(hostile_text); });
    EXPECT_EQ(said.err, "a[2Jbc\n");
    EXPECT_EQ(said.out, "");
    const auto complained = written_by([] { cli::complain("two\nlines"); });
    EXPECT_EQ(complained.err, "agent: twolines\n");
    EXPECT_EQ(written_by([] { cli::blame("nothing is shown"); }).err, "");
}

TEST(TerminalText, PasswordsInAddressesAreNotShown) {
    for (const auto& written : {written_by([] { cli::say("by http://me:secret@proxy.example:3128"); }),
                                written_by([] { cli::print("by http://me:secret@proxy.example:3128\n"); }),
                                written_by([] { cli::print_line("by http://me:secret@proxy.example:3128"); })}) {
        EXPECT_THAT(written.err + written.out, Not(HasSubstr("secret")));
        EXPECT_THAT(written.err + written.out, HasSubstr("proxy.example:3128"));
    }
}

TEST(TerminalText, LinesForStandardOutputKeepTheirEnds) {
    const auto printed = written_by([] { cli::print("one\x1b\ntwo\n"); });
    EXPECT_EQ(printed.out, "one\ntwo\n");
    EXPECT_EQ(printed.err, "");
    EXPECT_EQ(written_by([] { cli::print_own("as \x1b it is"); }).out, "as \x1b it is");
}

TEST(TerminalText, OneOfManyLinesIsOneLine) {
    bool read = false;
    const auto printed = written_by([&] { read = cli::print_line("one\ntwo \x1b[0m"); });
    EXPECT_TRUE(read);
    EXPECT_EQ(printed.out, "onetwo [0m\n");
}

TEST(TerminalText, JsonCommandsNoTerminalAndStaysTheSameValue) {
    const auto printed = written_by([] { cli::print_json("{\"a\":\"\x7f\xe2\x80\xae\"}\n"); });
    EXPECT_EQ(printed.out, "{\"a\":\"\\u007f\\u202e\"}\n");
    bool read = false;
    EXPECT_EQ(written_by([&] { read = cli::print_json_line("{}\n"); }).out, "{}\n");
    EXPECT_TRUE(read);
}

TEST(TerminalText, ACountDownIsForTerminalsAlone) {
    EXPECT_EQ(written_by([] { cli::count_down("59 s left"); }).err, "");
}

TEST(TerminalPlace, AScreenIsOneOfThisMachine) {
    for (const char* name : {"SSH_CONNECTION", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY"}) ::unsetenv(name);
    EXPECT_FALSE(cli::has_screen());
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"}) {
        ::setenv(name, ":0", 1);
        EXPECT_TRUE(cli::has_screen()) << name;
        for (const char* remote : {"SSH_CONNECTION", "SSH_TTY"}) {
            ::setenv(remote, "x", 1);
            EXPECT_FALSE(cli::has_screen()) << remote;
            ::unsetenv(remote);
        }
        ::setenv(name, "", 1);
        EXPECT_FALSE(cli::has_screen()) << "empty";
        ::unsetenv(name);
    }
}

/// Standard input is a pipe meanwhile.
struct TerminalInput : ::testing::Test {
    TerminalInput() : before{::dup(STDIN_FILENO)} {
        auto made = platform::make_pipe();
        EXPECT_TRUE(made.has_value());
        ::dup2(made->read.get(), STDIN_FILENO);
        write_end = std::move(made->write);
    }
    ~TerminalInput() override { ::dup2(before.get(), STDIN_FILENO); }
    void type(std::string_view text) {
        ASSERT_EQ(::write(write_end.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    template <class T>
    T result_of(awaitable<T> work) {
        std::optional<T> result;
        const auto wait = [&]() -> awaitable<void> { result = co_await std::move(work); };
        net::co_spawn(io, wait, rethrow);
        io.run();
        io.restart();
        return *result;
    }

    const platform::UniqueFd before;
    platform::UniqueFd write_end;
    net::io_context io;
};

TEST_F(TerminalInput, LinesComeOneByOneWithoutTheirEnds) {
    cli::Terminal terminal{io.get_executor()};
    type("one\r\n  two  \n\nlast");
    write_end.reset();
    EXPECT_EQ(result_of(terminal.read_line()), "one");
    EXPECT_EQ(result_of(terminal.read_line()), "two");
    EXPECT_EQ(result_of(terminal.read_line()), "");
    EXPECT_EQ(result_of(terminal.read_line()), "last") << "the last one may come without its end";
    EXPECT_EQ(result_of(terminal.read_line()), std::nullopt);
}

TEST_F(TerminalInput, ALineThatIsTooLongIsNone) {
    cli::Terminal terminal{io.get_executor()};
    type(std::string(20'000, 'x') + "\n");
    write_end.reset();
    EXPECT_EQ(result_of(terminal.read_line()), std::nullopt);
}

TEST_F(TerminalInput, AQuestionIsANoUnlessSomebodySaysYes) {
    struct Row {
        const char* typed;
        bool yes;
    };
    cli::Terminal terminal{io.get_executor()};
    for (const Row& row : {Row{"y\n", true}, Row{"Y\n", true}, Row{"yes\n", true}, Row{"n\n", false}, Row{"\n", false},
                           Row{"yep\n", false}}) {
        type(row.typed);
        bool yes = !row.yes;
        const auto asked = written_by([&] { yes = result_of(terminal.confirm("Shall it\x1b be?")); });
        EXPECT_EQ(yes, row.yes) << row.typed;
        EXPECT_EQ(asked.err, "Shall it be? [y/N] ");
    }
    write_end.reset();
    EXPECT_FALSE(result_of(terminal.confirm("At the end?")));
}

TEST_F(TerminalInput, OnlyAnAddressOfTheWebIsOpened) {
    for (const char* address : {"", "file:///etc/passwd", "--version", "javascript:alert(1)", "http://a b"}) {
        EXPECT_EQ(result_of(cli::browse(address)), "this is no address of the web") << address;
    }
}

}  // namespace
