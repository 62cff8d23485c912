// One connection and a peer that the test plays itself: what a browser does too seldom, or at too great a cost.
#include "cdp/link.hpp"

#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <map>

#include "driver.hpp"
#include "platform/process/pipe.hpp"

namespace cdp {
namespace {

using namespace test;

constexpr std::size_t largest = 8192;  // what this connection takes

struct LinkTest : testing::Test, Asker, LinkOwner {
    void on_answer(const Answer& answer) override {
        got[answer.ticket] = {answer.fate, std::string{answer.text}, std::string{answer.session}, 1};
        wake.cancel();
    }
    void on_own(Own, Fate, std::string_view) override {}
    void on_session_gone(std::string_view, bool) override {}
    void on_own_event(std::string_view, std::string_view) override {}

    /// Runs `body` beside the connection, and beside what waits for the peer's reads.
    template <class Body>
    void run(Body body) {
        auto there = platform::make_pipe();
        auto back = platform::make_pipe();
        ASSERT_TRUE(there && back);
        heard.assign(there->read.release());
        says.assign(back->write.release());
        link.emplace(
            context.get_executor(),
            make_pipe_transport(context.get_executor(), std::move(back->read), std::move(there->write), largest),
            settings, *this, *this, std::string{});
        net::co_spawn(
            context, [this]() -> awaitable<void> { ended = co_await link->run(); }, rethrow);
        bool done = false;
        net::co_spawn(
            context,
            [&]() -> awaitable<void> {
                co_await body();
                done = true;
                link->end(end_of_test);
            },
            rethrow);
        context.run_for(5s);
        EXPECT_TRUE(done);
    }
    Ticket send(std::string_view method, std::string_view params = {}) {
        Request request;
        request.params = params;
        request.ticket = ++sent;
        request.method = method;
        request.deadline = platform::BootClock::now() + 4s;
        link->submit(request, {});
        return request.ticket;
    }
    /// The next command that arrives at the peer; its id.
    awaitable<std::string> hears() {
        auto into = net::dynamic_buffer(bytes);
        auto [ec, count] = co_await net::async_read_until(heard, into, '\0', no_throw);
        EXPECT_FALSE(ec) << ec.message();
        const auto message = bytes.substr(0, count - 1);
        bytes.erase(0, count);
        latest = message;
        const auto begin = message.find("\"id\":") + 5;
        co_return message.substr(begin, message.find(',') - begin);
    }
    platform::Turns& turns() { return platform::Turns::of(context.get_executor()); }
    /// Bytes that lie in the peer's pipe.
    int arrived() {
        int count = 0;
        EXPECT_EQ(::ioctl(heard.native_handle(), FIONREAD, &count), 0);
        return count;
    }
    awaitable<void> say(std::string text) {
        text += '\0';
        co_await net::async_write(says, net::buffer(text), no_throw);
    }
    awaitable<Got> answer(Ticket ticket) {
        while (!got.contains(ticket)) {
            wake.expires_at(TimePoint::max());
            co_await wake.async_wait(no_throw);
        }
        co_return got[ticket];
    }

    const Error end_of_test = net::error::operation_aborted;
    net::io_context context;
    Settings settings;
    net::posix::stream_descriptor heard{context};
    net::posix::stream_descriptor says{context};
    platform::Timer wake{context};
    std::optional<Link> link;
    std::map<Ticket, Got> got;
    std::string bytes;
    std::string latest;  // of the commands that arrived
    Error ended;
    Ticket sent = 0;
};

TEST_F(LinkTest, a_result_beyond_what_it_takes_fails_its_own_command_alone) {
    run([&]() -> awaitable<void> {
        const auto large = send("Page.captureScreenshot");
        const auto id = co_await hears();
        std::string fits = R"({"id":)" + id + R"(,"result":{"data":")";
        fits.append(largest - fits.size() - 3, 'x').append("\"}}");
        EXPECT_EQ(fits.size(), largest);
        co_await say(std::move(fits));
        const Got whole = co_await answer(large);
        EXPECT_EQ(whole.fate, Fate::result) << whole.text;

        const auto larger = send("Page.captureScreenshot");
        const auto next = co_await hears();
        std::string beyond = R"({"id":)" + next + R"(,"result":{"data":")";
        beyond.append(largest + 1 - beyond.size() - 3, 'x').append("\"}}");
        co_await say(std::move(beyond));
        const Got cut = co_await answer(larger);
        EXPECT_EQ(cut.fate, Fate::overloaded);
        EXPECT_NE(cut.text.find("was carried out, but its result of 8193 bytes"), std::string::npos) << cut.text;

        std::string event(3 * largest, 'x');
        co_await say(R"({"method":"Network.x","params":{"a":")" + event + "\"}}");
        const auto last = send("Browser.getVersion");
        const auto its = co_await hears();
        co_await say(R"({"id":)" + its + R"(,"result":{}})");
        const Got fine = co_await answer(last);
        EXPECT_EQ(fine.text, "{}");
        EXPECT_EQ(link->strays().unreadable, 1U) << "the event, which nobody waits for";
        EXPECT_EQ(link->in_flight(), 0U);
        EXPECT_EQ(link->bytes_held(), 0U);
    });
}

TEST_F(LinkTest, commands_of_one_turn_leave_together_when_it_ends) {
    run([&]() -> awaitable<void> {
        {
            const platform::Turn turn{turns()};
            send("Page.enable");
            send("Page.reload");
            EXPECT_EQ(arrived(), 0) << "what comes later in the turn goes with it";
        }
        // Nothing else had a turn in between.
        EXPECT_GT(arrived(), 0);
        const auto first = co_await hears();
        EXPECT_NE(bytes.find("Page.reload"), std::string::npos) << "one write: " << bytes;
        const auto second = co_await hears();
        EXPECT_NE(first, second);
    });
}

TEST_F(LinkTest, what_a_full_pipe_does_not_take_at_the_end_of_a_turn_comes_when_it_does) {
    run([&]() -> awaitable<void> {
        const std::string params = R"({"x":")" + std::string(1000, 'x') + R"("})";
        // The first turn's fit the pipe, of the second's a part; those of the third find the writer at work.
        for (int turn_of = 0; turn_of < 3; ++turn_of) {
            const platform::Turn turn{turns()};
            for (int i = 0; i < 50; ++i) send("Test.number" + std::to_string(50 * turn_of + i), params);
        }
        EXPECT_GT(arrived(), 50 * 1000);
        for (int i = 0; i < 150; ++i) {
            const auto id = co_await hears();
            EXPECT_NE(latest.find("Test.number" + std::to_string(i) + '"'), std::string::npos) << latest;
        }
    });
}

TEST_F(LinkTest, more_than_is_tried_at_once_is_the_writers) {
    run([&]() -> awaitable<void> {
        const std::string params = R"({"x":")" + std::string(70'000, 'x') + R"("})";
        {
            const platform::Turn turn{turns()};
            send("Test.large", params);
            send("Test.behind");
        }
        EXPECT_EQ(arrived(), 0);
        const auto first = co_await hears();
        EXPECT_NE(latest.find("Test.large"), std::string::npos);
        const auto second = co_await hears();
        EXPECT_NE(latest.find("Test.behind"), std::string::npos);
    });
}

TEST_F(LinkTest, a_late_answer_is_dropped_and_counted_and_an_unknown_one_too) {
    run([&]() -> awaitable<void> {
        Request request;
        request.ticket = ++sent;
        request.method = "Runtime.evaluate";
        request.deadline = platform::BootClock::now() + 20ms;
        link->submit(request, {});
        const auto id = co_await hears();
        const Got late = co_await answer(request.ticket);
        EXPECT_EQ(late.fate, Fate::timed_out);
        co_await say(R"({"id":)" + id + R"(,"result":{"late":1}})");
        co_await say(R"({"id":77,"error":{"code":1,"message":"not ours"}})");
        const auto next = send("Browser.getVersion");
        const auto its = co_await hears();
        co_await say(R"({"id":)" + its + R"(,"result":{}})");
        const Got fine = co_await answer(next);
        EXPECT_EQ(fine.text, "{}");
        EXPECT_EQ(link->strays().late_answers, 2U);
        EXPECT_EQ(got.size(), 2U);
    });
}

}  // namespace
}  // namespace cdp
