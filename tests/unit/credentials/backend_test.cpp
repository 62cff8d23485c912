// Addresses in all their spellings, and what a text that is handed in as a key or token is.
#include "agent/credentials/backend.hpp"

#include <gtest/gtest.h>

#include "agent/credentials/bound_tokens.hpp"
#include "agent/credentials/format.hpp"
#include "agent/credentials/key_kind.hpp"
#include "platform/crypto.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace credentials;

std::string jwt(const std::string& claims) {
    return "e30." + platform::base64url(claims) + ".sig";
}

Backend backend_at(const std::string& base) {
    return {.api_url = base, .realtime_url = base + "/realtime/v1", .rest_url = base + "/rest/v1"};
}

TEST(Backend, OneAddressInAllItsSpellings) {
    for (const auto* same : {"https://mine.test", "https://mine.test/", "https://MINE.test:443", "wss://mine.test.",
                             "HTTPS://mine.test:0443//", "https://mine.test./"}) {
        EXPECT_TRUE(same_address("https://mine.test", same)) << same;
    }
    EXPECT_TRUE(same_address("http://[::1]:5", "ws://[0:0:0:0:0:0:0:1]:5/"));
    EXPECT_TRUE(same_address("http://[2001:DB8::A]", "http://[2001:db8:0::a]:80"));
    EXPECT_TRUE(same_address("https://mine.test/realtime/v1", "wss://mine.test/realtime/v1/"));
    for (const auto* other :
         {"http://mine.test", "https://mine.test:444", "https://mine.test.evil", "https://xmine.test",
          "https://mine.test/other", "https://other.test", "https://mine.test@other.test", "https://mine.test?x", "",
          "mine.test", "ftp://mine.test"}) {
        EXPECT_FALSE(same_address("https://mine.test", other)) << other;
    }
    EXPECT_FALSE(same_address("nonsense", "nonsense")) << "what cannot be read is nowhere";
    EXPECT_EQ(shown_address("https://user:hunter2@mine.test").find("hunter2"), std::string::npos);
}

TEST(Backend, AnIssuerTellsWhoseTokenItIs) {
    const auto mine = backend_at("https://mine.test");
    EXPECT_EQ(compare_issuer("https://MINE.test/auth/v1", mine), Origins::same);
    EXPECT_EQ(compare_issuer("https://other.test/auth/v1", mine), Origins::different);
    EXPECT_EQ(compare_issuer("supabase", mine), Origins::silent);
    EXPECT_EQ(compare_issuer("", mine), Origins::silent);
    const auto hosted = backend_at("https://abc.supabase.co");
    EXPECT_EQ(compare_issuer("https://abc.supabase.co/auth/v1", hosted), Origins::same);
    EXPECT_EQ(compare_issuer("https://xyz.supabase.co/auth/v1", hosted), Origins::stranger);
    EXPECT_EQ(compare_issuer("https://xyz.supabase.co/auth/v1", mine), Origins::different);
    EXPECT_EQ(compare_issuer("http://localhost:8000/auth/v1", backend_at("http://127.0.0.1:9")), Origins::same);
    auto with_login = mine;
    with_login.issuer = "https://login.test";
    EXPECT_EQ(compare_issuer("https://login.test/x", with_login), Origins::same);
}

TEST(Backend, IsKeptWithTheCredential) {
    Credential credential;
    credential.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
    credential.access_token = Secret("token");
    credential.backend = backend_at("https://mine.test");
    credential.backend.issuer = "https://login.test";
    credential.backend.resource = "https://resource.test";
    credential.backend.device_token_url = "https://mine.test/functions/v1/token";
    const auto back = from_text(to_text(credential, {}).reveal());
    ASSERT_TRUE(back);
    const auto& kept = back->credential.backend;
    EXPECT_TRUE(kept.same_place(credential.backend));
    EXPECT_EQ(kept.issuer, "https://login.test");
    EXPECT_EQ(kept.resource, "https://resource.test");
    EXPECT_EQ(kept.device_token_url, "https://mine.test/functions/v1/token");
    EXPECT_TRUE(credential.clone().backend.known());
    credential.backend = {};
    const auto old = from_text(to_text(credential, {}).reveal());
    ASSERT_TRUE(old);
    EXPECT_FALSE(old->credential.backend.known()) << "a store of an earlier release";
}

TEST(Backend, ATokenFromOutsideKeepsTheOneItWasUsedWithFirst) {
    tests::TempFolder folder;
    EXPECT_FALSE(bound_backend(folder.path(), "a").known());
    ASSERT_FALSE(bind_token(folder.path(), "a", backend_at("https://mine.test")));
    ASSERT_FALSE(bind_token(folder.path(), "b", backend_at("https://other.test")));
    EXPECT_EQ(bound_backend(folder.path(), "a").api_url, "https://mine.test");
    EXPECT_EQ(bound_backend(folder.path(), "b").api_url, "https://other.test");
    EXPECT_FALSE(bound_backend(folder.path(), "c").known());
    for (int i = 0; i < 63; ++i)
        ASSERT_FALSE(bind_token(folder.path(), std::to_string(i), backend_at("https://x.test")));
    EXPECT_FALSE(bound_backend(folder.path(), "a").known()) << "64 are kept: the oldest goes";
    EXPECT_TRUE(bound_backend(folder.path(), "b").known());
}

TEST(KeyKind, IsSaidByPrefixOrRole) {
    EXPECT_EQ(kind_of_key("sb_publishable_x"), KeyKind::public_key);
    EXPECT_EQ(kind_of_key(" sb_secret_x\n"), KeyKind::secret_key);
    EXPECT_EQ(kind_of_key("sbp_0123"), KeyKind::secret_key);
    EXPECT_EQ(kind_of_key(jwt(R"({"role":"anon","iss":"supabase"})")), KeyKind::public_key);
    for (const auto* role : {"service_role", "SERVICE_ROLE", "supabase_admin", "supabase_auth_admin", "postgres",
                             "dashboard_user", "authenticator"}) {
        const auto key = jwt(R"({"sub":"x","device_uuid":"6f1c2a3b-0000-4000-8000-000000000001","role":")" +
                             std::string(role) + "\"}");
        EXPECT_EQ(kind_of_key(key), KeyKind::secret_key) << role;
        EXPECT_EQ(kind_of_key("Bearer " + key), KeyKind::secret_key) << role;
        for (const auto& wrong : {wrong_as_token(key), wrong_as_public_key(key)}) {
            ASSERT_TRUE(wrong) << role;
            EXPECT_NE(wrong->find("(role " + std::string(role) + ")"), std::string::npos) << *wrong;
            EXPECT_EQ(wrong->find("eyJ"), std::string::npos) << "the key is not repeated";
        }
    }
    EXPECT_EQ(kind_of_key(jwt(R"({"role":"authenticated","sub":"x"})")), KeyKind::user_token);
    EXPECT_EQ(kind_of_key(jwt(R"({"device_uuid":"6f1c2a3b-0000-4000-8000-000000000001"})")), KeyKind::device_token);
    EXPECT_EQ(kind_of_key("opaque"), KeyKind::unknown);
    EXPECT_EQ(kind_of_key(""), KeyKind::unknown);
}

TEST(KeyKind, EachHasItsPlace) {
    const auto anon = jwt(R"({"role":"anon"})"), user = jwt(R"({"role":"authenticated","sub":"x"})");
    EXPECT_FALSE(wrong_as_public_key(anon));
    EXPECT_FALSE(wrong_as_public_key("sb_publishable_x"));
    EXPECT_FALSE(wrong_as_public_key("opaque"));
    EXPECT_FALSE(wrong_as_token(user));
    EXPECT_FALSE(wrong_as_token("opaque"));
    ASSERT_TRUE(wrong_as_token(anon));
    EXPECT_NE(wrong_as_token(anon)->find("give it as api.key"), std::string::npos);
    EXPECT_TRUE(wrong_as_token("sb_publishable_x"));
    ASSERT_TRUE(wrong_as_public_key(user));
    EXPECT_NE(wrong_as_public_key(user)->find("a person"), std::string::npos);
}

}  // namespace
