// What a hook writes to its standard error, in the log.
#include "agent/hooks/words.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "platform/log/log.hpp"

namespace {

using hooks::HookWords;
using ::testing::HasSubstr;
using ::testing::Not;

struct HookWordsTest : testing::Test {
    void write(std::string_view text) {
        // The reader may be slower than this: the pipe has room for all of it.
        ASSERT_EQ(::write(words.writer(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    std::string reported(std::string_view hook) {
        words.started();
        words.report(hook, true);
        return platform::log::last_lines();
    }

    net::io_context io;
    HookWords words{io.get_executor()};
};

TEST_F(HookWordsTest, AreLinesOfTheLogWithTheHooksName) {
    write("no such device\n\nsecond line\n");
    const auto log = reported("words-a");
    EXPECT_THAT(log, HasSubstr("hook words-a: no such device"));
    EXPECT_THAT(log, HasSubstr("hook words-a: second line"));
    EXPECT_THAT(log, Not(HasSubstr("words-a: (it wrote more)")));
}

TEST_F(HookWordsTest, CommandNoTerminal) {
    write("\x1b[31mred\x07\n");
    const auto log = reported("words-b");
    EXPECT_THAT(log, HasSubstr("hook words-b: "));
    EXPECT_EQ(log.find('\x1b'), std::string::npos);
    EXPECT_EQ(log.find('\x07'), std::string::npos);
}

TEST_F(HookWordsTest, AreKeptUpToTheirLimitAndNotBeyond) {
    write(std::string(hooks::hook_words_bytes - 1, 'x') + "\n");
    EXPECT_THAT(reported("words-c"), Not(HasSubstr("words-c: (it wrote more)")));
}

TEST_F(HookWordsTest, SayWhereTheyWereCut) {
    write(std::string(hooks::hook_words_bytes, 'x') + "y");
    EXPECT_THAT(reported("words-d"), HasSubstr("hook words-d: (it wrote more)"));
}

TEST_F(HookWordsTest, AreReadWhileTheHookRunsToo) {
    auto listen = [this]() -> awaitable<void> { co_await words.listen(); };
    net::co_spawn(io, listen, rethrow);
    write("early\n");
    io.poll();
    write("late\n");
    const auto log = reported("words-e");
    EXPECT_THAT(log, HasSubstr("hook words-e: early"));
    EXPECT_THAT(log, HasSubstr("hook words-e: late"));
}

}  // namespace
