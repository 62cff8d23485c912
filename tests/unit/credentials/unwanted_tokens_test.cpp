// Tokens that came when nobody wanted them any more.
#include "agent/credentials/unwanted_tokens.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace credentials;

struct UnwantedTokensTest : testing::Test {
    static Grant grant(std::string_view access, std::string_view refresh = {}) {
        Grant made;
        made.access_token = Secret(access);
        if (!refresh.empty()) made.refresh_token = Secret(refresh);
        return made;
    }
    void revoke_all() {
        net::io_context io{1};
        auto work = [this]() -> awaitable<void> { co_await orphans.revoke_all(); };
        net::co_spawn(io, work, rethrow);
        io.run();
    }

    const RefreshGrant asked{Secret("old"), "client", "https://x/token", "https://x/revoke", "https://r"};
    std::vector<RefreshGrant> revoked;
    Error answer;
    UnwantedTokens orphans;
    Revoke revoke = [this](const RefreshGrant& orphan) -> awaitable<Error> {
        revoked.push_back(
            {orphan.token.clone(), orphan.client_id, orphan.token_url, orphan.revocation_url, orphan.resource});
        co_return answer;
    };
};

TEST_F(UnwantedTokensTest, TheRefreshTokenIsRevokedWhereOneCameElseTheAccessToken) {
    orphans.set_revoke(revoke);
    EXPECT_TRUE(orphans.empty());
    orphans.add(asked, grant("access-1", "refresh-1"));
    orphans.add(asked, grant("access-2"));
    EXPECT_FALSE(orphans.empty());
    revoke_all();
    EXPECT_TRUE(orphans.empty());
    ASSERT_EQ(revoked.size(), 2U);
    EXPECT_EQ(revoked[0].token.reveal(), "access-2");
    EXPECT_EQ(revoked[1].token.reveal(), "refresh-1");
}

TEST_F(UnwantedTokensTest, GoesWhereTheGrantCameFrom) {
    orphans.set_revoke(revoke);
    orphans.add(asked, grant("access-1", "refresh-1"));
    revoke_all();
    ASSERT_EQ(revoked.size(), 1U);
    EXPECT_EQ(revoked[0].client_id, "client");
    EXPECT_EQ(revoked[0].revocation_url, "https://x/revoke");
}

TEST_F(UnwantedTokensTest, AServerThatDoesNotRevokeOneIsAskedOnce) {
    orphans.set_revoke(revoke);
    answer = Error(1, boost::system::generic_category());
    orphans.add(asked, grant("access-1"));
    revoke_all();
    revoke_all();
    EXPECT_EQ(revoked.size(), 1U);
    EXPECT_TRUE(orphans.empty());
}

TEST_F(UnwantedTokensTest, WithoutAWayToRevokeTheyAreDropped) {
    orphans.add(asked, grant("access-1"));
    revoke_all();
    EXPECT_TRUE(orphans.empty());
}

}  // namespace
