// The contract's sections 3 to 6 against a real Chromium: commands, routes, results, streams.

#include "driver.hpp"
#include "tests/support/memory.hpp"
#include "tests/support/sizes.hpp"

namespace {

using namespace relay::test;

// The parameters of a Runtime.evaluate.
std::string expression(const std::string& script, bool await_promise = false) {
    json params{{"expression", script}, {"returnByValue", true}};
    if (await_promise) params["awaitPromise"] = true;
    return params.dump();
}

const std::string never = expression("new Promise(()=>{})", true);

TEST(Relay, PassesBytesBothWays) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        // What a parse and re-write would change: Chrome must see each of them, and its own text must come back as it
        // is.
        driver.send(
            R"({"id":"a\u00e9","method":"Runtime.evaluate","params":{"expression":"ignored","returnByValue":true,"expression":"[1e21,-0,9007199254740993,1.0,'\ud800','\/']"}})");
        const std::string text = co_await driver.answer(R"("a\u00e9")");
        EXPECT_EQ(
            text,
            R"({"id":"a\u00e9","ok":true,"result":{"result":{"type":"object","value":[1e+21,0,9007199254740992,1,"\ud800","/"]}}})");
        for (const std::string id : {"1e2", "-0", "9007199254740993", "1.0", R"("\ud800")"}) {
            driver.send(R"({"id":)" + id + R"(,"method":"Browser.getVersion"})");
            const std::string version = co_await driver.answer(id);
            EXPECT_EQ(version.find(R"({"id":)" + id + R"(,"ok":true,"result":{"protocolVersion")"), 0u) << version;
        }
    });
}

TEST(Relay, TakesBigParamsAndDeepOnes) {
    Driver driver;
    driver.largest_payload = std::size_t{64} << 20;
    driver.run([&]() -> awaitable<void> {
        const std::string big(support::sized(std::size_t{20} << 20, std::size_t{4} << 20), 'x');
        json answer =
            co_await driver.ask("Runtime.evaluate", R"({"returnByValue":true,"expression":"')" + big + R"('"})");
        EXPECT_EQ(answer["result"]["result"]["value"].get<std::string>().size(), big.size());
        std::string deep(250, '[');
        deep += std::string(250, ']');
        answer = co_await driver.ask(
            "Runtime.callFunctionOn",
            R"({"functionDeclaration":"function(x){return JSON.stringify(x).length}","arguments":[{"value":)" + deep +
                R"(}],"returnByValue":true})");
        EXPECT_TRUE(answer.contains("error")) << "no object or context named: Chrome's own error, with our id";
        EXPECT_FALSE(answer["error"].contains("data") && answer["error"]["data"].is_object()) << answer;
    });
}

TEST(Relay, KeepsTheEdgesOfACommand) {
    Driver driver;
    driver.settings.max_timeout = 2s;
    driver.run([&]() -> awaitable<void> {
        while (driver.browser->status().state != cdp::BrowserState::attached) co_await driver.pause(10ms);
        const std::string id = '"' + std::string(256, 'i') + '"';
        driver.send(R"({"id":)" + id + R"(,"method":"Browser.getVersion","params":null,"sessionId":"","more":[1]})");
        const std::string version = co_await driver.answer(id);
        EXPECT_EQ(version.find(R"({"id":)" + id + R"(,"ok":true)"), 0u) << version;
        driver.send(R"({"id":"x)" + std::string(256, 'i') + R"(","method":"Browser.getVersion"})");
        const std::string too_long = co_await driver.answer("null");
        EXPECT_EQ(json::parse(too_long)["error"]["data"]["reason"], "bad_request") << too_long;
        // A limit of the caller's own ends at the configured cap.
        const auto asked = std::chrono::steady_clock::now();
        const json capped = co_await driver.ask("Runtime.evaluate", never, R"(,"timeoutMs":600000)");
        EXPECT_EQ(capped["error"]["data"]["reason"], "timeout") << capped;
        EXPECT_LT(std::chrono::steady_clock::now() - asked, 20s);
        const std::string session(65, 'A');
        const json refused = co_await driver.ask("Page.enable", "{}", R"(,"sessionId":")" + session + '"');
        EXPECT_EQ(refused["error"]["data"]["reason"], "bad_request") << refused;
    });
}

TEST(Relay, RoutesAsTheContractSays) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        json answer = co_await driver.ask("Target.getTargets");
        std::string page;
        for (const auto& target : answer["result"]["targetInfos"]) {
            if (target["type"] == "page") page = target["targetId"];
        }
        answer = co_await driver.ask("Target.attachToTarget", R"({"flatten":true,"targetId":")" + page + "\"}");
        const std::string session = answer["result"]["sessionId"];
        const std::string in_session = R"(,"sessionId":")" + session + '"';
        answer = co_await driver.ask("Runtime.evaluate", R"({"expression":"window.mark=7"})", in_session);
        EXPECT_EQ(answer["result"]["result"]["value"], 7);
        answer = co_await driver.ask("Runtime.evaluate", R"({"expression":"window.mark"})");
        EXPECT_EQ(answer["result"]["result"]["value"], 7) << "the default page is the first page";
        answer = co_await driver.ask("Storage.getCookies");
        EXPECT_TRUE(answer["result"]["cookies"].is_array()) << answer;
        answer = co_await driver.ask("Page.enable", "{}", R"(,"sessionId":"0123456789ABCDEF0123456789ABCDEF")");
        EXPECT_EQ(answer["error"]["code"], -32001);
        answer = co_await driver.ask("Page.enable", "{}", R"(,"sessionId":"no \" such")");
        EXPECT_EQ(answer["error"], (json{{"code", -32001}, {"message", "Session with given id not found."}}));
        answer = co_await driver.ask("DOM.nonsense");
        EXPECT_EQ(answer["error"]["data"]["reason"], "denied");
        answer = co_await driver.ask("Agent.getInfo");
        EXPECT_EQ(answer["result"]["browser"]["protocolVersion"], "1.3");
        EXPECT_EQ(answer["result"]["browser"]["product"].get<std::string>().find("Chrome/"), 0u) << answer;
    });
}

TEST(Relay, ReadsTheDefaultPagesStreams) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        json answer = co_await driver.ask("Page.printToPDF", R"({"transferMode":"ReturnAsStream"})");
        const std::string handle = answer["result"]["stream"];
        const std::string params = R"({"handle":")" + handle + "\"}";
        answer = co_await driver.ask("IO.read", params);
        EXPECT_EQ(answer["result"]["base64Encoded"], true);
        EXPECT_EQ(answer["result"]["data"].get<std::string>().find("JVBERi"), 0u) << "%PDF";
        answer = co_await driver.ask("IO.close", params);
        EXPECT_EQ(answer["result"], json::object());
        answer = co_await driver.ask("IO.close", params);
        EXPECT_EQ(answer["error"], (json{{"code", -32602}, {"message", "Invalid stream handle"}}));
    });
}

TEST(Relay, ReadsResultsOverTheLimitExactly) {
    Driver driver;
    driver.largest_payload = 100'000;
    driver.settings.streams.memory_bytes = 1'000'000;
    driver.run([&]() -> awaitable<void> {
        for (const int count : {150'000, 700'000}) {
            const std::string repeat = expression(R"js('"汉x'.repeat()js" + std::to_string(count) + ")");
            json answer = co_await driver.ask("Runtime.evaluate", repeat);
            EXPECT_EQ(answer["error"]["data"]["reason"], "too_large") << answer;
            EXPECT_EQ(answer["error"]["data"]["limit"], 100'000);
            const std::string handle = answer["error"]["data"]["stream"];
            const std::size_t size = answer["error"]["data"]["size"];
            const std::string params = R"({"handle":")" + handle + "\"}";
            std::string text;
            for (bool eof = false; !eof;) {
                answer = co_await driver.ask("IO.read", params);
                text += answer["result"]["data"].get<std::string>();
                eof = answer["result"]["eof"];
            }
            std::string unit = R"(\"\u6c49x)";
            std::string expected;
            for (int i = 0; i < count; ++i) expected += unit;
            EXPECT_EQ(text, R"({"result":{"type":"string","value":")" + expected + "\"}}");
            EXPECT_EQ(text.size(), size);
            answer = co_await driver.ask("IO.close", params);
            EXPECT_EQ(answer["result"], json::object());
        }
        EXPECT_EQ(driver.router->status().streams, 0u);
    });
}

TEST(Relay, AnswersTimeoutsAndStopsInOrder) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        json answer = co_await driver.ask("Runtime.evaluate", never, R"(,"timeoutMs":300)");
        EXPECT_EQ(answer["error"]["data"]["reason"], "timeout");
        EXPECT_FALSE(answer["error"]["message"].get<std::string>().empty());
        driver.send(R"({"id":1,"method":"Runtime.evaluate","params":)" + never + "}");
        driver.send(R"({"id":2,"method":"Runtime.evaluate","params":{"expression":"1+1"}})");
        const std::string second = co_await driver.answer("2");
        EXPECT_NE(second.find("\"value\":2"), std::string::npos) << second;
        driver.router->stop_relaying("Stopping now.");
        const std::string first = co_await driver.answer("1");
        answer = json::parse(first);
        EXPECT_EQ(answer["error"]["data"]["reason"], "stopping");
        answer = co_await driver.ask("Browser.getVersion");
        EXPECT_EQ(answer["error"]["data"]["reason"], "stopping");
    });
}

TEST(Relay, KeepsTheOrderWithinASession) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        for (int i = 0; i < 300; ++i) {
            driver.send(R"({"id":)" + std::to_string(i) +
                        R"(,"method":"Runtime.evaluate","params":{"expression":"window.n=(window.n||0)+1"}})");
        }
        for (int i = 0; i < 300; ++i) {
            const std::string text = co_await driver.answer(std::to_string(i));
            EXPECT_EQ(json::parse(text)["result"]["result"]["value"], i + 1) << text;
        }
        while (driver.router->status().in_flight > 0)
            co_await driver.pause(1ms);  // the last acknowledgements are on their way
        EXPECT_EQ(driver.router->status().traffic.results, 300u);
    });
}

const std::size_t largest_result = support::sized(std::size_t{200} << 20, std::size_t{32} << 20);

// How much memory a result of that size took at most on its way.
awaitable<std::size_t> memory_for(Driver& driver, std::size_t size, std::string id) {
    support::forget_peak();
    const std::size_t before = support::peak_memory();
    const std::string repeat = expression("'x'.repeat(" + std::to_string(size) + ")");
    driver.send(R"({"id":)" + id + R"(,"method":"Runtime.evaluate","params":)" + repeat + "}");
    while (!driver.answers.contains(id)) co_await driver.pause(1ms);
    co_return support::peak_memory() - before;
}

TEST(Relay, PassesLargeResultsInThreeTimesTheirSize) {
    Driver driver;
    driver.largest_payload = std::size_t{1} << 30;
    driver.run([&]() -> awaitable<void> {
        co_await driver.ask("Browser.getVersion");
        for (const std::size_t size :
             {std::size_t{8} << 20, support::sized(std::size_t{96} << 20, std::size_t{16} << 20), largest_result}) {
            const std::string id = std::to_string(size);
            const std::size_t took = co_await memory_for(driver, size, id);
            std::string& text = driver.answers[id].front();
            EXPECT_EQ(text.find(R"({"id":)" + id + R"(,"ok":true)"), 0u) << text.substr(0, 200);
            EXPECT_GT(text.size(), size);
            EXPECT_LT(took, 3 * size + support::memory_slack) << "a result of " << size;
            text = {};
        }
    });
}

TEST(Relay, KeepsLargeResultsForReadingInThreeTimesTheirSize) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        co_await driver.ask("Browser.getVersion");
        for (const std::size_t size : {std::size_t{8} << 20, largest_result}) {
            const std::string id = std::to_string(size);
            const std::size_t took = co_await memory_for(driver, size, id);
            const json answer = json::parse(driver.answers[id].front());
            EXPECT_EQ(answer["error"]["data"]["reason"], "too_large") << answer;
            EXPECT_GT(answer["error"]["data"]["size"], size);
            EXPECT_LT(took, 3 * size + support::memory_slack) << "a result of " << size;
        }
        EXPECT_EQ(driver.router->status().streams, 2u);
    });
}

}  // namespace
