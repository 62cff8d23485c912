// What a browser said last.
#include "cdp/stderr_tail.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "platform/process/pipe.hpp"

namespace cdp {
namespace {

struct StderrTailTest : testing::Test {
    StderrTailTest() {
        auto made = platform::make_pipe();
        tail.emplace(io.get_executor(), std::move(made->read));
        browser = std::move(made->write);
    }
    void say(std::string_view text) { ASSERT_EQ(::write(browser.get(), text.data(), text.size()), text.size()); }
    void follow() {
        const auto run = [this]() -> awaitable<void> {
            co_await tail->follow();
            ended = true;
        };
        net::co_spawn(io, run, rethrow);
    }
    /// Runs the loop until it is so; the test's own limit ends what never comes.
    template <class Predicate>
    bool until(Predicate so) {
        while (!so() && io.run_one_for(std::chrono::seconds{4}) > 0) {
        }
        return so();
    }

    net::io_context io;
    platform::UniqueFd browser;
    std::optional<StderrTail> tail;
    bool ended = false;
};

TEST_F(StderrTailTest, IsReadAsItComes) {
    follow();
    say("first\n");
    EXPECT_TRUE(until([&] { return tail->text() == "first\n"; }));
    say("second\n");
    EXPECT_TRUE(until([&] { return tail->text() == "first\nsecond\n"; }));
    browser = {};
    EXPECT_TRUE(until([&] { return ended; }));
}

TEST_F(StderrTailTest, KeepsTheEndOfALongOne) {
    follow();
    const std::string line(1000, 'x');
    for (int i = 0; i < 100; ++i) {
        const std::string text = line + std::to_string(i) + '\n';
        say(text);
        ASSERT_TRUE(until([&] { return tail->text().ends_with(text); }));
        ASSERT_LE(tail->text().size(), 16u * 1024);
    }
    EXPECT_GT(tail->text().size(), 4u * 1024);
}

TEST_F(StderrTailTest, ReadsTheRestWithoutAWait) {
    say("last words");
    tail->read_the_rest();
    EXPECT_EQ(tail->text(), "last words");
    tail->read_the_rest();
    EXPECT_EQ(tail->text(), "last words") << "the other end is still open";
    browser = {};
    tail->read_the_rest();
    EXPECT_EQ(tail->text(), "last words");
}

}  // namespace
}  // namespace cdp
