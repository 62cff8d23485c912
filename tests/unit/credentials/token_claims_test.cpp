#include "agent/credentials/token_claims.hpp"

#include <gtest/gtest.h>

#include <string>

#include "platform/crypto.hpp"

namespace credentials {
namespace {

std::string token_of(const std::string& claims) {
    return "e30." + platform::base64url(claims) + ".x";
}

TEST(TokenClaimsTest, ReadsATokenWithoutTrustingIt) {
    // {"exp":1800000000,"role":"authenticated","sub":"u1","email":"a@b.c"}
    const auto claims = claims_of(
        "eyJhbGciOiJIUzI1NiJ9."
        "eyJleHAiOjE4MDAwMDAwMDAsInJvbGUiOiJhdXRoZW50aWNhdGVkIiwic3ViIjoidTEiLCJlbWFpbCI6ImFAYi5jIn0.x");
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->expires, WallTime(std::chrono::seconds(1800000000)));
    EXPECT_EQ(claims->role, "authenticated");
    EXPECT_EQ(claims->email, "a@b.c");
    for (const auto* bad : {"", "a", "a.b", "a.b.c", "a.e30", ".."}) EXPECT_FALSE(claims_of(bad)) << bad;
    EXPECT_FALSE(claims_of("a.e30.c")->expires);
}

TEST(TokenClaimsTest, ATimeMayHaveAFractionAndWhatIsNoDateIsNone) {
    EXPECT_EQ(claims_of(token_of(R"({"exp":1800000000.9})"))->expires, WallTime(std::chrono::seconds(1800000000)));
    for (const auto* odd : {"0", "-5", "1e12", "1e300", R"("1800000000")", "null", "[1]"}) {
        const auto claims = claims_of(token_of(std::string{R"({"exp":)"} + odd + "}"));
        ASSERT_TRUE(claims) << odd;
        EXPECT_FALSE(claims->expires) << odd;
    }
}

TEST(TokenClaimsTest, BeyondItsSizeItIsNoToken) {
    constexpr std::size_t most = 64 * 1024;
    const std::string token = token_of("{}");
    const std::string longest = token + std::string(most - token.size(), 'x');
    EXPECT_TRUE(claims_of(longest));
    EXPECT_FALSE(claims_of(longest + 'x'));
}

}  // namespace
}  // namespace credentials
