#include "agent/realtime/core/reconnect.hpp"

#include <gtest/gtest.h>

namespace realtime {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint midnight{std::chrono::hours{24}};
constexpr Reconnect::Pace paced_for_hours{1s, 60s, 30s, 3s, 6h};

Judgement backing_off(Class what) {
    Judgement made;
    made.what = what;
    made.wait.backoff = true;
    return made;
}

Judgement between(Class what, Duration least, Duration most) {
    Judgement made;
    made.what = what;
    made.wait = {least, most, false};
    return made;
}

/// Always the greatest wait that is possible, but for a hair.
Reconnect always_late() {
    return Reconnect{paced_for_hours, [] { return 1.0; }};
}

TEST(Reconnect, AConnectionThatFailsAgainAndAgainWaitsTwiceAsLongUpToTheCap) {
    auto reconnect = always_late();
    Duration last{};
    for (const Duration expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        last = reconnect.connection_failed(backing_off(Class::transient), {}, midnight).at - midnight;
        EXPECT_EQ(last, expected);
    }
    reconnect.connection_held(29s);
    EXPECT_EQ(reconnect.connection_failed(backing_off(Class::transient), {}, midnight).at, midnight + 60s);
    reconnect.connection_held(30s);
    EXPECT_EQ(reconnect.connection_failed(backing_off(Class::transient), {}, midnight).at, midnight + 1s);
}

TEST(Reconnect, TheFirstTryAfterAStandingSocketIsSpread) {
    auto reconnect = always_late();
    Reconnect::Failure stood;
    stood.stood = true;
    EXPECT_EQ(reconnect.connection_failed(backing_off(Class::transient), stood, midnight).at, midnight + 3s);
    EXPECT_EQ(reconnect.connection_failed(backing_off(Class::transient), stood, midnight).at, midnight + 2s);
    EXPECT_EQ(reconnect.connection_failed(backing_off(Class::restart), {}, midnight).at, midnight + 3s);
}

TEST(Reconnect, AfterALinkThatHeldNoWaitIsLongerThanHalfTheOutage) {
    auto reconnect = always_late();
    const auto judgement = backing_off(Class::transient);
    Reconnect::Failure stood;
    stood.stood = true;
    const auto waits = [&](Duration away) {
        return reconnect.connection_failed(judgement, {}, midnight + away).at - (midnight + away);
    };
    EXPECT_EQ(reconnect.connection_failed(judgement, stood, midnight).at, midnight + 3s);
    EXPECT_EQ(waits(1s), 2s);
    EXPECT_EQ(waits(2s), 3s);  // 4 s in turn, and never less than the spread
    EXPECT_EQ(waits(10s), 5s);
    EXPECT_EQ(waits(30s), 15s);
    EXPECT_EQ(waits(70s), 32s);
    EXPECT_EQ(waits(200s), 60s);
}

TEST(Reconnect, ALinkThatFailsSoonAfterEachTryIsOneOutage) {
    auto reconnect = always_late();
    const auto judgement = backing_off(Class::transient);
    Reconnect::Failure stood;
    stood.stood = true;
    EXPECT_EQ(reconnect.connection_failed(judgement, stood, midnight).at, midnight + 3s);
    for (const Duration away : {4s, 8s, 12s, 16s}) {
        reconnect.connection_held(1s);
        reconnect.connection_failed(judgement, stood, midnight + away);
    }
    EXPECT_EQ(reconnect.connection_failed(judgement, stood, midnight + 40s).at, midnight + 60s);
    reconnect.connection_held(30s);
    EXPECT_EQ(reconnect.connection_failed(judgement, stood, midnight + 90s).at, midnight + 93s);
    EXPECT_EQ(reconnect.connection_failed(judgement, {}, midnight + 91s).at, midnight + 93s);
}

TEST(Reconnect, AServerThatIsNotReachedIsSearchedForMinutes) {
    auto reconnect = always_late();
    Reconnect::Failure offline;
    offline.offline = true;
    const auto judgement = backing_off(Class::transient);
    EXPECT_EQ(reconnect.connection_failed(judgement, offline, midnight).at, midnight + Search::cap);
    const TimePoint later = midnight + Search::patience;
    EXPECT_EQ(reconnect.connection_failed(judgement, offline, later).at, later + Search::cap);
    EXPECT_EQ(reconnect.connection_failed(judgement, offline, later + 1s).at, later + 2s);
    EXPECT_EQ(reconnect.connection_failed(judgement, {}, later + 2s).at, later + 4s);
    EXPECT_EQ(reconnect.connection_failed(judgement, offline, later + 3s).at, later + 3s + Search::cap);
}

TEST(Reconnect, ATokenThatExpiredIsReplacedOnceThenTheWaitHolds) {
    auto reconnect = always_late();
    const auto expired = between(Class::reauthenticate, 0s, 100s);
    Reconnect::Failure failure;
    failure.used = failure.present = 4;
    EXPECT_EQ(reconnect.connection_failed(expired, failure, midnight).how, NextTry::fresh);
    const auto again = reconnect.connection_failed(expired, failure, midnight);
    EXPECT_EQ(again.how, NextTry::wait);
    EXPECT_EQ(again.at, midnight + 100s);
}

TEST(Reconnect, ARefusalOfAnOlderTokenIsTriedAgainAtOnce) {
    auto reconnect = always_late();
    Reconnect::Failure failure;
    failure.used = 4;
    failure.present = 5;
    const auto next = reconnect.connection_failed(between(Class::rights, 60s, 60s), failure, midnight);
    EXPECT_EQ(next.how, NextTry::at_once);
    EXPECT_EQ(next.at, midnight);
}

TEST(Reconnect, TheDevicesWaitIsKeptOverConnections) {
    auto reconnect = always_late();
    const auto next = reconnect.device_refused(between(Class::limit, 30s, 60s), 4, 4, midnight);
    EXPECT_EQ(next.at, midnight + 60s);
    EXPECT_EQ(reconnect.device_not_before(), next.at);
    Reconnect::Failure stood;
    stood.stood = true;
    EXPECT_EQ(reconnect.connection_failed(between(Class::transient, 0s, 1s), stood, midnight).at, next.at);
    EXPECT_EQ(reconnect.connection_failed(between(Class::transient, 0s, 1s), {}, midnight).at, midnight + 1s);
    reconnect.another_token();
    EXPECT_EQ(reconnect.device_not_before(), TimePoint{});
}

TEST(Reconnect, ATokenThatWasAcceptedMayBeReplacedAgain) {
    auto reconnect = always_late();
    const auto expired = between(Class::reauthenticate, 0s, 100s);
    EXPECT_EQ(reconnect.device_refused(expired, 4, 4, midnight).how, NextTry::fresh);
    EXPECT_EQ(reconnect.device_refused(expired, 4, 4, midnight).how, NextTry::wait);
    reconnect.device_joined(midnight);
    EXPECT_EQ(reconnect.device_refused(expired, 4, 4, midnight).how, NextTry::fresh);
}

TEST(Reconnect, AJoinThatHeldForgetsTheFailuresBefore) {
    auto reconnect = always_late();
    const auto judgement = backing_off(Class::transient);
    EXPECT_EQ(reconnect.device_refused(judgement, 1, 1, midnight).at, midnight + 1s);
    EXPECT_EQ(reconnect.device_refused(judgement, 1, 1, midnight).at, midnight + 2s);
    reconnect.device_joined(midnight);
    reconnect.device_closed(midnight + 30s);
    EXPECT_EQ(reconnect.device_refused(judgement, 1, 1, midnight).at, midnight + 1s);
}

TEST(Reconnect, AnOptionalChannelWithoutRightsIsLeftAloneForThatToken) {
    auto reconnect = always_late();
    const auto next = reconnect.optional_refused("settings:global", between(Class::rights, 0s, 1s), 4, 4, midnight);
    EXPECT_TRUE(next.lasting);
    EXPECT_EQ(next.at, midnight + 6h);
    ASSERT_NE(reconnect.refused("settings:global", 4), nullptr);
    EXPECT_EQ(reconnect.refused("settings:global", 4)->until, next.at);
    EXPECT_EQ(reconnect.refused("settings:global", 5), nullptr);
    EXPECT_EQ(reconnect.refused("devices:all", 4), nullptr);
    reconnect.another_token();
    EXPECT_EQ(reconnect.refused("settings:global", 4), nullptr);
}

TEST(Reconnect, AnOptionalChannelInTroubleWaitsAtLeastItsOwnTime) {
    auto reconnect = always_late();
    const auto soon = reconnect.optional_refused("a", between(Class::transient, 0s, 1s), 4, 4, midnight);
    EXPECT_FALSE(soon.lasting);
    EXPECT_EQ(soon.at, midnight + Reconnect::optional_most);
    const auto late = reconnect.optional_refused("a", between(Class::limit, 0s, 1h), 4, 4, midnight);
    EXPECT_EQ(late.at, midnight + 1h);
    EXPECT_EQ(reconnect.refused("a", 4), nullptr);
}

TEST(Reconnect, APostThatFailsAgainAndAgainWaitsTwiceAsLongUpToTheCap) {
    auto reconnect = always_late();
    for (const Duration expected : {5s, 10s, 20s, 40s, 60s, 60s}) {
        EXPECT_EQ(reconnect.post_failed(midnight), midnight + expected);
    }
    reconnect.posted();
    EXPECT_EQ(reconnect.post_failed(midnight), midnight + Reconnect::post_first) << "one that was taken forgets them";
}

TEST(Reconnect, APostThatMetALimitWaitsAsLongAsAConnectionThatWasClosedForIt) {
    EXPECT_EQ(always_late().post_limited(midnight), midnight + Reconnect::post_limited_most);
    Reconnect early{paced_for_hours, [] { return 0.0; }};
    EXPECT_EQ(early.post_limited(midnight), midnight + Reconnect::post_limited_least);
    const auto closed = judge({.kind = Signal::Kind::system, .text = "Too many messages per second"});
    EXPECT_EQ(closed.wait.least, Reconnect::post_limited_least);
    EXPECT_EQ(closed.wait.most, Reconnect::post_limited_most);
}

TEST(Reconnect, AMessageThatTheServerCouldNotTakeGoesAgainASecondLater) {
    EXPECT_EQ(Reconnect::resend_at(midnight, false), midnight + 1s);
    EXPECT_EQ(Reconnect::resend_at(midnight, true), midnight + 100ms) << "in an orderly stop";
}

}  // namespace
}  // namespace realtime
