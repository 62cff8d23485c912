#include "agent/daemon/unpairing.hpp"

#include <future>

#include "platform/file.hpp"
#include "tests/support/store.hpp"
#include "tests/unit/daemon/unpairing_fixture.hpp"

namespace agent::daemon {
namespace {

using credentials::Errc;
using credentials::WipeEnd;
using hooks::HookEvent;
using parts::device_one;
using parts::device_two;

class UnpairingTest : public parts::WithUnpairing {
  protected:
    void begin_without_traces() {
        const auto last = store.memory().last_join();
        start([&]() -> awaitable<void> { return unpairing.begin_without_traces(last); });
        EXPECT_TRUE(until([this] { return ended > 0; }));
        ended = 0;
    }
    /// Until the worker has done what it has now.
    void wait_for_files() {
        std::promise<void> done;
        files.post([&](std::stop_token) { done.set_value(); });
        done.get_future().wait();
    }
    bool spool_is_empty() const { return std::filesystem::is_empty(home / "spool"); }
};

TEST_F(UnpairingTest, WipesFirstThenLeavesThenForgetsTheToken) {
    pair();
    leaving.when_left = [this] {
        EXPECT_EQ(store.load().error(), Errc::wiped) << "nothing may be left on the disk when the links end";
        EXPECT_NE(tokens.credential(), nullptr) << "what is in flight is answered with it";
    };
    unpairing.unpair();
    EXPECT_EQ(leaving.reasons, std::vector<std::string>{"the device was unpaired"});
    EXPECT_EQ(tokens.credential(), nullptr);
    EXPECT_FALSE(std::filesystem::exists(store.credential_file()));
    EXPECT_TRUE(fired(HookEvent::unpaired));
}

TEST_F(UnpairingTest, WithoutACredentialNothingHappens) {
    unpairing.unpair();
    unpairing.unpair_from_channel();
    settle();
    EXPECT_TRUE(leaving.reasons.empty());
    EXPECT_FALSE(fired(HookEvent::unpaired));
    EXPECT_FALSE(store.wiping());
}

TEST_F(UnpairingTest, ATokenFromOutsideIsRefusedFromNowOn) {
    for (const auto origin :
         {credentials::Origin::file, credentials::Origin::systemd, credentials::Origin::ephemeral}) {
        use_outside(origin);
        unpairing.unpair();
        EXPECT_TRUE(store.is_refused("token-1"));
        EXPECT_EQ(tokens.credential(), nullptr);
    }
    EXPECT_FALSE(store.is_refused("token-2"));
}

TEST_F(UnpairingTest, TheOwnTokenIsNotRefusedForItMayBePairedAgain) {
    pair();
    unpairing.unpair();
    EXPECT_FALSE(store.is_refused("token-1"));
}

TEST_F(UnpairingTest, TheMarkerStaysUntilTheLinksAreDown) {
    home.put("spool/report.pdf", "downloaded");
    pair();
    unpairing.unpair();
    EXPECT_TRUE(store.wiping()) << "an interruption here is finished by the next start";
    EXPECT_FALSE(spool_is_empty());
    unpairing.finish(WipeEnd::orderly);
    EXPECT_FALSE(store.wiping());
    EXPECT_TRUE(spool_is_empty());
    EXPECT_EQ(store.load().error(), Errc::none);
}

TEST_F(UnpairingTest, WhoHoldsTheLockFinishesTheWipe) {
    home.put("spool/report.pdf", "downloaded");
    pair();
    unpairing.unpair();
    {
        const auto refresh_under_way = store.try_lock();
        ASSERT_TRUE(refresh_under_way);
        unpairing.finish(WipeEnd::orderly);
        wait_for_files();  // who comes behind it on the worker does not have the lock either
        EXPECT_TRUE(store.wiping());
        EXPECT_TRUE(spool_is_empty()) << "the traces need no lock";
    }
    unpairing.finish(WipeEnd::orderly);
    EXPECT_FALSE(store.wiping());
}

TEST_F(UnpairingTest, WhatIsStillBeingStoredKeepsTheWipeFromItsEndNoLongerThanItTakes) {
    pair();
    std::promise<void> begun;
    std::promise<void> disk_goes_on;
    files.post([&](std::stop_token) {
        const auto storing = store.try_lock();
        begun.set_value();
        disk_goes_on.get_future().wait();
    });
    begun.get_future().wait();
    unpairing.unpair();
    unpairing.finish(WipeEnd::orderly);
    EXPECT_TRUE(store.wiping());
    disk_goes_on.set_value();
    EXPECT_TRUE(until([this] { return !store.wiping(); })) << "nobody would finish it before the next start";
    EXPECT_EQ(store.load().error(), Errc::none);
}

TEST_F(UnpairingTest, AnotherDevicesTracesAreGoneBeforeThisOneIsServed) {
    home.put("spool/report.pdf", "downloaded");
    ASSERT_FALSE(tests::note_joined(store, platform::wall_now(), device_two));
    pair();
    begin_without_traces();
    EXPECT_TRUE(spool_is_empty());
}

TEST_F(UnpairingTest, TheDevicesOwnDownloadsStay) {
    home.put("spool/report.pdf", "downloaded");
    pair();
    for (const char* joined_as : {device_one, ""}) {
        ASSERT_FALSE(tests::note_joined(store, platform::wall_now(), joined_as));
        begin_without_traces();
        EXPECT_FALSE(spool_is_empty()) << joined_as;
    }
    unpairing.end_without_traces();
    EXPECT_FALSE(spool_is_empty()) << "it is still paired";
}

TEST_F(UnpairingTest, APairingInMemoryBeginsAndEndsWithoutTraces) {
    use_outside(credentials::Origin::ephemeral);
    ASSERT_FALSE(tests::note_joined(store, platform::wall_now(), device_one));
    home.put("spool/before.pdf", "downloaded");
    begin_without_traces();
    EXPECT_TRUE(spool_is_empty());
    home.put("spool/meanwhile.pdf", "downloaded");
    unpairing.end_without_traces();
    EXPECT_TRUE(spool_is_empty());
}

TEST_F(UnpairingTest, EndingAfterTheWipeFinishesIt) {
    pair();
    unpairing.unpair();
    unpairing.end_without_traces();
    EXPECT_FALSE(store.wiping());
}

TEST_F(UnpairingTest, ThePersonIsAnsweredWhatWasDone) {
    pair();
    const auto answer = result_of(unpairing.unpair_on_request(false));
    EXPECT_TRUE(answer.ok);
    EXPECT_NE(answer.text.find("Unpaired: the credential was wiped."), std::string::npos) << answer.text;
    EXPECT_EQ(tokens.credential(), nullptr);
    EXPECT_EQ(leaving.reasons.size(), 1u);
}

TEST_F(UnpairingTest, ThePersonIsAnsweredOnceTheAgentStandsAtItsGate) {
    pair();
    const auto link = parts::status_of(realtime::State::joined);
    state.begin(link);
    std::optional<control::Answer> answer;
    const auto ask = [&]() -> awaitable<void> {
        auto got = co_await unpairing.unpair_on_request(false);
        answer.emplace(std::move(got));
    };
    start(ask);
    EXPECT_FALSE(until([&] { return answer.has_value(); }, 300ms)) << "a status asked for now has no reason yet";
    state.stand_at_gate({.reason = "this machine is not paired", .remedy = {}});
    EXPECT_TRUE(until([&] { return answer.has_value(); }, 300ms));
}

TEST_F(UnpairingTest, WhereNothingIsPairedThePersonIsToldSo) {
    const auto answer = result_of(unpairing.unpair_on_request(true));
    EXPECT_TRUE(answer.ok && answer.confirmed);
    EXPECT_EQ(answer.text, "This machine is not paired.");
}

TEST_F(UnpairingTest, WhatIsStoredAndInNobodysUseIsWipedOnRequest) {
    store_one(credential());
    const auto answer = result_of(unpairing.unpair_on_request(false));
    EXPECT_TRUE(answer.ok);
    EXPECT_FALSE(std::filesystem::exists(store.credential_file()));
    EXPECT_TRUE(leaving.reasons.empty()) << "there are no links to leave";
}

TEST_F(UnpairingTest, WhatCannotBeWipedWholeIsNoSuccess) {
    pair();
    // The pairing comes again between the wipe and the look.
    leaving.when_left = [this] { EXPECT_FALSE(tests::save(store, credential(device_one, "token-2"))); };
    const auto answer = result_of(unpairing.unpair_on_request(false));
    EXPECT_FALSE(answer.ok);
    EXPECT_NE(answer.text.find("could not be wiped whole"), std::string::npos) << answer.text;
}

TEST_F(UnpairingTest, TheChannelsOneEndsWithTheStop) {
    pair();
    unpairing.unpair_from_channel();
    EXPECT_EQ(leaving.reasons.size(), 1u);
    EXPECT_EQ(tokens.credential(), nullptr);
    state.stop();
    settle();
    EXPECT_TRUE(io.stopped()) << "nothing is left that waits";
}

}  // namespace
}  // namespace agent::daemon
