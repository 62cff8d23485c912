// The main job: a controller's commands reach a real Chromium through the hub and the agent, and come back unchanged.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/world.hpp"

namespace {

using nlohmann::json;
using support::World;
using namespace std::chrono_literals;

class Relay : public testing::Test {
  protected:
    void SetUp() override {
        agent = world.joined_agent();
        ASSERT_NE(agent, nullptr);
        controller = world.controller();
    }

    // The error object of a refused command.
    json error_of(std::string_view id) {
        const auto text = controller->result(id);
        if (!text) return nullptr;
        return json::parse(*text)["error"];
    }

    World world;
    std::unique_ptr<support::Child> agent;
    std::unique_ptr<support::Controller> controller;
};

// Without the pacing that a shared tenant wants: the hub's rate limit is off.
class UnpacedRelay : public Relay {
  protected:
    void SetUp() override {
        agent = world.joined_agent({.config = "budget_max = 0\n"});
        ASSERT_NE(agent, nullptr);
        controller = world.controller();
    }
};

TEST_F(Relay, AnswersABrowserLevelCommand) {
    const auto text = controller->call("1", "Browser.getVersion");
    ASSERT_TRUE(text);
    const auto result = json::parse(*text);
    EXPECT_EQ(result["id"], 1);
    EXPECT_EQ(result["ok"], true);
    EXPECT_NE(result["result"]["product"].get<std::string>().find("Chrome"), std::string::npos);
}

TEST_F(Relay, CommandsWithoutASessionReachTheDefaultPageAndItSurvivesNavigation) {
    ASSERT_TRUE(controller->call("1", "Page.navigate", R"({"url":"data:text/html,<title>one</title>"})"));
    const auto title = controller->call("2", "Runtime.evaluate", support::when_loaded("document.title"));
    ASSERT_TRUE(title);
    EXPECT_NE(title->find(R"("value":"one")"), std::string::npos) << *title;
    ASSERT_TRUE(controller->call("3", "Page.navigate", R"({"url":"data:text/html,<title>two</title>"})"));
    const auto again = controller->call("4", "Runtime.evaluate", support::when_loaded("document.title"));
    ASSERT_TRUE(again);
    EXPECT_NE(again->find(R"("value":"two")"), std::string::npos) << *again;
}

TEST_F(Relay, FollowsASessionThatTheControllerOpened) {
    const auto created = controller->call("1", "Target.createTarget", R"({"url":"about:blank"})");
    ASSERT_TRUE(created);
    const auto target = json::parse(*created)["result"]["targetId"].get<std::string>();
    const auto attached =
        controller->call("2", "Target.attachToTarget", R"({"targetId":")" + target + R"(","flatten":true})");
    ASSERT_TRUE(attached);
    const auto session = json::parse(*attached)["result"]["sessionId"].get<std::string>();
    const auto sum = controller->call("3", "Runtime.evaluate", R"({"expression":"20+22"})", session);
    ASSERT_TRUE(sum);
    EXPECT_NE(sum->find(R"("value":42)"), std::string::npos) << *sum;

    // A command that never ends is answered at once when its session goes.
    controller->command(R"({"id":4,"method":"Runtime.evaluate","sessionId":")" + session +
                        R"(","params":{"expression":"new Promise(()=>{});","awaitPromise":true
}
})");
    ASSERT_TRUE(controller->call("5", "Target.closeTarget", R"({"targetId":")" + target + "\"}"));
    EXPECT_EQ(error_of("4")["data"]["reason"], "browser_lost");
}

// What a parse and re-write breaks, there and back again.
TEST_F(Relay, PassesParametersAndResultsAsTheBytesThatCame) {
    // 1e21 and -0 in JSON reach the page as they are; a repeated key keeps Chrome's own rule (the last one wins).
    const auto sent = controller->call(
        "1", "Runtime.evaluate",
        R"({"expression":"'first'","expression":"[1e21, 9007199254740993, 1.0, '\ud800', 'é', '\\u00E9'].map(String).join('|');"})");
    ASSERT_TRUE(sent);
    EXPECT_NE(sent->find(R"("value":"1e+21|9007199254740992|1|\ud800|\u00e9|\u00e9")"), std::string::npos) << *sent;

    const auto numbers = controller->call(
        "2", "Runtime.evaluate",
        R"({"expression":"({big:2**53+2,tiny:0.000001,e:1e21,seven:1e-7,10:0,2:0,del:'\u007f',low:'\udc00'});","returnByValue":true
    })");
    ASSERT_TRUE(numbers);
    EXPECT_NE(numbers->find(
                  "\"value\":{\"2\":0,\"10\":0,\"big\":9007199254740994,\"tiny\":0.000001,\"e\":1e+21,\"seven\":1e-7,"
                  "\"del\":\"\x7f\",\"low\":\"\\udc00\"}"),
              std::string::npos)
        << *numbers;
}

TEST_F(Relay, EchoesTheIdAsTheBytesThatCame) {
    for (const std::string id : {"-0", "1.0", "1e400", "9007199254740993", R"("caf\u00e9\/")", R"("é")"}) {
        const auto text = controller->call(id, "Browser.getVersion");
        ASSERT_TRUE(text) << id;
        EXPECT_TRUE(text->starts_with(R"({"id":)" + id + R"(,"ok":true,)")) << *text;
    }
}

TEST_F(Relay, AnswersWhatItCannotReadAndGoesOn) {
    const auto reason = [](const std::string& text) { return json::parse(text)["error"]["data"]["reason"]; };
    const std::vector<std::pair<std::string, std::string>> bad{
        {"\"a\"", R"({"id":"a"})"},
        {"\"b\"", R"({"id":"b","method":5})"},
        {"\"c\"", R"({"id":"c","method":"NoDot"})"},
        {"\"d\"", R"({"id":"d","method":"Browser.getVersion","params":[]})"},
        {"\"e\"", R"({"id":"e","method":"Browser.getVersion","method":"Browser.close"})"},
        {"\"f\"", R"({"id":"f","method":"Browser.getVersion","sessionId":7})"},
        {"null", R"({"id":true,"method":"Browser.getVersion"})"},
        {"null", R"({"method":"Browser.getVersion"})"},
    };
    for (const auto& [id, text] : bad) {
        controller->forget();
        controller->command(text);
        const auto answer = controller->result(id);
        ASSERT_TRUE(answer) << text;
        EXPECT_EQ(reason(*answer), "bad_request") << *answer;
    }
    controller->forget();
    controller->command("not JSON at all");
    controller->command("[1,2");
    EXPECT_TRUE(controller->result("null"));
    EXPECT_TRUE(controller->call("1", "Browser.getVersion")) << "the agent does not answer any more";
}

TEST_F(Relay, EndsAtItsOwnDeadlineWithAHint) {
    controller->command(
        R"({"id":1,"method":"Runtime.evaluate","timeoutMs":300,"params":{"expression":"new Promise(()=>{});","awaitPromise":true
    }
    })");
    const auto error = error_of("1");
    EXPECT_EQ(error["code"], -32011);
    EXPECT_EQ(error["data"]["reason"], "timeout");
    EXPECT_GT(error["message"].get<std::string>().size(), 20U);
}

TEST_F(Relay, RefusesWhatThePolicyForbidsAndNamesTheRule) {
    controller->command(R"({"id":1,"method":"Page.navigate","params":{"url":"file:///etc/passwd"}})");
    const auto error = error_of("1");
    EXPECT_EQ(error["data"]["reason"], "denied");
    EXPECT_EQ(error["code"], -32010);
}

TEST_F(UnpacedRelay, LosesNothingOfTenThousandCommandsInARow) {
    constexpr int all = 10000;
    constexpr int at_once = 64;
    int sent = 0;
    const auto send_next = [&] {
        const auto id = std::to_string(++sent);
        controller->command(R"({"id":)" + id + R"(,"method":"Browser.getVersion"})");
    };
    while (sent < at_once) send_next();
    ASSERT_TRUE(world.until(
        [&] {
            while (sent<all&& static_cast<int>(controller->results())> sent - at_once) send_next();
            return static_cast<int>(controller->results()) >= all;
        },
        90s))
        << controller->results() << " of " << sent;
    for (int id = 1; id <= all; ++id) EXPECT_EQ(controller->copies(std::to_string(id)), 1U) << id;
}

TEST_F(Relay, GivesAResultBeyondTheLimitAsAStream) {
    const auto big =
        controller->call("1", "Runtime.evaluate", R"({"expression":"'x'.repeat(4000000);","returnByValue":true})");
    ASSERT_TRUE(big);
    const auto error = json::parse(*big)["error"];
    ASSERT_EQ(error["data"]["reason"], "too_large") << big->substr(0, 300);
    const auto stream = error["data"]["stream"].get<std::string>();
    std::string text;
    for (int part = 10; part < 20; ++part) {
        const auto piece = controller->call(std::to_string(part), "IO.read", R"({"handle":")" + stream + "\"}");
        ASSERT_TRUE(piece);
        const auto read = json::parse(*piece);
        ASSERT_EQ(read["ok"], true) << piece->substr(0, 300);
        text += read["result"]["data"].get<std::string>();
        if (read["result"]["eof"].get<bool>()) break;
    }
    EXPECT_EQ(text.size(), error["data"]["size"].get<std::size_t>());
    EXPECT_EQ(json::parse(text)["result"]["value"].get<std::string>().size(), 4000000U);
}

}  // namespace
