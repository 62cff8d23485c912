// /json through the bridge's port, as clients ask for it.
#include <nlohmann/json.hpp>

#include "tests/loop/bridge/local_fixture.hpp"

namespace bridge::test {
namespace {

using nlohmann::json;

struct LocalHttp : LocalSide {};

TEST_F(LocalHttp, TellsTheBrowserWithItsSecret) {
    serve();
    for (const auto* path : {"/version", "/version/"}) {
        const auto answer = get(first.json() + path);
        EXPECT_EQ(answer.result_int(), 200u);
        EXPECT_EQ(answer[http::field::content_type], "application/json; charset=UTF-8");
        EXPECT_EQ(json::parse(answer.body())["webSocketDebuggerUrl"], "ws://" + host() + first.browser());
    }
    EXPECT_EQ(
        get(first.json() + "/version", {{"Host", "localhost:7"}}).body().find("ws://localhost:7/") != std::string::npos,
        true);
    const auto by_header = get("/json/version", {{"Authorization", "Bearer " + second.secret}});
    EXPECT_EQ(json::parse(by_header.body())["webSocketDebuggerUrl"], "ws://" + host() + second.browser());
}

TEST_F(LocalHttp, RefusesWhoHasNoSecret) {
    serve();
    for (const auto* path : {"/json/version", "/json", "/json/list", "/json/close/AB", "/first/json"}) {
        const auto answer = get(path);
        EXPECT_EQ(answer.result_int(), 403u) << path;
        EXPECT_NE(answer.body().find("--open-to-local-users"), std::string::npos) << answer.body();
    }
    EXPECT_EQ(get(first.json(), {{"Host", "evil.example"}}).result_int(), 500u);
    EXPECT_TRUE(first.far.calls.empty());
}

TEST_F(LocalHttp, AnOpenPortNeedsNone) {
    serve(true);
    const auto list = json::parse(get("/json/list").body());
    EXPECT_EQ(list[0]["webSocketDebuggerUrl"], "ws://" + host() + "/devtools/page/AB");
    const auto named = json::parse(get("/first/json").body());
    EXPECT_EQ(named[0]["webSocketDebuggerUrl"], "ws://" + host() + "/first/devtools/page/AB");
}

TEST_F(LocalHttp, ListsTargetsAndKeepsTheListForAMoment) {
    serve();
    for (const auto* path : {"", "/list", "/list/"}) {
        const auto list = json::parse(get(first.json() + path).body());
        ASSERT_EQ(list.size(), 1u);
        EXPECT_EQ(list[0]["id"], "AB");
        EXPECT_EQ(list[0]["webSocketDebuggerUrl"], "ws://" + host() + "/" + first.secret + "/devtools/page/AB");
    }
    EXPECT_EQ(first.far.calls, (std::vector<std::string>{"Browser.getVersion", "Target.getTargets"}));
}

TEST_F(LocalHttp, MakesATargetByPutAlone) {
    serve();
    first.far.answers["Target.createTarget"] = {true, R"({"targetId":"CD"})", {}};
    const auto refused = get(first.json() + "/new?about:blank");
    EXPECT_EQ(refused.result_int(), 405u);
    EXPECT_EQ(refused.body(), "Using unsafe HTTP verb GET to invoke /json/new. This action supports only PUT verb.");
    EXPECT_TRUE(first.far.calls.empty());
    const auto made = json::parse(ask(http::verb::put, first.json() + "/new?https://a.test/?q=a+b%23").body());
    EXPECT_EQ(made["id"], "CD");
    EXPECT_EQ(made["url"], "https://a.test/?q=a+b#");
    EXPECT_EQ(first.far.calls.back(), R"(Target.createTarget{"url":"https://a.test/?q=a+b#"})");
    ask(http::verb::put, first.json() + "/new");
    EXPECT_EQ(first.far.calls.back(), R"(Target.createTarget{"url":"about:blank"})");
}

TEST_F(LocalHttp, ActivatesAndClosesTargets) {
    serve();
    first.far.answers["Target.activateTarget"] = {true, "{}", {}};
    first.far.answers["Target.closeTarget"] = {false, "",
                                               R"({"code":-32602,"message":"No target with given id found"})"};
    EXPECT_EQ(get(first.json() + "/activate/AB").body(), "Target activated");
    EXPECT_EQ(first.far.calls.back(), R"(Target.activateTarget{"targetId":"AB"})");
    const auto none = get(first.json() + "/close/XY");
    EXPECT_EQ(none.result_int(), 404u);
    EXPECT_EQ(none.body(), "No such target id: XY");
    first.far.answers["Target.closeTarget"] = {true, R"({"success":true})", {}};
    EXPECT_EQ(get(first.json() + "/close/AB").body(), "Target is closing");
}

TEST_F(LocalHttp, SaysWhatTheFarSideRefused) {
    serve();
    first.far.answers["Browser.getVersion"] = {
        false, "", R"({"code":-32011,"message":"nobody answers","data":{"source":"bridge","reason":"timeout"}})"};
    const auto answer = get(first.json() + "/version");
    EXPECT_EQ(answer.result_int(), 504u);
    EXPECT_EQ(answer.body(), "nobody answers");
    first.far.answers["Target.closeTarget"] = {
        false, "", R"({"code":-32010,"message":"the policy","data":{"source":"agent","reason":"denied"}})"};
    EXPECT_EQ(get(first.json() + "/close/AB").result_int(), 403u);
}

TEST_F(LocalHttp, OtherPathsAreChromes) {
    serve();
    const auto unknown = get(first.json() + "/foo");
    EXPECT_EQ(unknown.result_int(), 404u);
    EXPECT_EQ(unknown.body(), "Unknown command: foo");
    EXPECT_EQ(get(first.json() + "/").body(), "Unknown command: ");
    EXPECT_EQ(get(first.browser()).result_int(), 200u);
    EXPECT_EQ(get("/" + first.secret + "/nowhere").result_int(), 404u);
}

TEST_F(LocalHttp, DescribesTheProtocolToAnybody) {
    serve();
    const auto protocol = json::parse(get("/json/protocol").body());
    EXPECT_EQ(protocol["version"]["major"], "1");
    EXPECT_GT(protocol["domains"].size(), 50u);
    EXPECT_EQ(get(first.json() + "/protocol").result_int(), 200u);
}

}  // namespace
}  // namespace bridge::test
