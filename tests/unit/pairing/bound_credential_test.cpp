// Credentials of this machine and where they belong: bound once, kept, and looked up again after a restart.
#include "agent/pairing/bound_credential.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/clock.hpp"
#include "platform/crypto.hpp"
#include "tests/support/store.hpp"
#include "tests/support/temp_folder.hpp"

namespace pairing::bound_test {
namespace {

using namespace std::chrono_literals;
using credentials::Credential;
using credentials::Secret;
using ::testing::HasSubstr;

std::string token_of(const std::string& issuer) {
    return "e30." + platform::base64url(R"({"sub":"x","iss":")" + issuer + "\"}") + ".sig";
}

struct BoundTest : testing::Test {
    static config::Config named(const std::string& url) {
        config::Config config;
        config.api.url = url;
        config.named.api_url = "agent.toml:3";
        config.realtime.url = url + "/realtime/v1";
        config.pairing.rest_url = url + "/rest/v1";
        return config;
    }
    config::Config at(const std::string& url) const {
        auto config = named(url);
        config.paths.state = home / "state";
        return config;
    }
    /// What this machine does by itself, where nobody has named a backend.
    config::Config unnamed() const {
        config::Config config;
        config.paths.state = home / "state";
        return config;
    }
    /// As a release stored it that kept no backend.
    Credential stored_by_earlier_release(credentials::WallTime paired_at) {
        Credential credential;
        credential.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
        credential.access_token = Secret("opaque");
        credential.paired_at = paired_at;
        EXPECT_FALSE(tests::save(store, credential));
        return load();
    }
    Credential load() {
        auto loaded = store.load();
        EXPECT_TRUE(loaded);
        return loaded ? std::move(*loaded) : Credential{};
    }
    static Credential outside(const std::string& token) {
        Credential credential;
        credential.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
        credential.access_token = Secret(std::string_view{token});
        credential.origin = credentials::Origin::file;
        return credential;
    }

    tests::TempFolder home;
    credentials::Store store{credentials::StoreSettings{.folder = home / "state", .bind = false}};
    const credentials::WallTime now = platform::wall_now();
};

TEST_F(BoundTest, WhatIsBoundHereIsWrittenDown) {
    auto credential = stored_by_earlier_release(now);
    const auto bound = bind_stored(at("https://mine.test"), store, credential, true);
    EXPECT_EQ(bound.problem, "");
    EXPECT_EQ(load().backend.api_url, "https://mine.test");
    auto again = load();
    EXPECT_NE(bind_stored(at("https://other.test"), store, again, true).problem, "")
        << "from now on it goes there alone";
}

TEST_F(BoundTest, ALookChangesNothing) {
    auto credential = stored_by_earlier_release(now);
    const auto bound = bind_stored(at("https://mine.test"), store, credential, false);
    EXPECT_EQ(bound.problem, "");
    EXPECT_TRUE(bound.fresh);
    EXPECT_FALSE(load().backend.known());
}

TEST_F(BoundTest, WhatCannotBeBoundIsNotWrittenDown) {
    auto credential = stored_by_earlier_release(now);
    EXPECT_THAT(bind_stored(unnamed(), store, credential, true).problem, HasSubstr("has never joined"));
    EXPECT_FALSE(load().backend.known());
}

TEST_F(BoundTest, AJoinSinceThePairingShowsThatTheDefaultIsItsBackend) {
    auto credential = stored_by_earlier_release(now);
    ASSERT_FALSE(tests::note_joined(store, now));
    EXPECT_EQ(bind_stored(unnamed(), store, credential, true).problem, "") << "in the very second of the pairing";
    EXPECT_TRUE(load().backend.known());
}

TEST_F(BoundTest, AJoinOfThePairingBeforeShowsNothing) {
    auto credential = stored_by_earlier_release(now);
    ASSERT_FALSE(tests::note_joined(store, now - 1s));
    EXPECT_NE(bind_stored(unnamed(), store, credential, true).problem, "");
}

TEST_F(BoundTest, ATokenFromOutsideBelongsWhereItWasUsedFirst) {
    ASSERT_FALSE(store.open());
    auto first = outside("opaque");
    EXPECT_EQ(bind_outside(at("https://mine.test"), "the token in /run/token", first, true).problem, "");
    auto again = outside("opaque");
    const auto problem = bind_outside(at("https://other.test"), "the token in /run/token", again, true).problem;
    EXPECT_THAT(problem, HasSubstr("https://mine.test"));
    EXPECT_THAT(problem, HasSubstr("https://other.test"));
    EXPECT_EQ(again.backend.api_url, "https://mine.test") << "it is known, though the configuration says otherwise";
    auto another = outside("another");
    EXPECT_EQ(bind_outside(at("https://other.test"), "the token in /run/token", another, true).problem, "")
        << "each token has its own backend";
}

TEST_F(BoundTest, ATokenThatIsOnlyLookedAtIsNotBound) {
    ASSERT_FALSE(store.open());
    auto first = outside("opaque");
    EXPECT_EQ(bind_outside(at("https://mine.test"), "the token", first, false).problem, "");
    auto again = outside("opaque");
    EXPECT_EQ(bind_outside(at("https://other.test"), "the token", again, false).problem, "");
}

TEST_F(BoundTest, ATokenOfAnotherIssuerIsNotBound) {
    ASSERT_FALSE(store.open());
    auto first = outside(token_of("https://mine.test/auth/v1"));
    EXPECT_THAT(bind_outside(at("https://other.test"), "the token", first, true).problem,
                HasSubstr("https://mine.test"));
    auto again = outside(token_of("https://mine.test/auth/v1"));
    EXPECT_EQ(bind_outside(at("https://mine.test"), "the token", again, true).problem, "")
        << "the refusal has bound it to nothing";
}

struct HandedIn : BoundTest {
    static TokenInput refreshable(const std::string& token_url, const std::string& revocation_url) {
        TokenInput token;
        token.access_token = Secret(std::string_view{token_of("https://mine.test/auth/v1")});
        token.refresh = credentials::RefreshGrant{Secret("r"), "client", token_url, revocation_url};
        return token;
    }
};

TEST_F(HandedIn, ATokenGoesToItsIssuerOnly) {
    TokenInput token;
    token.access_token = Secret(std::string_view{token_of("https://mine.test/auth/v1")});
    EXPECT_EQ(why_not_there(at("https://mine.test"), token), "");
    EXPECT_THAT(why_not_there(unnamed(), token), HasSubstr("--api-url"));
    token.access_token = Secret("opaque");
    EXPECT_EQ(why_not_there(unnamed(), token), "") << "it names nobody";
}

TEST_F(HandedIn, ARevocationAddressIsAtTheBackendOrBesideTheTokenAddress) {
    const auto config = at("https://mine.test");
    const auto judge = [&](const std::string& token_url, const std::string& revocation_url) {
        return why_not_there(config, refreshable(token_url, revocation_url));
    };
    EXPECT_EQ(judge("https://login.test/token", ""), "");
    EXPECT_EQ(judge("https://login.test/token", "https://login.test/revoke"), "");
    EXPECT_EQ(judge("https://login.test/token", "https://mine.test/auth/v1/revoke"), "");
    const auto wrong = judge("https://login.test/token", "https://evil.test/revoke");
    EXPECT_THAT(wrong, HasSubstr("revocation_url (https://evil.test"));
    EXPECT_THAT(wrong, HasSubstr("leave it out"));
    EXPECT_NE(judge("https://login.test/token", "https://login.test.evil.test/revoke"), "")
        << "a name that begins alike";
}

TEST_F(HandedIn, WithoutATokenAddressTheSettingsNameTheLoginServer) {
    const auto wrong = why_not_there(at("https://mine.test"), refreshable("", ""));
    EXPECT_THAT(wrong, HasSubstr("pairing.issuer"));
    EXPECT_THAT(wrong, HasSubstr("or add token_url to the JSON"));
    auto config = at("https://mine.test");
    config.named.issuer = "agent.toml:9";
    config.pairing.issuer = "https://login.test";
    EXPECT_EQ(why_not_there(config, refreshable("", "")), "");
}

}  // namespace
}  // namespace pairing::bound_test
