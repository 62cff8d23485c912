#include "agent/pairing/token_input.hpp"

#include <gtest/gtest.h>

#include "agent/credentials/store.hpp"
#include "agent/pairing/device.hpp"
#include "platform/crypto.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace pairing;
using credentials::WallTime;
using namespace std::chrono_literals;

const WallTime now{1790000000s};

std::string jwt(const std::string& claims) {
    return "e30." + platform::base64url(claims) + ".sig";
}

TEST(TokenInput, SaysWhatItSawAndUntilWhenItLives) {
    TokenInput token;
    EXPECT_FALSE(read_token("  " + jwt(R"({"exp":1790086400,"email":"a@b.c","sub":"u"})") + "\n", token));
    EXPECT_EQ(token.kind, TokenKind::user);
    EXPECT_EQ(describe(token, now), "a user token of a@b.c, valid until 2026-09-22 14:13 UTC (for 1 d)");
    TokenInput device;
    EXPECT_FALSE(read_token("Bearer " + jwt(R"({"device_uuid":"6F1C2A3B-0000-4000-8000-000000000001"})"), device));
    EXPECT_EQ(device.kind, TokenKind::device);
    EXPECT_EQ(device.device_uuid, "6f1c2a3b-0000-4000-8000-000000000001");
    TokenInput opaque;
    EXPECT_FALSE(read_token("sb_something", opaque));
    EXPECT_EQ(opaque.kind, TokenKind::opaque);
}

TEST(TokenInput, ARefreshTokenNeedsItsClient) {
    TokenInput token;
    EXPECT_TRUE(read_token(R"({"refresh_token":"r"})", token));
    TokenInput good;
    EXPECT_FALSE(read_token(R"({"refresh_token":"r","client_id":"c","token_url":"https://x/t"})", good));
    EXPECT_EQ(good.kind, TokenKind::refresh);
    EXPECT_EQ(good.refresh->client_id, "c");
}

// Every documented key, handed in, stored and read back.
TEST(TokenInput, LosesNothingOnItsWayThroughTheStore) {
    const auto access = jwt(R"({"exp":1790086400,"email":"a@b.c","sub":"u"})");
    TokenInput token;
    ASSERT_FALSE(read_token(R"({"access_token":")" + access +
                                R"(","refresh_token":"refresh","client_id":"client","token_url":"https://x/token",)"
                                R"("revocation_url":"https://x/revoke","resource":"https://r","api_key":"public"})",
                            token));
    credentials::Credential credential;
    credential.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
    credential.access_token = token.access_token.clone();
    credential.api_key = token.api_key.clone();
    credential.refresh = std::move(token.refresh);
    credential.expires_at = token.expires_at;
    credential.account = token.account;
    const tests::TempFolder home;
    credentials::Store store{{.folder = home / "store", .bind = false}};
    ASSERT_FALSE(store.save(credential));
    const auto back = store.load();
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->access_token, Secret(std::string_view{access}));
    EXPECT_EQ(back->api_key, Secret("public"));
    EXPECT_EQ(back->expires_at, WallTime{1790086400s});
    EXPECT_EQ(back->account, "a@b.c");
    ASSERT_TRUE(back->refresh);
    EXPECT_EQ(back->refresh->token, Secret("refresh"));
    EXPECT_EQ(back->refresh->client_id, "client");
    EXPECT_EQ(back->refresh->token_url, "https://x/token");
    EXPECT_EQ(back->refresh->revocation_url, "https://x/revoke");
    EXPECT_EQ(back->refresh->resource, "https://r");
}

TEST(TokenInput, ARevocationAddressNeedsWhatIsRevokedThere) {
    TokenInput token;
    EXPECT_TRUE(read_token(R"({"access_token":"a","revocation_url":"https://x/revoke"})", token));
}

TEST(TokenInput, RefusesWhatIsNoToken) {
    for (const auto* bad : {"", " \n", "two words", "a\nb", "{", "{}", R"({"access_token":"a b"})", "caf\xC3\xA9"}) {
        TokenInput token;
        EXPECT_TRUE(read_token(bad, token)) << bad;
    }
}

TEST(TokenInput, RefusesWhatDoesNotLast) {
    TokenInput token;
    token.expires_at = now + 24h;
    EXPECT_FALSE(judge_life(token, now, false));
    token.expires_at = now + 24h - 1s;
    EXPECT_TRUE(judge_life(token, now, false));
    EXPECT_FALSE(judge_life(token, now, true));
    token.expires_at = now;
    EXPECT_TRUE(judge_life(token, now, true));
    token.refresh = credentials::RefreshGrant{};
    EXPECT_FALSE(judge_life(token, now, false));
}

TEST(Device, ReadsTheServersDate) {
    EXPECT_EQ(parse_http_date("Mon, 21 Sep 2026 14:13:20 GMT"), now);
    EXPECT_FALSE(parse_http_date("yesterday"));
    EXPECT_FALSE(os_name().empty());
    EXPECT_FALSE(host_name().empty());
}

}  // namespace
