#include "agent/pairing/token_input.hpp"

#include <gtest/gtest.h>

#include "agent/credentials/store.hpp"
#include "agent/pairing/device.hpp"
#include "platform/crypto.hpp"
#include "tests/support/store.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace pairing;
using credentials::WallTime;
using namespace std::chrono_literals;
using namespace std::string_literals;

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
    ASSERT_FALSE(tests::save(store, credential));
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

TEST(TokenInput, NamesWhatToolsMadeOfIt) {
    const auto said = [](std::string_view text) {
        TokenInput token;
        const auto wrong = read_token(text, token);
        return wrong ? wrong->what : std::string{};
    };
    const std::string no = "what came is no token: it ";
    const std::string good = "eyJhbGciOiJIUzI1NiJ9." + platform::base64url(R"({"sub":"u"})") + ".c2lnbmF0dXJl";
    for (const auto& form : {good, good + "\r\n", "\xEF\xBB\xBF" + good, " Bearer " + good, "abc_-~+/.9=="s,
                             R"({"access_token":")" + good + "\"}"}) {
        EXPECT_EQ(said(form), "") << form;
    }
    const std::vector<std::pair<std::string, std::string>> bad{
        {"\"" + good + "\"\n", "is in quotes: take them away (jq -r prints without)"},
        {"'" + good + "'", "is in quotes: take them away (jq -r prints without)"},
        {std::string("\xFF\xFE") + "e\0y\0", "is UTF-16 (as > writes it in PowerShell): write it as ASCII or UTF-8"},
        {"BMC_TOKEN=" + good, "is a line of a file of variables (BMC_TOKEN=…): hand in what is behind the ="},
        {"export BMC_TOKEN=" + good, "is a line of a file of variables (BMC_TOKEN=…): hand in what is behind the ="},
        {"access_token=" + good, "is a line of a file of variables (access_token=…): hand in what is behind the ="},
        {"Authorization: Bearer " + good, "is a whole header: hand in what is behind Bearer"},
        {"null", "is the word null: what it was taken from has no such field"},
        {"${BMC_TOKEN}", "is a variable that nothing has replaced"},
        {"<!DOCTYPE html>", "is a page (HTML or XML), not a token: the address that gave it answered something else"},
        {"[\"a\"]", "is a JSON list: take the one token out of it"},
        {"abc\ndef", "has a line break within it, at byte 4 of 7: hand in one line"},
        {"abc def", "has white space within it, at byte 4 of 7: hand in the token alone"},
        {"caf\xC3\xA9", "has 0xC3, which no token has, at byte 4 of 5: copy it anew"},
        {"ab;c", "has ';', which no token has, at byte 3 of 4: copy it anew"},
        {good.substr(0, good.rfind('.')), "has 2 of a JWT's three parts: it was cut off or put together"},
        {good + good, "has 5 of a JWT's three parts: it was cut off or put together"},
        {good.substr(0, good.rfind('.') + 1), "is a JWT without a signature: it was cut off"},
        {"eyJ." + good.substr(good.find('.') + 1), "is a JWT whose first part cannot be read: it was changed"},
        {"eyJhbGciOiJIUzI1NiJ9.eyJzdWI.c2ln", "is a JWT whose middle part cannot be read: it was cut off or changed"},
    };
    for (const auto& [text, sentence] : bad) EXPECT_EQ(said(text), no + sentence) << text;
    EXPECT_EQ(said(R"({"access_token":"a b"})"),
              "access_token has white space within it, at byte 2 of 3: hand in the token alone");
    EXPECT_EQ(said(R"({"refresh_token":"\"r\"","client_id":"c"})"),
              "refresh_token is in quotes: take them away (jq -r prints without)");
}

TEST(Device, ANameIsOfABackendsLength) {
    EXPECT_EQ(what_is_wrong_with_name("lab 7"), "");
    EXPECT_EQ(what_is_wrong_with_name(std::string(200, 'x')), "");
    EXPECT_EQ(what_is_wrong_with_name(std::string(201, 'x')), "a device's name has 200 bytes at most, not 201");
    EXPECT_EQ(what_is_wrong_with_name(""), "a device's name may not be empty: leave --name out for this machine's");
    EXPECT_EQ(what_is_wrong_with_name(" \t"), what_is_wrong_with_name(""));
    EXPECT_EQ(what_is_wrong_with_name("a\nb"), "a device's name is one line of readable characters");
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

TEST(Device, TheMachineHasNames) {
    EXPECT_FALSE(os_name().empty());
    EXPECT_FALSE(machine_name().empty());
}

}  // namespace
