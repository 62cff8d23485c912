// Where this machine's credential is found: a token that others put here, else the store's own.
#include "agent/pairing/find_credential.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "platform/crypto.hpp"
#include "tests/support/store.hpp"
#include "tests/support/temp_folder.hpp"

namespace pairing::find_test {
namespace {

using credentials::Errc;
using credentials::Origin;
using credentials::Secret;
using ::testing::HasSubstr;

constexpr const char* uuid = "6f1c2a3b-0000-4000-8000-000000000001";
constexpr const char* other = "6f1c2a3b-0000-4000-8000-000000000002";

std::string token_with(const std::string& claims) {
    return "eyJhbGciOiJIUzI1NiJ9." + platform::base64url(claims) + ".c2lnbmF0dXJl";
}
const std::string device_token =
    token_with(R"({"device_uuid":"6f1c2a3b-0000-4000-8000-000000000001","role":"authenticated"})");
const std::string user_token = token_with(R"({"sub":"ada","role":"authenticated"})");

struct FindTest : testing::Test {
    FindTest() {
        config.paths.state = home / "state";
        ::chmod(home.path().c_str(), 0700);
    }
    void put_token(const std::string& text, mode_t mode = 0600) {
        home.put("token", text);
        ::chmod((home / "token").c_str(), mode);
        config.credentials.token_file = home / "token";
    }
    Found find(const WantedDevice& device = {}) { return find_credential(config, store, device); }
    void expect_problem(Error why, const std::string& words, const WantedDevice& device = {}) {
        const auto found = find(device);
        ASSERT_FALSE(found.credential);
        EXPECT_EQ(found.credential.error(), why);
        EXPECT_THAT(found.problem, HasSubstr(words));
        EXPECT_THAT(found.problem, HasSubstr((home / "token").string())) << "it names the file";
    }

    tests::TempFolder home;
    config::Config config;
    credentials::Store store{credentials::StoreSettings{.folder = home / "state", .bind = false}};
};

TEST_F(FindTest, WithoutATokenFromOutsideItIsTheStores) {
    const auto none = find();
    EXPECT_FALSE(none.credential);
    EXPECT_FALSE(none.outside);
    EXPECT_EQ(none.problem, "") << "the store explains its own errors";
    credentials::Credential credential;
    credential.device_uuid = uuid;
    credential.access_token = Secret(std::string_view("stored"));
    ASSERT_FALSE(tests::save(store, credential));
    const auto found = find();
    ASSERT_TRUE(found.credential);
    EXPECT_EQ(found.credential->access_token.reveal(), "stored");
    EXPECT_EQ(found.credential->origin, Origin::stored);
    EXPECT_EQ(source_of(found.outside), "");
}

TEST_F(FindTest, ATokenFromOutsideComesBeforeTheStore) {
    credentials::Credential credential;
    credential.device_uuid = other;
    credential.access_token = Secret(std::string_view("stored"));
    ASSERT_FALSE(tests::save(store, credential));
    put_token(device_token + "\n");
    const auto found = find();
    ASSERT_TRUE(found.credential);
    EXPECT_EQ(found.credential->device_uuid, uuid);
    EXPECT_EQ(found.credential->access_token.reveal(), device_token);
    EXPECT_EQ(found.credential->origin, Origin::file);
    EXPECT_EQ(source_of(found.outside), "the token in " + (home / "token").string());
}

TEST_F(FindTest, ATokenThatCannotBeUsedIsNotReplacedByTheStores) {
    credentials::Credential credential;
    credential.device_uuid = other;
    credential.access_token = Secret(std::string_view("stored"));
    ASSERT_FALSE(tests::save(store, credential));
    put_token("");
    expect_problem(Errc::damaged, "is empty: put a token into it");
    put_token("   \n");
    expect_problem(Errc::damaged, "is empty: put a token into it");
    put_token(device_token, 0644);
    EXPECT_FALSE(find().credential);
    EXPECT_THAT(find().problem, HasSubstr("chmod 0600"));
    std::filesystem::remove(home / "token");
    EXPECT_THAT(find().problem, HasSubstr("is not there"));
}

TEST_F(FindTest, OneThatWasUnpairedIsRefusedAsTheFileHasItAndAsTheTokenInIt) {
    put_token(device_token);
    ASSERT_FALSE(store.open());
    ASSERT_FALSE(store.wipe({device_token}));
    expect_problem(Errc::refused_token, "was unpaired: remove it or put another there");
    put_token(R"({"access_token":")" + device_token + R"("})");
    expect_problem(Errc::refused_token, "was unpaired");
}

TEST_F(FindTest, OneThatNamesNoDeviceNeedsOneFromTheCommandLine) {
    put_token(user_token);
    expect_problem(Errc::damaged, "the token names no device: add --device UUID");
    const auto named = find({.named = other});
    ASSERT_TRUE(named.credential);
    EXPECT_EQ(named.credential->device_uuid, other);
    expect_problem(Errc::damaged, "the token names no device", {.named = "no uuid"});
}

TEST_F(FindTest, WhereNoDeviceIsNeededOneIsMadeUp) {
    put_token(user_token);
    const auto found = find({.needed = false});
    ASSERT_TRUE(found.credential);
    EXPECT_TRUE(credentials::normalise_uuid(found.credential->device_uuid));
    put_token(device_token);
    EXPECT_EQ(find({.needed = false}).credential->device_uuid, uuid) << "the token's, where it names one";
}

TEST_F(FindTest, ARefreshTokenAloneAndAKeyAreNoTokens) {
    put_token(R"({"refresh_token":"r","client_id":"c","token_url":"https://x.test/token"})");
    expect_problem(Errc::damaged, "a refresh token: hand it in by  agent --pair", {.named = uuid});
    put_token(token_with(R"({"role":"service_role"})"));
    expect_problem(Errc::damaged, "service_role", {.named = uuid});
}

TEST_F(FindTest, WhereItMayGoDependsOnWhereItIsFrom) {
    config.api.url = "https://mine.test";
    config.named.api_url = "agent.toml:3";
    config.realtime.url = "https://mine.test/realtime/v1";
    config.pairing.rest_url = "https://mine.test/rest/v1";
    ASSERT_FALSE(store.open());
    put_token(device_token);
    auto found = find();
    ASSERT_TRUE(found.credential);
    const auto bound = bind_found(config, store, *found.credential, found.outside, true);
    EXPECT_EQ(bound.problem, "");
    EXPECT_TRUE(bound.fresh);
    const auto again = bind_found(config, store, *found.credential, found.outside, true);
    EXPECT_FALSE(again.fresh) << "it was written down";
}

}  // namespace
}  // namespace pairing::find_test
