// The parts of a login that need no server: addresses, the request, and the judgement of what comes back.
#include "agent/pairing/oauth.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/pairing/oauth_parts.hpp"
#include "platform/crypto.hpp"

namespace {

using namespace pairing;
using realtime::Cause;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(OAuthAddresses, WellKnownDocumentsStandBetweenHostAndPath) {
    struct Row {
        const char* base;
        const char* address;
    };
    for (const Row& row : {Row{"https://a.example", "https://a.example/.well-known/doc"},
                           Row{"https://a.example/", "https://a.example/.well-known/doc"},
                           Row{"https://a.example/tenant", "https://a.example/.well-known/doc/tenant"},
                           Row{"https://a.example/t/1//", "https://a.example/.well-known/doc/t/1"},
                           Row{"https://a.example:8443/t", "https://a.example:8443/.well-known/doc/t"},
                           Row{"http://[::1]:1", "http://[::1]:1/.well-known/doc"}}) {
        EXPECT_EQ(well_known(row.base, "doc"), row.address);
    }
}

TEST(OAuthAddresses, AnEndpointIsTakenWhereATokenMayBeSent) {
    const auto of = [](const nlohmann::json& value) { return endpoint({{"token_endpoint", value}}, "token_endpoint"); };
    for (const char* good : {"https://a.example/token", "https://a.example", "http://127.0.0.1:8080/token",
                             "http://127.0.0.1", "http://localhost/token", "http://[::1]:1/token"}) {
        EXPECT_EQ(of(good), good);
    }
    for (const char* bad : {"", "http://a.example/token", "http://127.0.0.1.evil.example/",
                            "http://localhost.evil.example", "ftp://a.example", "https://", "javascript:alert(1)",
                            "https://user:pass@a.example/", "https://a.example/#fragment", "https://a.example/\n"}) {
        EXPECT_EQ(of(bad), "") << bad;
    }
    EXPECT_EQ(of(7), "");
    EXPECT_EQ(endpoint(nlohmann::json::object(), "token_endpoint"), "");
}

struct OAuthRequest : ::testing::Test {
    OAuthRequest() {
        metadata.issuer = "https://login.example";
        metadata.authorization_url = "https://login.example/authorize";
        metadata.resource = "https://mcp.example/a b";
        metadata.scope = "read write";
    }
    std::string address() const {
        return authorization_address(metadata, settings, "client&1", "http://127.0.0.1:8765/callback", challenge);
    }
    Metadata metadata;
    Settings settings;
    Challenge challenge{"verifier", "state/+"};
};

TEST_F(OAuthRequest, HasAllThatTheServerNeedsEncoded) {
    const std::string expected_challenge = platform::base64url(platform::sha256("verifier"));
    EXPECT_THAT(address(), StartsWith("https://login.example/authorize?response_type=code&"));
    for (const std::string& part :
         {std::string{"&client_id=client%261"}, std::string{"&redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fcallback"},
          std::string{"&state=state%2F%2B"}, "&code_challenge=" + expected_challenge,
          std::string{"&code_challenge_method=S256"}}) {
        EXPECT_THAT(address(), HasSubstr(part));
    }
    EXPECT_THAT(address(), Not(HasSubstr("verifier"))) << "the secret itself is not sent";
    EXPECT_THAT(address(), Not(HasSubstr(" ")));
}

TEST_F(OAuthRequest, AsksForTheConfiguredScopeElseForThatOfTheResource) {
    EXPECT_THAT(address(), HasSubstr("&scope=read"));
    settings.scope = "admin";
    EXPECT_THAT(address(), HasSubstr("&scope=admin"));
    EXPECT_THAT(address(), Not(HasSubstr("read")));
    settings.scope.clear();
    metadata.scope.clear();
    EXPECT_THAT(address(), Not(HasSubstr("scope=")));
}

TEST_F(OAuthRequest, GoesOnBehindAQueryThatIsThere) {
    metadata.authorization_url = "https://login.example/authorize?tenant=1";
    EXPECT_THAT(address(), StartsWith("https://login.example/authorize?tenant=1&response_type=code"));
}

TEST_F(OAuthRequest, EachLoginHasItsSecrets) {
    const Challenge first = Challenge::make(), second = Challenge::make();
    EXPECT_NE(first.verifier, second.verifier);
    EXPECT_NE(first.state, second.state);
    EXPECT_EQ(first.verifier.size(), 43u) << "RFC 7636 wants 43 to 128 characters";
    EXPECT_EQ(first.verifier.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
              std::string::npos);
}

TEST(OAuthCallback, IsReadFromAnAddressOrAQueryAsItWasPasted) {
    for (const char* text : {"http://127.0.0.1:8765/callback?code=a%2Fb&state=s&iss=https%3A%2F%2Fl.example",
                             "  http://127.0.0.1:8765/callback?code=a%2Fb&state=s&iss=https%3A%2F%2Fl.example \n",
                             "code=a%2Fb&state=s&iss=https%3A%2F%2Fl.example",
                             "http://x/?code=a%2Fb&state=s&iss=https%3A%2F%2Fl.example#done"}) {
        const Callback callback = read_callback(text);
        EXPECT_EQ(callback.code, "a/b") << text;
        EXPECT_EQ(callback.state, "s");
        EXPECT_EQ(callback.iss, "https://l.example");
        EXPECT_FALSE(callback.error);
    }
    const Callback refused = read_callback("http://127.0.0.1/callback?error=access_denied&error_description=no+way");
    EXPECT_EQ(refused.error, "access_denied");
    EXPECT_EQ(refused.error_description, "no way");
    EXPECT_FALSE(refused.code || refused.state);
    EXPECT_FALSE(read_callback("").code);
}

struct OAuthJudgement : ::testing::Test {
    OAuthJudgement() {
        metadata.issuer = "https://login.example";
        callback.code = "c";
        callback.state = "s";
    }
    std::string problem() const {
        const auto judged = judge_callback(callback, challenge, metadata);
        EXPECT_EQ(judged.value.has_value(), judged.problem.empty());
        return judged.problem;
    }
    Metadata metadata;
    Challenge challenge{"v", "s"};
    Callback callback;
};

TEST_F(OAuthJudgement, TheCodeOfThisLoginIsTaken) {
    const auto judged = judge_callback(callback, challenge, metadata);
    ASSERT_TRUE(judged);
    EXPECT_EQ(*judged.value, "c");
    callback.iss = "https://login.example";
    EXPECT_EQ(problem(), "");
}

TEST_F(OAuthJudgement, AnAnswerToAnotherLoginIsNot) {
    for (const std::optional<std::string>& state : {std::optional<std::string>{}, {"t"}, {""}, {"ss"}}) {
        callback.state = state;
        EXPECT_THAT(problem(), HasSubstr("not to this login"));
    }
}

TEST_F(OAuthJudgement, AnAnswerOfAnotherServerIsNot) {
    callback.iss = "https://other.example";
    EXPECT_THAT(problem(), HasSubstr("does not come from https://login.example"));
    callback.iss = "https://login.example/";
    EXPECT_THAT(problem(), HasSubstr("does not come from"));
    callback.iss.reset();
    EXPECT_EQ(problem(), "");
    metadata.answers_with_iss = true;
    EXPECT_THAT(problem(), HasSubstr("does not come from")) << "a server that names itself always does";
}

TEST_F(OAuthJudgement, ARefusalIsSaidInTheServersWordsCleaned) {
    callback.error = "access_denied";
    EXPECT_EQ(problem(), "the login was refused: access_denied");
    callback.error_description = "you\x1b[2J may not";
    EXPECT_EQ(problem(), "the login was refused: you[2J may not");
    callback.state = "other";
    EXPECT_THAT(problem(), HasSubstr("not to this login")) << "whose refusal it is comes first";
}

TEST_F(OAuthJudgement, AnAnswerWithoutACodeIsNone) {
    callback.code.reset();
    EXPECT_EQ(problem(), "the answer has no code");
    callback.code = "";
    EXPECT_EQ(problem(), "the answer has no code");
}

TEST(OAuthSteps, AProblemKeepsWhoEndsIt) {
    Step<int> failed = step_failed<int>("it is away", Cause::passing);
    failed.status = 503;
    failed.unknown_client = true;
    EXPECT_FALSE(failed);
    const auto later = pass_on<std::string>(failed, "the login: ");
    EXPECT_EQ(later.problem, "the login: it is away");
    EXPECT_EQ(later.cause, Cause::passing);
    EXPECT_EQ(later.status, 503);
    EXPECT_TRUE(later.unknown_client);
    EXPECT_FALSE(later);
    EXPECT_EQ(*step_done(7).value, 7);
}

TEST(OAuthSteps, ATokenThatWasNotGivenIsBlamedOnWhoRefusedIt) {
    credentials::TokenAnswer answer;
    answer.description = "said no";
    answer.status = 400;
    answer.error = "invalid_grant";
    EXPECT_EQ(no_token<int>("no token: ", answer).problem, "no token: said no");
    EXPECT_EQ(no_token<int>("", answer).cause, Cause::credential);
    EXPECT_FALSE(no_token<int>("", answer).unknown_client);
    answer.error = "invalid_client";
    EXPECT_TRUE(no_token<int>("", answer).unknown_client);
    answer.error.clear();
    answer.status = 503;
    EXPECT_EQ(no_token<int>("", answer).cause, Cause::passing);
    answer.status = 302;
    EXPECT_EQ(no_token<int>("", answer).cause, Cause::others);
}

}  // namespace
