// Who ends a failure, and what an answer's body is worth in a sentence.
#include <gtest/gtest.h>

#include "agent/realtime/core/failure.hpp"
#include "platform/core/answer_text.hpp"

namespace realtime {
namespace {

using SignalKind = Signal::Kind;

struct Caused {
    SignalKind kind;
    int number;
    const char* text;
    Cause cause;
};

const Caused caused[] = {
    {SignalKind::upgrade, 401, R"({"error":"Token has expired"})", Cause::credential},
    {SignalKind::upgrade, 401, "", Cause::credential},
    {SignalKind::upgrade, 403, "", Cause::passing},
    {SignalKind::upgrade, 403, "<html><title>Blocked</title></html>", Cause::others},
    {SignalKind::upgrade, 403, R"({"error":"Realtime was disabled for this tenant"})", Cause::others},
    {SignalKind::upgrade, 404, "Not Found", Cause::settings},
    {SignalKind::upgrade, 400, "", Cause::others},
    {SignalKind::upgrade, 426, "", Cause::others},
    {SignalKind::upgrade, 200, "<html>", Cause::others},
    {SignalKind::upgrade, 302, "", Cause::others},
    {SignalKind::upgrade, 511, "<html><h1>Hotel</h1>", Cause::others},
    {SignalKind::upgrade, 407, "", Cause::settings},
    {SignalKind::upgrade, 431, "", Cause::settings},
    {SignalKind::upgrade, 429, "", Cause::passing},
    {SignalKind::upgrade, 502, "", Cause::passing},
    {SignalKind::join, 0, "Unauthorized: no", Cause::credential},
    {SignalKind::join, 0, "TenantNotFound: no", Cause::settings},
    {SignalKind::join, 0, "RealtimeDisabledForTenant: no", Cause::others},
    {SignalKind::join, 0, "DatabaseLackOfConnections: x", Cause::passing},
    {SignalKind::join_timeout, 0, "", Cause::passing},
    {SignalKind::connect, 0, "refused", Cause::passing},
    {SignalKind::barred, 0, "the proxy says no", Cause::others},
    {SignalKind::trust, 0, "another host", Cause::others},
    {SignalKind::unusable, 0, "no such file", Cause::settings},
    {SignalKind::socket, 1006, "", Cause::passing},
    {SignalKind::request, 200, "<html>", Cause::others},
    {SignalKind::request, 302, "", Cause::others},
    {SignalKind::request, 401, R"({"message":"JWT expired"})", Cause::credential},
    {SignalKind::request, 403, "<html><title>Blocked</title>", Cause::others},
    {SignalKind::request, 404, "", Cause::settings},
    {SignalKind::request, 404, "<html><title>Not Found</title>", Cause::settings},
    {SignalKind::request, 429, "", Cause::passing},
    {SignalKind::request, 429, "<html><title>Slow down</title>", Cause::passing},
    {SignalKind::request, 503, "<html>", Cause::passing},
    {SignalKind::request, 511, "<html>", Cause::others},
    {SignalKind::post, 401, R"({"message":"JWT expired"})", Cause::credential},
    {SignalKind::post, 401, "<html><title>Login</title>", Cause::credential},
    {SignalKind::post, 403, "<html><title>Blocked</title>", Cause::credential},
    {SignalKind::post, 404, "<html>", Cause::settings},
    {SignalKind::post, 400, "<html>", Cause::others},
    {SignalKind::post, 429, "<html>", Cause::passing},
    {SignalKind::post, 503, "<html>", Cause::passing},
};

TEST(Cause, IsWhoHasToDoSomething) {
    for (const auto& one : caused) {
        const auto made = judge({one.kind, one.number, one.text});
        EXPECT_EQ(made.cause, one.cause) << static_cast<int>(one.kind) << " " << one.number << " " << made.sentence;
        EXPECT_EQ(made.sentence.find('<'), std::string::npos) << "no page in a sentence: " << made.sentence;
    }
    EXPECT_FALSE(permanent(Cause::passing));
    for (const auto cause : {Cause::credential, Cause::settings, Cause::others}) EXPECT_TRUE(permanent(cause));
}

TEST(Cause, APortalIsNamedAsOne) {
    for (const auto kind : {SignalKind::upgrade, SignalKind::request}) {
        const auto sentence = judge({kind, 511, "<html><h1>Welcome</h1>"}).sentence;
        EXPECT_NE(sentence.find("511"), std::string::npos) << sentence;
        EXPECT_NE(sentence.find("portal"), std::string::npos) << sentence;
    }
    EXPECT_NE(judge({SignalKind::request, 302, ""}).sentence.find("redirect"), std::string::npos);
}

TEST(Cause, AnAnswerToAResultIsJudgedByItsStatus) {
    for (const char* body : {"", R"({"message":"no"})", "<html><title>A gateway</title>"}) {
        EXPECT_EQ(judge({SignalKind::post, 401, body}).what, Class::rights) << body;
        EXPECT_EQ(judge({SignalKind::post, 403, body}).what, Class::rights) << body;
        EXPECT_EQ(judge({SignalKind::post, 429, body}).what, Class::limit) << body;
        EXPECT_EQ(judge({SignalKind::request, 429, body}).what, Class::limit) << body;
    }
}

TEST(AnswerText, TakesTheReasonTheTitleOrTheBeginning) {
    EXPECT_EQ(platform::words_of(R"({"code":"PGRST301","message":"JWT expired","details":null})"), "JWT expired");
    EXPECT_EQ(platform::words_of(R"({"error":"invalid_grant","error_description":"gone"})"), "gone");
    EXPECT_EQ(platform::words_of("<!DOCTYPE html>\n<HTML><Head><TITLE>\n 502 Bad\n Gateway </TITLE><body>x"),
              "502 Bad Gateway");
    EXPECT_EQ(platform::words_of("<html><body>no title</body></html>"), "");
    EXPECT_EQ(platform::words_of("  upstream\r\n  is away "), "upstream is away");
    EXPECT_EQ(platform::words_of(""), "");
    EXPECT_EQ(platform::words_of(std::string(1000, 'x')).size(), platform::quoted_words);
    EXPECT_TRUE(platform::is_page(" <!doctype html>"));
    EXPECT_TRUE(platform::is_page("<html lang=en>"));
    EXPECT_FALSE(platform::is_page("<xml/>"));
    EXPECT_FALSE(platform::is_page("{}"));
}

}  // namespace
}  // namespace realtime
