// Which commands are relayed at all.
#include "agent/relay/admission.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "platform/worker.hpp"

namespace {

using namespace std::chrono_literals;
using relay::Admission;
using relay::Command;
using relay::Flight;
using relay::Reason;
using relay::Refusal;

struct AdmissionTest : testing::Test {
    AdmissionTest() {
        settings.max_in_flight = 2;
        settings.max_bytes_in_flight = 100;
        settings.max_strangers_at_browser = 1;
    }
    Flight& send(realtime::Ticket ticket, realtime::SenderId sender) {
        Flight& made = flights.begin(ticket, Command{"1", "Page.enable", {}, {}, {}}, sender, now);
        flights.enter_browser(made, 10);
        return made;
    }
    /// The reason of the refusal, as it is called; "" where it is admitted.
    std::string reason(const relay::Arrival& arrival = {.sender = 7}) const {
        const auto refusal = admission.refusal(arrival, wall);
        return refusal ? std::string{describe(refusal->reason).name} : "";
    }

    boost::asio::io_context io;
    platform::Worker files{"files"};
    relay::Settings settings;
    relay::Audit audit{io.get_executor(), settings.audit, files};
    relay::Flights flights{{{2, 100}, 1, 250ms}};
    Admission admission{settings, flights, audit};
    TimePoint now{1h};
    relay::WallTime wall{1'000'000s};
};

TEST_F(AdmissionTest, AdmitsWhatNothingSpeaksAgainst) {
    EXPECT_EQ(reason(), "");
}

TEST_F(AdmissionTest, RefusesWhatIsOld) {
    EXPECT_EQ(reason({.sender = 7, .stale = true}), "stale");
}

TEST_F(AdmissionTest, RefusesWhileAPersonHasTheMachine) {
    admission.set_pause(relay::Pause{});
    EXPECT_EQ(reason(), "busy");
    EXPECT_EQ(admission.refusal({}, wall)->extra, "") << "nobody knows for how long";
    admission.set_pause(relay::Pause{wall + 90s});
    const auto refusal = admission.refusal({}, wall);
    EXPECT_EQ(refusal->extra, "\"retryAfterMs\":90000");
    EXPECT_NE(refusal->message.find("for 1 min 30 s"), std::string::npos) << refusal->message;
    EXPECT_NE(admission.pause(wall + 89s), nullptr);
    EXPECT_EQ(admission.pause(wall + 90s), nullptr);
    wall += 90s;
    EXPECT_EQ(reason(), "") << "it is over without a word";
    admission.set_pause(relay::Pause{});
    admission.set_pause(std::nullopt);
    EXPECT_EQ(reason(), "");
}

TEST_F(AdmissionTest, SaysTheReasonForWhichItStops) {
    admission.refuse_new("The device was unpaired.");
    const auto refusal = admission.refusal({.stale = true}, wall);
    EXPECT_EQ(refusal->reason, Reason::stopping) << "before all other reasons";
    EXPECT_EQ(refusal->message, "The device was unpaired.");
}

TEST_F(AdmissionTest, BoundsTheCommandsOfASender) {
    send(1, 7);
    EXPECT_EQ(reason(), "");
    for (realtime::Ticket ticket = 2; reason().empty(); ++ticket) {
        ASSERT_LT(ticket, 10u);
        send(ticket, 7);
    }
    EXPECT_EQ(reason(), "overloaded");
    EXPECT_NE(admission.refusal({.sender = 7}, wall)->message.find("at most 2"), std::string::npos);
    flights.end(1);
    EXPECT_EQ(reason(), "");
}

TEST_F(AdmissionTest, BoundsTheirBytes) {
    send(1, 7);
    EXPECT_EQ(reason({.sender = 7, .params_bytes = 90}), "");
    EXPECT_EQ(reason({.sender = 7, .params_bytes = 91}), "overloaded");
}

TEST_F(AdmissionTest, GivesAStrangerThePlaceOfOneThatHadItsTurn) {
    EXPECT_FALSE(admission.place_for_stranger(now).refusal) << "the first one has a place";
    Flight& first = send(1, 101);
    const auto early = admission.place_for_stranger(now + 249ms);
    ASSERT_TRUE(early.refusal);
    EXPECT_EQ(early.refusal->reason, Reason::overloaded);
    EXPECT_EQ(early.evicted, nullptr);
    EXPECT_NE(early.refusal->message.find("(1)"), std::string::npos) << early.refusal->message;
    const auto late = admission.place_for_stranger(now + 250ms);
    EXPECT_FALSE(late.refusal);
    EXPECT_EQ(late.evicted, &first);
    EXPECT_EQ(Admission::evicted().reason, Reason::overloaded);
    flights.end(1);
    EXPECT_EQ(admission.place_for_stranger(now + 1h).evicted, nullptr);
}

}  // namespace
