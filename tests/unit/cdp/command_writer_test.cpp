// How commands are written: at once, together, or when the browser takes them.
#include "cdp/command_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "scripted_transport.hpp"

namespace cdp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct CommandWriterTest : testing::Test {
    void start() {
        const auto run = [this]() -> awaitable<void> {
            const Error ec = co_await writer.run();
            ended = ec;
        };
        net::co_spawn(io, run, net::bind_cancellation_slot(cancel.slot(), rethrow));
        settle();
    }
    void settle() {
        io.restart();
        io.poll();
    }

    net::io_context io;
    net::cancellation_signal cancel;
    test::FarEnd far{io.get_executor()};
    test::ScriptedTransport transport{far};
    CommandWriter writer{io.get_executor(), transport};
    std::optional<Error> ended;
};

TEST_F(CommandWriterTest, WritesAnEnvelopeOfOurs) {
    start();
    writer.write(7, "Page.reload", R"({"a":1})", "S");
    writer.write(8, "Page.enable", {}, {});
    settle();
    EXPECT_THAT(far.written, ElementsAre(R"({"id":7,"method":"Page.reload","params":{"a":1},"sessionId":"S"})",
                                         R"({"id":8,"method":"Page.enable"})"));
}

TEST_F(CommandWriterTest, WritesWhatWasQueuedBeforeItRan) {
    writer.write(1, "Page.enable", {}, {});
    EXPECT_THAT(far.written, IsEmpty());
    start();
    EXPECT_EQ(far.written.size(), 1u);
}

TEST_F(CommandWriterTest, WritesATurnsCommandsTogetherAtItsEnd) {
    start();
    {
        const platform::Turn turn{platform::Turns::of(io.get_executor())};
        writer.write(1, "Page.enable", {}, {});
        writer.write(2, "Page.enable", {}, {});
        EXPECT_THAT(far.written, IsEmpty());
    }
    EXPECT_EQ(far.written.size(), 2u) << "without a way through the scheduler";
    settle();
    EXPECT_EQ(far.flushes, 0);
}

TEST_F(CommandWriterTest, WaitsWhereTheBrowserDoesNotTakeThemAtOnce) {
    start();
    far.takes_at_once = false;
    {
        const platform::Turn turn{platform::Turns::of(io.get_executor())};
        writer.write(1, "Page.enable", {}, {});
    }
    EXPECT_THAT(far.written, IsEmpty());
    settle();
    EXPECT_EQ(far.written.size(), 1u);
    EXPECT_EQ(far.flushes, 1);
}

TEST_F(CommandWriterTest, EndsWithTheConnection) {
    start();
    far.flush_error = net::error::broken_pipe;
    writer.write(1, "Page.enable", {}, {});
    settle();
    ASSERT_TRUE(ended);
    EXPECT_EQ(*ended, net::error::broken_pipe);
}

TEST_F(CommandWriterTest, EndsWhenItIsCancelled) {
    start();
    EXPECT_FALSE(ended);
    cancel.emit(net::cancellation_type::terminal);
    settle();
    ASSERT_TRUE(ended);
    EXPECT_EQ(*ended, net::error::operation_aborted);
}

}  // namespace
}  // namespace cdp
