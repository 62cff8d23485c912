// The device's life where no link comes up; tests/loop/cli has the rest, with a server and a browser.
#include "agent/daemon/device_life.hpp"

#include "tests/unit/daemon/whole.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;
using hooks::HookEvent;
using parts::device_one;

class DeviceLifeTest : public parts::Whole {
  protected:
    void run() {
        leaving.up = false;
        auto found = result_of(gate.find());
        ASSERT_TRUE(found);
        tokens.adopt(std::move(*found));
        start([this] { return device.run(); });
        EXPECT_TRUE(until([this] { return ended == 1; })) << "nothing is served";
    }
};

TEST_F(DeviceLifeTest, WithoutLinksThereIsNothingToLeaveOrToPause) {
    EXPECT_FALSE(device.serving());
    EXPECT_EQ(device.links(), nullptr);
    EXPECT_EQ(device.watch(), nullptr);
    device.leave("a reason");
    device.wind_down("a reason", 1s);
    device.apply_pause();
    EXPECT_EQ(health.told, 0);
}

TEST_F(DeviceLifeTest, AnAbsenceThatWasTooLongEndsItBeforeALinkIsMade) {
    config.credentials.max_offline = 24h;
    home.put("spool/report.pdf", "downloaded");
    auto old = credential();
    old.paired_at = platform::wall_now() - 48h;
    store_one(old);
    run();
    EXPECT_EQ(ended, 1);
    EXPECT_FALSE(device.serving());
    EXPECT_EQ(tokens.credential(), nullptr);
    EXPECT_FALSE(store.wiping()) << "the wipe is finished";
    EXPECT_TRUE(std::filesystem::is_empty(home / "spool"));
    EXPECT_TRUE(fired(HookEvent::unpaired));
}

TEST_F(DeviceLifeTest, StoredMessagesAreAskedForSinceTheLastJoinAndNotFromBeforeThePairing) {
    config.credentials.max_offline = 1s;  // nothing is served
    auto old = credential();
    old.paired_at = platform::wall_now() - 48h;
    store_one(old);
    ASSERT_FALSE(tests::note_joined(store, platform::wall_now() - 24h, device_one));
    run();
    const auto since = std::chrono::milliseconds{gate.bound().realtime.replay_since_ms};
    const std::chrono::sys_time<std::chrono::milliseconds> when{since};
    EXPECT_LT(std::chrono::abs(platform::wall_now() - 24h - when), 5s);
}

TEST_F(DeviceLifeTest, APairingFromBeforeTheStartIsNoNews) {
    config.credentials.max_offline = 1s;
    auto old = credential();
    old.paired_at = platform::wall_now() - 48h;
    store_one(old);
    run();
    EXPECT_FALSE(fired(HookEvent::paired));
}

}  // namespace
}  // namespace agent::daemon
