// Commands that wait for a browser, or for its default page.
#include "cdp/waiting_commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <string>

#include "platform/clock.hpp"

namespace cdp {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct WaitingCommandsTest : testing::Test, Asker {
    using Kind = Destination::Kind;
    struct Got {
        Ticket ticket;
        Fate fate;
        std::string text;
    };
    WaitingCommandsTest() {
        waiting.connect(*this);
        settings.unavailable_grace = 1h;
    }
    void on_answer(const Answer& answer) override {
        got.push_back({answer.ticket, answer.fate, std::string{answer.text}});
    }
    void keep(Ticket ticket, Kind kind = Kind::browser, std::string_view params = {}, Duration limit = 1h) {
        Request request;
        request.ticket = ticket;
        request.to.kind = kind;
        request.method = "Page.enable";
        request.params = params;
        request.deadline = now + limit;
        waiting.keep(request);
    }
    static std::vector<Ticket> tickets(const std::vector<WaitingCommand>& all) {
        std::vector<Ticket> tickets;
        for (const WaitingCommand& kept : all) tickets.push_back(kept.ticket);
        return tickets;
    }
    void lose_browser() {
        standing.on_ended("It crashed.", {});
        standing.wait_until(now + 1h, false);
    }
    void tend() {
        const auto run = [this]() -> awaitable<void> { co_await waiting.tend(); };
        net::co_spawn(io, run, net::bind_cancellation_slot(cancel.slot(), rethrow));
        settle();
    }
    void settle() {
        io.restart();
        io.poll();
    }

    net::io_context io;
    net::cancellation_signal cancel;
    Settings settings;
    TimePoint now = platform::BootClock::now();
    BrowserStanding standing{30s, [this] { waiting.look_again(); }};
    WaitingCommands waiting{io.get_executor(), settings, standing};
    std::vector<Got> got;
};

TEST_F(WaitingCommandsTest, AreRefusedWhereNothingIsTried) {
    keep(1);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].fate, Fate::unavailable);
    EXPECT_TRUE(got[0].text.starts_with("No browser is there.")) << got[0].text;
    EXPECT_EQ(waiting.size(), 0u);
}

TEST_F(WaitingCommandsTest, AreHandedOutInOrderWhenTheirTimeHasCome) {
    standing.begin_life(now);
    keep(1);
    keep(2, Kind::default_page);
    keep(3, Kind::session);
    keep(4, Kind::default_page);
    EXPECT_TRUE(waiting.any_for_page());
    EXPECT_EQ(waiting.size(), 4u);
    EXPECT_THAT(tickets(waiting.take_for_browser()), ElementsAre(1, 3));
    EXPECT_TRUE(waiting.any_for_page());
    EXPECT_THAT(tickets(waiting.take_for_page()), ElementsAre(2, 4));
    EXPECT_FALSE(waiting.any_for_page());
    EXPECT_EQ(waiting.size(), 0u);
    EXPECT_EQ(waiting.bytes(), 0u);
    EXPECT_THAT(got, IsEmpty());
}

TEST_F(WaitingCommandsTest, ComeOutAsTheyWentIn) {
    standing.begin_life(now);
    Request request;
    request.ticket = 9;
    request.to = {Kind::session, "S"};
    request.method = "Page.reload";
    request.params = R"({"a":1})";
    request.deadline = now + 7s;
    request.sender = 3;
    request.content = true;
    waiting.keep(request);
    const auto taken = waiting.take_for_browser();
    ASSERT_EQ(taken.size(), 1u);
    const Request again = request_of(taken[0]);
    EXPECT_EQ(again.ticket, 9u);
    EXPECT_EQ(again.to.kind, Kind::session);
    EXPECT_EQ(again.to.session, "S");
    EXPECT_EQ(again.method, "Page.reload");
    EXPECT_EQ(again.params, R"({"a":1})");
    EXPECT_EQ(again.deadline, now + 7s);
    EXPECT_EQ(again.sender, 3u);
    EXPECT_TRUE(again.content);
}

TEST_F(WaitingCommandsTest, AreBounded) {
    settings.max_in_flight = 2;
    standing.begin_life(now);
    keep(1);
    keep(2);
    EXPECT_THAT(got, IsEmpty());
    keep(3);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].ticket, 3u);
    EXPECT_EQ(got[0].fate, Fate::overloaded);
    waiting.forget(1);
    waiting.forget(99);
    EXPECT_EQ(waiting.size(), 1u);
    settings.max_bytes_held = 40;
    keep(4, Kind::browser, std::string(30, ' '));
    EXPECT_EQ(got.size(), 2u);
    EXPECT_EQ(got[1].fate, Fate::overloaded) << "too many bytes";
    keep(5, Kind::browser, std::string(max_command_bytes, ' '));
    EXPECT_EQ(got[2].fate, Fate::too_large);
}

TEST_F(WaitingCommandsTest, AreForgottenWithoutAnAnswer) {
    standing.begin_life(now);
    keep(1, Kind::default_page);
    waiting.forget(1);
    EXPECT_FALSE(waiting.any_for_page());
    EXPECT_THAT(got, IsEmpty());
}

TEST_F(WaitingCommandsTest, AreAnsweredAtTheirDeadlineWithWhatTheyWaitedFor) {
    standing.begin_life(now);
    keep(1, Kind::browser, {}, -1s);
    tend();
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].fate, Fate::timed_out);
    const std::string for_browser = got[0].text;
    standing.on_answered({});
    keep(2, Kind::default_page, {}, -1s);
    settle();
    ASSERT_EQ(got.size(), 2u);
    EXPECT_NE(got[1].text, for_browser) << "the browser was there, its page was not";
    EXPECT_FALSE(waiting.any_for_page());
}

TEST_F(WaitingCommandsTest, AreAnsweredWhenNoBrowserComesWithinTheGrace) {
    standing.begin_life(now);
    tend();
    keep(1);
    settings.unavailable_grace = 0s;
    settle();
    EXPECT_THAT(got, IsEmpty()) << "one is being started";
    lose_browser();
    settle();
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].fate, Fate::unavailable);
    EXPECT_EQ(got[0].text, "No browser is there. It crashed.");
    settings.unavailable_grace = 1h;
    keep(2);
    settle();
    EXPECT_EQ(got.size(), 1u) << "it has its grace";
}

TEST_F(WaitingCommandsTest, FailForThePageAlone) {
    standing.begin_life(now);
    keep(1);
    keep(2, Kind::default_page);
    waiting.fail_for_page("There is no page.");
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].ticket, 2u);
    EXPECT_EQ(got[0].fate, Fate::unavailable);
    EXPECT_EQ(got[0].text, "There is no page.");
    EXPECT_EQ(waiting.size(), 1u);
    EXPECT_FALSE(waiting.any_for_page());
}

TEST_F(WaitingCommandsTest, AreAbandonedAtTheEnd) {
    standing.begin_life(now);
    keep(1);
    keep(2, Kind::default_page);
    waiting.abandon();
    EXPECT_EQ(got.size(), 2u);
    EXPECT_EQ(waiting.size(), 0u);
    EXPECT_FALSE(waiting.any_for_page());
}

}  // namespace
}  // namespace cdp
