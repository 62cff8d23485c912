#include "agent/pairing/token_input.hpp"

#include <gtest/gtest.h>

#include "agent/pairing/device.hpp"
#include "platform/crypto.hpp"

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
