// What an unpairing leaves to do: credentials that nobody uses are wiped, and the sentence says what stays valid.
#include "agent/pairing/withdraw.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "platform/clock.hpp"
#include "tests/support/store.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace std::chrono_literals;
using credentials::Errc;
using pairing::unpair_unused;
using pairing::Withdrawal;
using ::testing::HasSubstr;
using ::testing::Not;

struct WithdrawTest : testing::Test {
    WithdrawTest() { EXPECT_FALSE(store.open()); }

    credentials::Credential credential() const {
        credentials::Credential made;
        made.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
        made.access_token = credentials::Secret("token");
        made.paired_at = platform::wall_now();
        return made;
    }
    /// Nothing is asked of a server: there is no address to ask.
    Withdrawal withdraw(credentials::Credential gone, bool delete_device = false) {
        std::optional<Withdrawal> done;
        net::io_context io{1};
        auto work = [&]() -> awaitable<void> {
            auto working = pairing::withdraw(network, config, std::move(gone), delete_device);
            done = co_await std::move(working);
        };
        net::co_spawn(io, work, rethrow);
        io.run();
        return done.value();
    }

    tests::TempFolder home;
    config::Config config;
    platform::Worker network{"network"};
    credentials::Store store{credentials::StoreSettings{.folder = home / "store", .bind = false}};
};

TEST_F(WithdrawTest, AnEmptyStoreHasNothingUnused) {
    EXPECT_FALSE(unpair_unused(store));
}

TEST_F(WithdrawTest, AStoredCredentialIsWipedAndHandedOutForItsRevocation) {
    ASSERT_FALSE(tests::save(store, credential()));
    const auto unused = unpair_unused(store);
    ASSERT_TRUE(unused);
    EXPECT_FALSE(unused->failed);
    ASSERT_TRUE(unused->credential);
    EXPECT_EQ(unused->credential->access_token.reveal(), "token");
    EXPECT_EQ(store.load().error(), Errc::none);
    EXPECT_FALSE(store.wiping()) << "the wipe is finished";
    EXPECT_FALSE(unpair_unused(store)) << "and not done twice";
}

TEST_F(WithdrawTest, ADamagedCredentialIsWipedAndItsTokenIsThePersonsToRevoke) {
    home.put("store/credential.json", "{nonsense");
    ::chmod((home / "store/credential.json").c_str(), 0600);
    const auto unused = unpair_unused(store);
    ASSERT_TRUE(unused);
    EXPECT_FALSE(unused->credential);
    EXPECT_FALSE(unused->failed);
    EXPECT_THAT(unused->text, HasSubstr("could not be read, was wiped"));
    EXPECT_THAT(unused->text, HasSubstr("revoke the access of this device in the dashboard"));
    EXPECT_EQ(store.load().error(), Errc::none);
}

TEST_F(WithdrawTest, WithoutARefreshTokenOnlyTheEndOfTheAccessTokenIsSaid) {
    const auto open_end = withdraw(credential());
    EXPECT_TRUE(open_end.confirmed);
    EXPECT_THAT(open_end.text, HasSubstr("does not say until when it lives"));

    auto valid = credential();
    valid.expires_at = platform::wall_now() + 1h;
    EXPECT_THAT(withdraw(std::move(valid)).text, HasSubstr("A copy of its access token elsewhere can be used until "));
    auto expired = credential();
    expired.expires_at = platform::wall_now() - 1h;
    const auto over = withdraw(std::move(expired));
    EXPECT_THAT(over.text, HasSubstr("Its access token ran out at "));
    EXPECT_THAT(over.text, Not(HasSubstr("revoke")));
}

TEST_F(WithdrawTest, ARefreshTokenThatNobodyRevokedIsThePersonsToRevoke) {
    auto gone = credential();
    gone.account = "a@example.org";
    gone.refresh = credentials::RefreshGrant{credentials::Secret("r"), "client", "https://x.test/token"};
    const auto done = withdraw(std::move(gone));
    EXPECT_FALSE(done.confirmed);
    EXPECT_THAT(done.text, HasSubstr("did not confirm its revocation (no revocation_url is known)"));
    EXPECT_THAT(done.text, HasSubstr("revoke the access of a@example.org for this device in the dashboard"));
}

}  // namespace
