#include "agent/daemon/absence.hpp"

#include "agent/credentials/store_files.hpp"
#include "platform/log/log.hpp"
#include "tests/unit/daemon/unpairing_fixture.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;
using credentials::WallTime;
using parts::device_one;
using parts::status_of;

class AbsenceTest : public parts::WithUnpairing {
  protected:
    void pair_before(std::chrono::seconds ago) {
        auto old = credential();
        old.paired_at = platform::wall_now() - ago;
        store_one(old);
        use_stored();
    }
    void heard_before(std::chrono::seconds ago) {
        const std::chrono::milliseconds when = (platform::wall_now() - ago).time_since_epoch();
        home.put("state/" + std::string(credentials::files::last_heard), std::to_string(when.count()));
    }
    bool wiped() { return tokens.credential() == nullptr; }

    bool begin() { return absence.begin(store.memory().last_join()); }

    Absence absence{config, tokens, state, unpairing};
};

TEST_F(AbsenceTest, AMachineThatLayInACupboardIsWipedBeforeItSaysAWord) {
    config.credentials.max_offline = 24h;
    pair_before(48h);
    EXPECT_FALSE(begin());
    EXPECT_TRUE(wiped());
    EXPECT_TRUE(store.wiping());
}

TEST_F(AbsenceTest, WithoutALimitItMayLieForYears) {
    pair_before(24h * 3000);
    EXPECT_TRUE(begin());
    EXPECT_FALSE(wiped());
}

TEST_F(AbsenceTest, EachSignThatWasKeptCounts) {
    config.credentials.max_offline = 24h;
    pair_before(48h);
    heard_before(1h);
    EXPECT_TRUE(begin());
    heard_before(30h);
    ASSERT_FALSE(tests::note_joined(store, platform::wall_now() - 2h, device_one));
    EXPECT_TRUE(begin());
    ASSERT_FALSE(tests::note_joined(store, platform::wall_now() - 30h, device_one));
    EXPECT_FALSE(begin());
}

TEST_F(AbsenceTest, WhatIsNoNumberIsNoSign) {
    config.credentials.max_offline = 24h;
    pair_before(48h);
    home.put("state/" + std::string(credentials::files::last_heard), "yesterday");
    EXPECT_FALSE(begin());
}

TEST_F(AbsenceTest, APairingInMemoryIsNotWiped) {
    config.credentials.max_offline = 24h;
    auto old = credential();
    old.paired_at = platform::wall_now() - 48h;
    old.origin = credentials::Origin::ephemeral;
    tokens.adopt(std::move(old));
    EXPECT_TRUE(begin());
    EXPECT_FALSE(wiped());
}

TEST_F(AbsenceTest, TheTimeOfATokenThatNeverJoinedBeginsWithTheRun) {
    config.credentials.max_offline = 24h;
    auto given = credential();
    given.origin = credentials::Origin::file;
    given.paired_at = {};
    tokens.adopt(std::move(given));
    EXPECT_TRUE(begin());
    EXPECT_FALSE(wiped());
}

TEST_F(AbsenceTest, AndEndsWhileItRuns) {
    config.credentials.max_offline = 1s;
    auto given = credential();
    given.origin = credentials::Origin::file;
    given.paired_at = {};
    tokens.adopt(std::move(given));
    ASSERT_TRUE(begin());
    start([this] { return absence.run(); });
    EXPECT_TRUE(until([this] { return wiped(); }));
    EXPECT_TRUE(store.is_refused("token-1"));
    EXPECT_EQ(ended, 0) << "the links leave in order, and end it with them";
}

TEST_F(AbsenceTest, WhoIsJoinedIsNotWipedWhileItRuns) {
    config.credentials.max_offline = 1s;
    pair_before(0s);
    state.take(status_of(realtime::State::joined));
    ASSERT_TRUE(begin());
    start([this] { return absence.run(); });
    EXPECT_FALSE(until([this] { return wiped(); }, 2500ms));
    state.take(status_of(realtime::State::waiting));
    EXPECT_TRUE(until([this] { return wiped(); }, 2500ms)) << "once the link is lost the time counts";
}

TEST_F(AbsenceTest, TheLinksOwnSignCounts) {
    config.credentials.max_offline = 24h;
    pair_before(23h);
    ASSERT_TRUE(begin());
    auto old = credential();
    old.paired_at = platform::wall_now() - 48h;
    tokens.adopt(std::move(old));
    auto status = status_of(realtime::State::waiting);
    status.last_joined_ms = std::chrono::milliseconds{(platform::wall_now() - 1h).time_since_epoch()}.count();
    state.begin(status);
    start([this] { return absence.run(); });
    EXPECT_FALSE(wiped());
    state.end();
    cancel_all();
    ASSERT_TRUE(until([this] { return ended == 1; }));
}

TEST_F(AbsenceTest, ATokenThatRunsOutIsSpokenOf) {
    auto ending = credential();
    ending.expires_at = platform::wall_now() + 24h;
    store_one(ending);
    use_stored();
    start([this] { return absence.run(); });
    const auto notice = credentials::expiry_notice(ending.expires_at, false, platform::wall_now());
    ASSERT_FALSE(notice.empty());
    EXPECT_NE(platform::log::last_lines().find("runs out"), std::string::npos) << notice;
}

TEST_F(AbsenceTest, EndsWithItsCancellation) {
    pair();
    start([this] { return absence.run(); });
    EXPECT_EQ(ended, 0);
    cancel_all();
    EXPECT_TRUE(until([this] { return ended == 1; }));
}

}  // namespace
}  // namespace agent::daemon
