// Whether a machine that is paired needs another credential.
#include "agent/pairing/renewal.hpp"

#include <gtest/gtest.h>

namespace {

using namespace pairing;
using namespace std::chrono_literals;
using credentials::WallTime;

const WallTime today{1790000000s};

credentials::Credential ends_in(std::optional<std::chrono::seconds> left) {
    credentials::Credential credential;
    if (left) credential.expires_at = today + *left;
    return credential;
}

TEST(Renewal, IsDueWithinItsTimeAndAtTheEnd) {
    EXPECT_EQ(why_renew(ends_in(24h * 31), 24h * 30, today), "");
    EXPECT_EQ(why_renew(ends_in(24h * 30 + 1s), 24h * 30, today), "");
    EXPECT_NE(why_renew(ends_in(24h * 30), 24h * 30, today).find("within the 30 d of --renew-before"),
              std::string::npos);
    EXPECT_NE(why_renew(ends_in(-1s), std::nullopt, today).find("ran out at"), std::string::npos);
    EXPECT_NE(why_renew(ends_in(0s), std::nullopt, today).find("ran out at"), std::string::npos);
    EXPECT_EQ(why_renew(ends_in(1s), std::nullopt, today), "") << "--if-unpaired alone looks at the end only";
    EXPECT_EQ(why_renew(ends_in(std::nullopt), 24h * 30, today), "") << "one without an end";
    auto refreshed = ends_in(10s);
    refreshed.refresh.emplace();
    EXPECT_EQ(why_renew(refreshed, 24h * 30, today), "") << "one that is refreshed by itself";
}

TEST(Renewal, NeedsATokenThatEndsLater) {
    TokenInput token;
    token.expires_at = today + 10h;
    EXPECT_NE(why_no_renewal(ends_in(10h), token).find("hand in a newer one"), std::string::npos);
    EXPECT_NE(why_no_renewal(ends_in(11h), token), "");
    EXPECT_EQ(why_no_renewal(ends_in(10h - 1s), token), "");
    token.expires_at.reset();
    EXPECT_EQ(why_no_renewal(ends_in(10h), token), "");
}

TEST(Renewal, ByATokenOfAnotherDeviceIsNone) {
    auto stored = ends_in(10h);
    stored.device_uuid = "mine";
    TokenInput token;
    token.device_uuid = "another";
    token.expires_at = today + 20h;
    EXPECT_NE(why_no_renewal(stored, token).find("is of device another, and this machine is paired as mine"),
              std::string::npos);
    token.device_uuid = "mine";
    EXPECT_EQ(why_no_renewal(stored, token), "");
}

TEST(Renewal, ByTheStoredTokenChangesNothingWhileItLives) {
    auto stored = ends_in(10h);
    stored.access_token = credentials::Secret("same");
    TokenInput token;
    token.access_token = credentials::Secret("same");
    EXPECT_NE(why_unchanged(stored, token, 24h, today).find("hand in a newer one before"), std::string::npos);
    EXPECT_EQ(why_unchanged(stored, token, 24h, today + 10h), "") << "it has ended";
    EXPECT_EQ(why_unchanged(stored, token, std::nullopt, today), "") << "the server refuses it";
    token.access_token = credentials::Secret("other");
    EXPECT_EQ(why_unchanged(stored, token, 24h, today), "");
}

}  // namespace
