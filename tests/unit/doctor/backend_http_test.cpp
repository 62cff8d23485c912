// What the doctor makes of the backend's answer over HTTP.
#include "agent/doctor/backend_http.hpp"

#include "tests/unit/doctor/findings.hpp"

namespace {

using doctor::judge_http;
using doctor::Outcome;
using platform::http::Response;
using tests::expect_finding;

Response answer(int status, std::string body = "{}", platform::http::Headers headers = {}) {
    Response made;
    made.status = status;
    made.body = std::move(body);
    made.headers = std::move(headers);
    return made;
}

TEST(DoctorHttp, ABackendThatAnswersIsWellWhateverItSaysToTheQuestion) {
    for (const int status : {200, 401, 404}) {
        expect_finding(judge_http("https://b.test", answer(status)), Outcome::ok,
                       "https://b.test answers (" + std::to_string(status) + ")");
    }
}

TEST(DoctorHttp, TroubleARedirectAndAPageAreToldApart) {
    expect_finding(judge_http("b", answer(503)), Outcome::failed, "(503)", "its status page");
    expect_finding(judge_http("b", answer(302)), Outcome::failed, "with a redirect", "portal");
    expect_finding(judge_http("b", answer(200, " \n<!doctype html>")), Outcome::failed, "an ordinary page", "portal");
    expect_finding(judge_http("b", answer(200, "hello", {{"content-type", "Text/HTML; charset=utf-8"}})),
                   Outcome::failed, "an ordinary page", "portal");
}

TEST(DoctorHttp, APageThatRefusesIsTheBackendsGateway) {
    expect_finding(judge_http("b", answer(401, "<html>")), Outcome::ok, "(401)");
}

}  // namespace
