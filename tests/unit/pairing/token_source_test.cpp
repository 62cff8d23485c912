// Where a pairing's token comes from, as far as nothing has to be asked of a server.
#include "agent/pairing/token_source.hpp"

#include "tests/unit/pairing/pair_fixture.hpp"

namespace {

using namespace pairing;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using tests::expect_ended;

struct TokenSourceTest : tests::PairFixture {
    TokenSourceTest() {
        token.kind = TokenKind::user;
        token.access_token = Secret(std::string_view("token-1"));
        token.account = "ada@example.org";
    }
    void runs_out_in(std::chrono::seconds left) {
        token.expires_at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() + left);
    }
    std::optional<PairResult> get() {
        const auto own = needs();
        TokenSource source(own, request, token);
        auto ended = run([&] { return source.get(); });
        EXPECT_FALSE(source.logged_in()) << "nobody logged in";
        return ended;
    }

    TokenInput token;
};

TEST_F(TokenSourceTest, WhatIsHandedInIsDescribedAndTaken) {
    EXPECT_FALSE(get());
    EXPECT_THAT(all_said(), HasSubstr("This is a user token of ada@example.org"));
    EXPECT_EQ(token.access_token.reveal(), "token-1");
    EXPECT_TRUE(asked.empty()) << "who hands in a token knows whose it is";
}

TEST_F(TokenSourceTest, OneThatHasRunOutIsRefused) {
    runs_out_in(-1h);
    expect_ended(get(), PairOutcome::wrong_input, "the token ran out");
    request.ephemeral = true;
    expect_ended(get(), PairOutcome::wrong_input, "the token ran out");
}

TEST_F(TokenSourceTest, OneThatDoesNotLastIsTakenOnlyWhereItNeedNotLast) {
    runs_out_in(1h);
    expect_ended(get(), PairOutcome::wrong_input, "cannot be refreshed");
    request.ephemeral = true;
    EXPECT_FALSE(get());
    request.ephemeral = false;
    settings.device_token_url = "nowhere:";
    EXPECT_FALSE(get()) << "it is exchanged for one that lasts";
}

TEST_F(TokenSourceTest, TheAccountThatWasNamedIsTheOnlyOneTaken) {
    request.expect_account = "ada@example.org";
    EXPECT_FALSE(get());
    request.expect_account = "bob@example.org";
    expect_ended(get(), PairOutcome::refused, "this is the account ada@example.org, not bob@example.org");
    token.account.clear();
    expect_ended(get(), PairOutcome::refused, "an account that does not say its name");
}

TEST_F(TokenSourceTest, ARefreshTokenThatCannotBeUsedSaysAtWhichStep) {
    token = TokenInput{};
    token.kind = TokenKind::refresh;
    token.refresh.emplace();
    token.refresh->token = Secret(std::string_view("refresh-1"));
    const auto own = needs();
    TokenSource source(own, request, token);
    const auto ended = run([&] { return source.get(); });
    ASSERT_TRUE(ended);
    EXPECT_THAT(ended->problem, HasSubstr("finding the token endpoint: "));
    EXPECT_FALSE(source.logged_in());
}

TEST_F(TokenSourceTest, IsExchangedOnlyWhereTheBackendHasDeviceTokens) {
    const auto own = needs();
    TokenSource source(own, request, token);
    EXPECT_FALSE(run([&] { return source.exchange_for_device("6f1c2a3b-0000-4000-8000-000000000001"); }));
    EXPECT_TRUE(said.empty());
    settings.device_token_url = "nowhere:";
    const auto ended = run([&] { return source.exchange_for_device("6f1c2a3b-0000-4000-8000-000000000001"); });
    ASSERT_TRUE(ended);
    EXPECT_THAT(ended->problem, HasSubstr("the device's token: "));
    EXPECT_EQ(token.access_token.reveal(), "token-1") << "the person's is still there";
    token.kind = TokenKind::device;
    EXPECT_FALSE(run([&] { return source.exchange_for_device("6f1c2a3b-0000-4000-8000-000000000001"); }));
}

}  // namespace
