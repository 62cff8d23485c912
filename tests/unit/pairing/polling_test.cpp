// When a login server is asked again, and what its answers are taken for.
#include "agent/pairing/polling.hpp"

#include <gtest/gtest.h>

#include "platform/tunnel.hpp"

namespace {

using namespace pairing;
using namespace std::chrono_literals;
using credentials::TokenAnswer;
using Kind = Polling::Next::Kind;

const TimePoint start{};

TokenAnswer answer_of(int status, std::string body, std::chrono::seconds retry_after = 0s) {
    platform::http::Response response;
    response.status = status;
    response.body = std::move(body);
    response.retry_after = retry_after;
    return credentials::read_token_answer(response);
}

TokenAnswer no_answer(Error code) {
    TokenAnswer answer;
    answer.failure = platform::NetFailure(code, "why");
    answer.description = answer.failure.message();
    return answer;
}

TEST(TokenAnswer, TroubleOnTheWayIsNoWordOfTheLoginServer) {
    for (const auto& [status, body] :
         std::vector<std::pair<int, std::string>>{{502, "<html><title>Bad Gateway</title>"},
                                                  {503, ""},
                                                  {500, R"({"error":"server_error"})"},
                                                  {429, R"({"msg":"slow"})"},
                                                  {429, R"({"error":"invalid_request"})"},
                                                  {408, ""},
                                                  {425, ""},
                                                  {400, R"({"error":"temporarily_unavailable"})"},
                                                  {200, "<html>log in at the hotel"}}) {
        EXPECT_TRUE(answer_of(status, body).passing()) << status << body;
        EXPECT_FALSE(answer_of(status, body).description.empty()) << status << body;
    }
    for (const auto& [status, body] : std::vector<std::pair<int, std::string>>{{400, R"({"error":"invalid_grant"})"},
                                                                               {401, R"({"error":"invalid_client"})"},
                                                                               {400, R"({"error":"access_denied"})"},
                                                                               {200, R"({"error":"access_denied"})"},
                                                                               {403, "blocked by the firewall"},
                                                                               {307, ""},
                                                                               {404, ""}}) {
        EXPECT_FALSE(answer_of(status, body).passing()) << status << body;
        EXPECT_FALSE(answer_of(status, body).description.empty()) << status << body;
    }
    EXPECT_TRUE(no_answer(platform::TunnelErrc::timed_out).passing());
    EXPECT_TRUE(no_answer(platform::http::Errc::broken).passing());
    EXPECT_FALSE(no_answer(platform::TlsErrc::wrong_host).passing());
    EXPECT_FALSE(no_answer(platform::TunnelErrc::proxy_authentication).passing());
    EXPECT_FALSE(no_answer(platform::http::Errc::too_large).passing());
}

TEST(TokenAnswer, NamesStatusAndFirstWordsWhereTheServerNamesNoError) {
    EXPECT_EQ(answer_of(502, "<html><head><title>502 Bad\n Gateway</title></head><body>long").description,
              "it answered 502: 502 Bad Gateway");
    EXPECT_EQ(answer_of(403, "  blocked \x1b[2J by\r\nthe firewall").description,
              "it answered 403: blocked [2J by the firewall");
    EXPECT_EQ(answer_of(429, R"({"code":429,"msg":"too many"})").description, "it answered 429: too many");
    EXPECT_EQ(answer_of(503, "").description, "it answered 503");
    EXPECT_EQ(answer_of(400, R"({"error":"invalid_grant","error_description":"gone"})").description, "gone");
    EXPECT_EQ(answer_of(400, R"({"error":"invalid_grant"})").description, "invalid_grant");
    EXPECT_TRUE(answer_of(401, R"({"error":"invalid_client"})").unknown_client());
    EXPECT_FALSE(answer_of(400, R"({"error":"invalid_grant"})").unknown_client());
}

TEST(Polling, GoesOnAfterTroubleUntilTheCodesOwnEnd) {
    Polling polling(5s, start + 60s);
    auto next = polling.after(answer_of(502, "<html><title>Bad Gateway</title>"), start);
    EXPECT_EQ(next.kind, Kind::again);
    EXPECT_EQ(next.wait, 5s);
    EXPECT_EQ(next.text, "it answered 502: Bad Gateway") << "said once";
    next = polling.after(answer_of(502, "<html><title>Bad Gateway</title>"), start + 5s);
    EXPECT_EQ(next.wait, 10s) << "backed off from";
    EXPECT_EQ(next.text, "");
    next = polling.after(answer_of(400, R"({"error":"authorization_pending"})"), start + 15s);
    EXPECT_EQ(next.wait, 5s) << "the server is well again";
    next = polling.after(answer_of(503, ""), start + 20s);
    EXPECT_EQ(next.wait, 5s);
    next = polling.after(answer_of(503, ""), start + 59s);
    EXPECT_EQ(next.kind, Kind::late);
    EXPECT_NE(next.text.find("it answered 503"), std::string::npos) << next.text;
    EXPECT_EQ(next.cause, realtime::Cause::passing);
}

TEST(Polling, KeepsAwayForAsLongAsTheServerWants) {
    Polling polling(5s, start + 60s);
    EXPECT_EQ(polling.after(answer_of(429, "", 17s), start).wait, 17s);
    EXPECT_EQ(polling.after(answer_of(429, "", 2s), start).wait, 10s) << "and no shorter than the backoff";
    EXPECT_EQ(polling.after(answer_of(429, "", 59s), start).kind, Kind::again);
    EXPECT_EQ(polling.after(answer_of(429, "", 60s), start).kind, Kind::late) << "the code has run out by then";
}

TEST(Polling, SlowsDownForGoodAndNoFurtherThanItMay) {
    Polling polling(5s, start + 1800s);
    const auto slow = answer_of(400, R"({"error":"slow_down"})");
    EXPECT_EQ(polling.after(slow, start).wait, 10s);
    EXPECT_EQ(polling.after(answer_of(400, R"({"error":"authorization_pending"})"), start).wait, 10s);
    for (int i = 0; i < 20; ++i) (void)polling.after(slow, start);
    EXPECT_EQ(polling.after(slow, start).wait, longest_interval);
}

TEST(Polling, EndsWithTheServersOwnNo) {
    Polling polling(5s, start + 60s);
    const auto denied = polling.after(answer_of(400, R"({"error":"access_denied"})"), start);
    EXPECT_EQ(denied.kind, Kind::refused);
    EXPECT_EQ(polling.after(answer_of(403, "no"), start).kind, Kind::refused);
}

TEST(Patience, AsksAFewTimesAndNotForLong) {
    Patience patience(start);
    EXPECT_EQ(patience.again(0s, start), Duration(1s));
    EXPECT_EQ(patience.again(0s, start), Duration(2s));
    EXPECT_EQ(patience.again(9s, start), Duration(9s)) << "what the server wants";
    EXPECT_FALSE(patience.again(0s, start)) << "four tries in all";
    EXPECT_TRUE(Patience(start).again(Patience::limit, start));
    EXPECT_FALSE(Patience(start).again(Patience::limit + 1s, start)) << "it would take too long";
}

}  // namespace
