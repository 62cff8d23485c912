#include "agent/realtime/core/failure.hpp"

#include <gtest/gtest.h>

namespace realtime {
namespace {

using namespace std::chrono_literals;
using Kind = Signal::Kind;

struct Case {
    Kind kind;
    int number;
    const char* text;
    Class what;
    const char* says;  // what of the sentence helps
};

class Judged : public ::testing::TestWithParam<Case> {};

TEST_P(Judged, FallsIntoItsClassWithASentence) {
    const Case& c = GetParam();
    const auto made = judge({c.kind, c.number, c.text});
    EXPECT_EQ(made.what, c.what) << c.text << " became " << to_string(made.what);
    EXPECT_NE(made.sentence.find(c.says), std::string::npos) << c.text << " is explained by: " << made.sentence;
    EXPECT_LT(made.sentence.size(), 600u);
}

INSTANTIATE_TEST_SUITE_P(
    Upgrade, Judged,
    ::testing::Values(
        Case{Kind::upgrade, 401, R"({"error":"API key is missing"})", Class::rights, "api.key"},
        Case{Kind::upgrade, 401, R"({"error":"The token provided is not a valid JWT"})", Class::rights,
             "the same project"},
        Case{Kind::upgrade, 401, R"({"error":"Token has expired"})", Class::reauthenticate, "refreshes it by itself"},
        Case{Kind::upgrade, 401, R"({"error":"Failed to validate JWT signature"})", Class::rights, "the same project"},
        Case{Kind::upgrade, 401, R"({"error":"Fields `role` and `exp` are required in JWT"})", Class::rights,
             "the same project"},
        Case{Kind::upgrade, 401, R"({"message":"No API key found in request"})", Class::rights, "api.key"},
        Case{Kind::upgrade, 401, "", Class::reauthenticate, "api.key"},
        Case{Kind::upgrade, 403, R"({"error":"Realtime was disabled for this tenant"})", Class::switched_off,
             "switched off for the project"},
        Case{Kind::upgrade, 403, "", Class::unknown, "check api.key, token and address"},
        Case{Kind::upgrade, 404, R"({"error":"Tenant not found"})", Class::configuration,
             "check the configured address"},
        Case{Kind::upgrade, 404, "Not Found", Class::configuration, "check api.url, and realtime.url where it is set"},
        Case{Kind::upgrade, 400, "'connection' header must contain 'upgrade'", Class::configuration,
             "strip the Upgrade header"},
        Case{Kind::upgrade, 426, "", Class::configuration, "strip the Upgrade header"},
        Case{Kind::upgrade, 200, "<html>", Class::configuration, "ordinary page (200)"},
        Case{Kind::upgrade, 302, "", Class::configuration, "ordinary page (302)"},
        Case{Kind::upgrade, 407, "", Class::configuration, "the proxy's user and password"},
        Case{Kind::upgrade, 414, "", Class::configuration, "set the project"},
        Case{Kind::upgrade, 431, "", Class::configuration, "set the project"},
        Case{Kind::upgrade, 429, R"({"error":"Too many connected users"})", Class::limit, "too many connected users"},
        Case{Kind::upgrade, 429, R"({"error":"Too many joins per second"})", Class::limit, "too many joins a second"},
        Case{Kind::upgrade, 500, R"({"error":"Error connecting to Realtime"})", Class::transient,
             "the server is in trouble (500)"},
        Case{Kind::upgrade, 502, "", Class::transient, "in trouble (502)"},
        Case{Kind::upgrade, 418, "", Class::unknown, "refuses the connection (418)"}));

INSTANTIATE_TEST_SUITE_P(
    Join, Judged,
    ::testing::Values(
        Case{Kind::join, 0, "InvalidJWTToken: Token has expired 60 seconds ago", Class::reauthenticate,
             "refreshes it by itself"},
        Case{Kind::join, 0, "InvalidJWTToken: Fields `role` and `exp` are required in JWT", Class::rights,
             "the same project"},
        Case{Kind::join, 0, "InvalidJWTToken: Token expiration time is invalid", Class::rights, "the same project"},
        Case{Kind::join, 0, "InvalidJWTToken: something new", Class::rights, "the same project"},
        Case{Kind::join, 0, "MalformedJWT: The token provided is not a valid JWT", Class::rights, "the same project"},
        Case{Kind::join, 0, "JwtSignatureError: Failed to validate JWT signature", Class::rights, "the same project"},
        Case{Kind::join, 0, "JwtSignerError: Failed to generate JWT signer", Class::rights, "the same project"},
        Case{Kind::join, 0, "Unauthorized: You do not have permissions to read from this Channel topic: device:1",
             Class::rights, "the device is not yours"},
        Case{Kind::join, 0, "PrivateOnly: This project only allows private channels", Class::configuration,
             "join it as private"},
        Case{Kind::join, 0, "TopicNameRequired: You must provide a topic name", Class::configuration,
             "uuid is missing from the credential"},
        Case{Kind::join, 0, "TenantNotFound: Tenant not found", Class::configuration, "check the configured address"},
        Case{Kind::join, 0, "RealtimeDisabledForConfiguration: no", Class::configuration,
             "does not allow this channel"},
        Case{Kind::join, 0, "RealtimeDisabledForTenant: Realtime disabled", Class::switched_off,
             "its operator must switch it on"},
        Case{Kind::join, 0, "ConnectionRateLimitReached: Too many connected users", Class::limit,
             "waits for a free place"},
        Case{Kind::join, 0, "ClientJoinRateLimitReached: Too many joins per second", Class::limit,
             "too many joins a second"},
        Case{Kind::join, 0, "ChannelRateLimitReached: Too many channels", Class::limit, "turn optional channels off"},
        Case{Kind::join, 0, "DatabaseConnectionRateLimitReached: x", Class::limit, "database is away"},
        Case{Kind::join, 0, "IncreaseConnectionPool: Please increase your connection pool size", Class::transient,
             "database is away"},
        Case{Kind::join, 0, "DatabaseLackOfConnections: x", Class::transient, "database is away"},
        Case{Kind::join, 0, "UnableToConnectToProject: x", Class::transient, "database is away"},
        Case{Kind::join, 0, "InitializingProjectConnection: x", Class::transient, "database is away"},
        Case{Kind::join, 0, "QueryCanceled: x", Class::transient, "database is away"},
        Case{Kind::join, 0, "MissingPartition: x", Class::transient, "database is away"},
        Case{Kind::join, 0, "UnknownErrorOnChannel: Erlang error: {:invalid_byte, 5}", Class::transient,
             "could not handle the join"},
        Case{Kind::join, 0, "RealtimeRestarting: Realtime is restarting, please standby", Class::restart,
             "the server restarts"},
        Case{Kind::join, 0, "Realtime was unable to connect to the project database", Class::transient,
             "database is away"},
        Case{Kind::join, 0, "Unknown Error on Channel", Class::transient, "could not handle the join"},
        Case{Kind::join, 0, "unmatched topic", Class::transient, "it is joined again"},
        Case{Kind::join, 0, "join crashed", Class::transient, "crashed during the join"},
        Case{Kind::join, 0, "SomethingNew: nobody has seen it", Class::unknown, "SomethingNew: nobody has seen it"},
        Case{Kind::join, 0, "", Class::unknown, "refused the join"},
        Case{Kind::join_timeout, 0, "", Class::transient, "in time"}));

INSTANTIATE_TEST_SUITE_P(
    System, Judged,
    ::testing::Values(
        Case{Kind::system, 0, "Token has expired 0 seconds ago", Class::reauthenticate, "refreshes it by itself"},
        Case{Kind::system, 0, "The token provided is not a valid JWT", Class::rights, "the same project"},
        Case{Kind::system, 0, ":signature_error", Class::rights, "the same project"},
        Case{Kind::system, 0, "You do not have permissions to read from this Channel topic: x", Class::rights,
             "the device is not yours"},
        Case{Kind::system, 0, "You no longer have permission to read from this Channel topic: x", Class::rights,
             "the device is not yours"},
        Case{Kind::system, 0, "Too many messages per second", Class::limit, "sends at half the pace"},
        Case{Kind::system, 0, "Too many presence messages per second", Class::limit,
             "too many presence messages a second"},
        Case{Kind::system, 0, "Client presence rate limit exceeded", Class::limit, "waits out the window"},
        Case{Kind::system, 0, "Track message size exceeded", Class::configuration, "shorten the device"},
        Case{Kind::system, 0, ":increase_connection_pool", Class::transient, "database is away"},
        Case{Kind::system, 0, "Query was cancelled, please try again", Class::transient, "database is away"},
        Case{Kind::system, 0, "Server requested disconnect", Class::restart, "asked to disconnect"},
        Case{Kind::system, 0, "{:error, #PID<0.1.2>}", Class::unknown, "{:error, #PID<0.1.2>}"},
        Case{Kind::channel, 0, "channel_crash", Class::transient, "crashed at the server"},
        Case{Kind::channel, 0, "", Class::transient, "without a reason"}));

INSTANTIATE_TEST_SUITE_P(
    Socket, Judged,
    ::testing::Values(Case{Kind::socket, 1000, "", Class::transient, "for a minute"},
                      Case{Kind::socket, 1001, "", Class::limit, "the project is gone"},
                      Case{Kind::socket, 1002, "", Class::transient, "broken frame"},
                      Case{Kind::socket, 1009, "", Class::transient, "check realtime.payload_limit"},
                      Case{Kind::socket, 1011, "", Class::transient, "crashed while it served"},
                      Case{Kind::socket, 1012, "", Class::restart, "restarts"},
                      Case{Kind::socket, 1006, "", Class::transient, "connection was lost"},
                      Case{Kind::socket, 4000, "", Class::unknown, "(4000)"},
                      Case{Kind::silence, 0, "", Class::transient, "counts as dead"},
                      Case{Kind::connect, 0, "connection refused", Class::transient, "connection refused"}));

INSTANTIATE_TEST_SUITE_P(
    Ack, Judged,
    ::testing::Values(Case{Kind::ack, 0, "payload_size_exceeded", Class::limit, "set realtime.payload_limit lower"},
                      Case{Kind::ack, 0, "unauthorized", Class::rights, "results cannot be delivered"},
                      Case{Kind::ack, 0, "query_canceled", Class::transient, "database is away"},
                      Case{Kind::ack, 0, "unmatched topic", Class::transient, "it is joined again"},
                      Case{Kind::ack, 0, "what is this", Class::unknown, "what is this"}));

TEST(Judge, BacksOffHalfAMinuteAfterARateClosureAndHalvesTheBudget) {
    const auto made = judge({Kind::system, 0, "Too many messages per second"});
    EXPECT_TRUE(made.rate);
    EXPECT_EQ(made.wait.least, 30s);
    EXPECT_EQ(made.wait.most, 60s);
}

TEST(Judge, ReconnectsSoonAfterARestart) {
    const auto made = judge({Kind::socket, 1012, {}});
    EXPECT_LE(made.wait.most, 3s);
    EXPECT_FALSE(made.wait.backoff);
}

TEST(Judge, WaitsForWhatItDoesNotKnowAsForWhatPasses) {
    const auto passes = judge({Kind::socket, 1006, {}}).wait;
    for (const Signal& unknown :
         {Signal{Kind::upgrade, 418, {}}, Signal{Kind::join, 0, "SomethingNew: x"}, Signal{Kind::system, 0, "new"},
          Signal{Kind::socket, 4000, {}}, Signal{Kind::trust, 0, "a certificate: check the clock"}}) {
        const auto made = judge(unknown);
        EXPECT_EQ(made.wait.least, passes.least) << made.sentence;
        EXPECT_EQ(made.wait.most, passes.most) << made.sentence;
        EXPECT_EQ(made.wait.backoff, passes.backoff) << made.sentence;
    }
}

TEST(Judge, SaysWhenAMessageIsTooLargeToSendAgain) {
    EXPECT_TRUE(judge({Kind::ack, 0, "payload_size_exceeded"}).too_large);
    EXPECT_TRUE(judge({Kind::socket, 1009, {}}).too_large);
    EXPECT_FALSE(judge({Kind::socket, 1006, {}}).too_large);
}

TEST(Judge, LeavesARefusedReplayOutAndComesBackAtOnce) {
    const auto refused = judge({Kind::join, 0, "UnableToReplayMessages: Replay params are not valid"});
    EXPECT_TRUE(refused.replay);
    EXPECT_LE(refused.wait.most, 1s);
    EXPECT_FALSE(judge({Kind::join, 0, "Unauthorized: no"}).replay);
}

TEST(Judge, AnswersTheTroubleshootingTable) {
    const auto rejected = judge({Kind::join, 0, "Unauthorized: You do not have permissions to read from this"});
    EXPECT_NE(rejected.sentence.find("not yours"), std::string::npos);
    EXPECT_NE(rejected.sentence.find("capability"), std::string::npos);
    const auto drops = judge({Kind::system, 0, "Token has expired 0 seconds ago"});
    EXPECT_NE(drops.sentence.find("token has expired"), std::string::npos);
    const auto bearer = judge({Kind::upgrade, 401, {}});
    EXPECT_NE(bearer.sentence.find("Authorization: Bearer"), std::string::npos);
}

TEST(Judge, WithoutAKeyARefusalNamesTheSettingFirst) {
    for (const auto* body : {"", R"({"message":"No API key found in request"})", R"({"message":"Unauthorized"})",
                             R"({"message":"Invalid authentication credentials"})"}) {
        Signal signal{Kind::upgrade, 401, body};
        signal.without_key = true;
        EXPECT_NE(judge(signal).sentence.find("set api.key"), std::string::npos) << judge(signal).sentence;
    }
    Signal expired{Kind::upgrade, 401, R"({"error":"Token has expired"})"};
    expired.without_key = true;
    EXPECT_NE(judge(expired).sentence.find("expired"), std::string::npos) << "the server says what it is";
    EXPECT_NE(judge({Kind::upgrade, 401, {}}).sentence.find("api.key"), std::string::npos);
}

TEST(Judge, AdvisesWhatThisAgentCanDo) {
    for (const auto* text :
         {"InvalidJWTToken: Token has expired", "MalformedJWT: x", "Unauthorized: You do not have"}) {
        Signal signal{Kind::join, 0, text};
        EXPECT_NE(judge(signal).sentence.find("pair again (agent --pair)"), std::string::npos) << text;
        signal.renewal = "start the agent again";
        const auto sentence = judge(signal).sentence;
        EXPECT_NE(sentence.find("start the agent again"), std::string::npos) << sentence;
        EXPECT_EQ(sentence.find("--pair"), std::string::npos) << sentence;
    }
}

TEST(Judge, BoundsWhatItQuotesOfTheServer) {
    const std::string long_text(100'000, 'x');
    EXPECT_LT(judge({Kind::join, 0, long_text}).sentence.size(), 500u);
}

TEST(CodeOf, IsTheWordBeforeTheFirstColon) {
    EXPECT_EQ(code_of("Unauthorized: no"), "Unauthorized");
    EXPECT_EQ(code_of("Realtime was unable: no"), "");
    EXPECT_EQ(code_of(":signature_error"), "");
    EXPECT_EQ(code_of("channel_crash"), "");
}

/// What follows from a class, one row each.
TEST(FailureClass, SaysWhatFollowsFromIt) {
    struct Row {
        Class what;
        bool wants_token, fresh, lasting, token, outage, all_away, later;
    };
    // clang-format off
    const Row rows[] = {
        {Class::reauthenticate, true,  true,  true,  true,  false, false, false},
        {Class::rights,         true,  false, true,  true,  false, false, false},
        {Class::configuration,  false, false, true,  true,  false, false, false},
        {Class::switched_off,   false, false, false, false, false, false, false},
        {Class::limit,          false, false, false, false, false, false, false},
        {Class::transient,      false, false, false, false, true,  false, true},
        {Class::restart,        false, false, false, false, true,  true,  false},
        {Class::unknown,        false, false, false, true,  true,  false, false},
    };
    // clang-format on
    static_assert(std::size(rows) == classes);
    for (const Row& row : rows) {
        EXPECT_EQ(wants_token(row.what), row.wants_token) << to_string(row.what);
        EXPECT_EQ(wants_fresh_token(row.what), row.fresh) << to_string(row.what);
        EXPECT_EQ(lasting(row.what), row.lasting) << to_string(row.what);
        EXPECT_EQ(may_be_the_token(row.what), row.token) << to_string(row.what);
        EXPECT_EQ(is_outage(row.what), row.outage) << to_string(row.what);
        EXPECT_EQ(sends_all_away(row.what), row.all_away) << to_string(row.what);
        EXPECT_EQ(may_be_taken_later(row.what), row.later) << to_string(row.what);
        EXPECT_EQ(remedy_of(row.what).empty(), wants_token(row.what)) << to_string(row.what);
    }
}

}  // namespace
}  // namespace realtime
