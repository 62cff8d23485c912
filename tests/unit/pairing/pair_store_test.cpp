// The store's side of a pairing: what is proved before anything is asked of the backend, and what is kept.
#include "agent/pairing/pair_store.hpp"

#include <sys/stat.h>

#include <future>

#include "agent/credentials/store_files.hpp"
#include "platform/file.hpp"
#include "tests/support/store.hpp"
#include "tests/unit/pairing/pair_fixture.hpp"

namespace {

using namespace pairing;
using ::testing::HasSubstr;
using tests::expect_ended;

struct PairStoreTest : tests::PairFixture {
    std::optional<PairResult> check() {
        const auto own = needs();
        PairStore part(own, request);
        return run([&] { return part.check(); });
    }
    credentials::Credential sample(const std::string& token = "token-1") const {
        credentials::Credential credential;
        credential.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
        credential.device_name = "lab 1";
        credential.access_token = Secret(std::string_view(token));
        return credential;
    }
    EarlierPairing earlier(PairStore& part) {
        EarlierPairing found;
        (void)run([&]() -> awaitable<std::optional<PairResult>> {
            found = co_await part.earlier();
            co_return std::nullopt;
        });
        return found;
    }
    /// The worker has done what it was given.
    void settle() {
        std::promise<void> done;
        files.post([&](std::stop_token) { done.set_value(); });
        done.get_future().wait();
    }
    std::string temporary() const { return platform::temporary_of(store.credential_file()).string(); }
};

TEST_F(PairStoreTest, ProvesTheFolderAndTheRoomAndSaysWhereItWillBeKept) {
    EXPECT_FALSE(check());
    EXPECT_THAT(all_said(), HasSubstr("Connections go out "));
    EXPECT_THAT(all_said(), HasSubstr("The credential will be kept in " + (home / "store").string() + "."));
}

TEST_F(PairStoreTest, TheRoomIsTakenWhileItGoesOnAndGivenBackHoweverItEnds) {
    {
        const auto own = needs();
        PairStore part(own, request);
        EXPECT_FALSE(run([&] { return part.check(); }));
        EXPECT_TRUE(std::filesystem::exists(temporary()));
    }
    settle();
    EXPECT_FALSE(std::filesystem::exists(temporary()));
}

TEST_F(PairStoreTest, WhoHoldsTheLockWhenItEndsWritesThere) {
    std::optional<credentials::Lock> held;
    {
        const auto own = needs();
        PairStore part(own, request);
        EXPECT_FALSE(run([&] { return part.check(); }));
        auto taken = store.try_lock();
        ASSERT_TRUE(taken);
        held = std::move(*taken);
    }
    settle();
    EXPECT_TRUE(std::filesystem::exists(temporary()));
}

TEST_F(PairStoreTest, WithoutAStoreNothingIsKept) {
    keeps = false;
    EXPECT_FALSE(check());
    const auto own = needs();
    PairStore part(own, request);
    const auto credential = sample();
    EXPECT_FALSE(run([&] { return part.keep(credential); }));
    EXPECT_EQ(earlier(part).credential, nullptr);
    EXPECT_FALSE(std::filesystem::exists(home / "store"));
}

TEST_F(PairStoreTest, AFolderThatOthersMayReadIsRefused) {
    ASSERT_FALSE(store.open());
    ::chmod((home / "store").c_str(), 0755);
    expect_ended(check(), PairOutcome::not_stored, "the store: ");
}

TEST_F(PairStoreTest, AnEarlierPairingIsReplacedOnlyByWord) {
    ASSERT_FALSE(tests::save(store, sample()));
    expect_ended(check(), PairOutcome::wrong_input, "paired already, as device 6f1c2a3b");
    answer = false;
    expect_ended(check(), PairOutcome::wrong_input, "add --force to replace it");
    answer = true;
    EXPECT_FALSE(check());
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_THAT(asked.back(), HasSubstr("This machine is paired already"));
    EXPECT_THAT(asked.back(), HasSubstr("(lab 1). Replace it?"));
}

TEST_F(PairStoreTest, ForceAndRotateAreThatWord) {
    ASSERT_FALSE(tests::save(store, sample()));
    request.force = true;
    EXPECT_FALSE(check());
    request.force = false;
    request.rotate = true;
    EXPECT_FALSE(check());
    EXPECT_TRUE(asked.empty());
}

TEST_F(PairStoreTest, WhatIsKeptIsTheEarlierPairingOfTheNextOne) {
    const auto own = needs();
    PairStore part(own, request);
    EXPECT_FALSE(run([&] { return part.check(); }));
    EXPECT_EQ(earlier(part).credential, nullptr);
    EXPECT_THAT(earlier(part).why_none, HasSubstr("agent --pair"));
    const auto credential = sample("token-2");
    EXPECT_FALSE(run([&] { return part.keep(credential); }));
    const auto before = earlier(part);
    ASSERT_NE(before.credential, nullptr);
    EXPECT_EQ(before.credential->access_token.reveal(), "token-2");
}

/// By --rotate and --force: controllers know the device by its key.
TEST_F(PairStoreTest, ANewCredentialOfTheSameDeviceKeepsItsKeyAndAnotherDeviceGetsAnother) {
    const auto own = needs();
    const auto key_after = [&](const credentials::Credential& credential) {
        PairStore part(own, request);
        (void)earlier(part);
        EXPECT_FALSE(run([&] { return part.keep(credential); }));
        const auto key = store.identity().load();
        EXPECT_TRUE(key);
        return key->public_key();
    };
    ASSERT_FALSE(store.open());
    request.rotate = true;
    const auto first = key_after(sample("token-1"));
    EXPECT_EQ(key_after(sample("token-2")), first);
    auto another = sample("token-3");
    another.device_uuid = "6f1c2a3b-0000-4000-8000-000000000002";
    EXPECT_NE(key_after(another), first);
    EXPECT_THAT(all_said(), HasSubstr("The device's key is " + platform::fingerprint(first)));
}

}  // namespace
