// What a token endpoint answers, read; and the form that it is asked with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/credentials/token_endpoint.hpp"

namespace {

using credentials::TokenAnswer;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

TokenAnswer read_answer_text(int status, const std::string& body) {
    platform::http::Response response;
    response.status = status;
    response.body = body;
    return credentials::read_token_answer(response);
}

TEST(TokenAnswerText, ATokenIsTakenWithItsLifeAndItsRefreshToken) {
    const auto answer =
        read_answer_text(200, R"({"access_token":"a.b","token_type":"Bearer","expires_in":3600,"refresh_token":"r"})");
    ASSERT_TRUE(answer.grant);
    EXPECT_EQ(answer.grant->access_token.reveal(), "a.b");
    ASSERT_TRUE(answer.grant->refresh_token);
    EXPECT_EQ(answer.grant->refresh_token->reveal(), "r");
    EXPECT_EQ(answer.grant->expires_in, 3600s);
    EXPECT_EQ(answer.error, "");
    EXPECT_FALSE(answer.passing());
}

TEST(TokenAnswerText, WhatIsNotThereIsNotMadeUp) {
    const auto answer = read_answer_text(201, R"({"access_token":"a"})");
    ASSERT_TRUE(answer.grant);
    EXPECT_FALSE(answer.grant->refresh_token);
    EXPECT_FALSE(answer.grant->expires_in);
}

TEST(TokenAnswerText, AClaimedLifeIsCutToWhatMakesSense) {
    struct Row {
        const char* claimed;
        std::chrono::seconds life;
    };
    for (const Row& row : {Row{"30", 30s}, Row{"29", 30s}, Row{"0", 30s}, Row{"-5", 30s}, Row{"31", 31s},
                           Row{"99999999999", credentials::longest_token_life}}) {
        const auto answer =
            read_answer_text(200, R"({"access_token":"a","expires_in":)" + std::string{row.claimed} + "}");
        ASSERT_TRUE(answer.grant);
        EXPECT_EQ(answer.grant->expires_in, row.life) << row.claimed;
    }
}

TEST(TokenAnswerText, WhatIsNoBearerTokenIsNone) {
    for (const char* body :
         {"{}", R"({"access_token":""})", R"({"access_token":7})", R"({"access_token":"a b"})",
          R"({"access_token":"a\nb"})", R"({"access_token":"\u00e4"})", R"({"access_token":"a","token_type":"mac"})",
          R"({"access_token":"a","token_type":"bearers"})"}) {
        const auto answer = read_answer_text(200, body);
        EXPECT_FALSE(answer.grant) << body;
        EXPECT_EQ(answer.description, "the answer has no bearer token") << body;
    }
    EXPECT_TRUE(read_answer_text(200, R"({"access_token":")" + std::string(64 * 1024, 't') + R"("})").grant);
    EXPECT_FALSE(read_answer_text(200, R"({"access_token":")" + std::string(64 * 1024 + 1, 't') + R"("})").grant);
    EXPECT_TRUE(read_answer_text(200, R"({"access_token":"a","token_type":"BEARER"})").grant);
}

TEST(TokenAnswerText, ARefusalHasTheServersCodeAndWords) {
    const auto refused =
        read_answer_text(400, R"({"error":"invalid_grant","error_description":"it was\u001b[2J used before"})");
    EXPECT_EQ(refused.error, "invalid_grant");
    EXPECT_THAT(refused.description, HasSubstr("it was[2J used before"));
    EXPECT_FALSE(refused.grant || refused.passing() || refused.unknown_client());
    EXPECT_TRUE(read_answer_text(401, R"({"error":"invalid_client"})").unknown_client());
    EXPECT_TRUE(read_answer_text(401, R"({"error":"unauthorized_client"})").unknown_client());
    const auto named = read_answer_text(200, R"({"error":"invalid_grant","access_token":"a"})");
    EXPECT_FALSE(named.grant) << "an error beside a token is an error";
    EXPECT_EQ(named.error, "invalid_grant");
}

TEST(TokenAnswerText, TroubleOnTheWayMayPass) {
    struct Row {
        int status;
        const char* body;
        bool passing;
    };
    for (const Row& row :
         {Row{500, "", true}, Row{503, "{}", true}, Row{408, "", true}, Row{425, "", true}, Row{429, "", true},
          Row{200, "<html>", true}, Row{200, "[]", true}, Row{400, R"({"error":"server_error"})", true},
          Row{400, R"({"error":"temporarily_unavailable"})", true}, Row{400, R"({"error":"invalid_grant"})", false},
          Row{404, "", false}, Row{302, "", false}, Row{403, "<html>", false}}) {
        const auto answer = read_answer_text(row.status, row.body);
        EXPECT_EQ(answer.passing(), row.passing) << row.status << row.body;
        EXPECT_NE(answer.description, "") << row.status << row.body;
    }
    EXPECT_THAT(read_answer_text(200, "<html>").description, HasSubstr("no JSON: a page, perhaps a portal's"));
    EXPECT_THAT(read_answer_text(404, "").description, HasSubstr("404"));
}

TEST(TokenAnswerText, NothingOfTheAnswerStaysBehind) {
    platform::http::Response response;
    response.status = 200;
    response.body = R"({"access_token":"secret-token"})";
    credentials::read_token_answer(response);
    EXPECT_THAT(response.body, Not(HasSubstr("secret")));
}

// Cleansing such a tree would overflow the stack.
TEST(TokenAnswerText, AnAnswerOfAHundredThousandLevelsIsNone) {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    for (const int status : {200, 400}) {
        const auto answer = read_answer_text(status, R"({"error_uri":)" + deep + "}");
        EXPECT_FALSE(answer.grant);
        EXPECT_NE(answer.description, "");
    }
}

TEST(TokenForm, IsEncodedInItsOrder) {
    EXPECT_EQ(credentials::form_text({}), "");
    EXPECT_EQ(credentials::form_text({{"a", "1"}, {"b c", "x&y=z"}, {"d", ""}}), "a=1&b%20c=x%26y%3Dz&d=");
    EXPECT_EQ(credentials::form_text({{"k", "\xc3\xa4+/~"}}), "k=%C3%A4%2B%2F~");
}

}  // namespace
