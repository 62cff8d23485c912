// The contract's section 9 against a real Chromium: what the policy promises holds in the browser, not only on paper.
#include <fstream>
#include <iostream>
#include <sstream>

#include "agent/relay/core/policy_url.hpp"
#include "driver.hpp"
#include "places.hpp"
#include "protocol.hpp"

namespace {

using namespace relay::test;
namespace fs = std::filesystem;

// Where the default page stands, by what it says itself once it has loaded: a navigation is answered before that.
awaitable<std::string> href(Driver& driver) {
    const json answer = co_await driver.ask(
        "Runtime.evaluate",
        R"js({"awaitPromise":true,"expression":"new Promise(done=>{const tell=()=>done(location.href);document.readyState==='complete'?tell():addEventListener('load',tell)})"})js");
    if (!answer.contains("result")) co_return answer.dump();
    co_return answer["result"]["result"]["value"].get<std::string>();
}

TEST(RelayPolicy, LetsNoUrlLeadToTheHost) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        for (const char* url : {"file:///etc/passwd", R"(fi\nle:///etc/passwd)", R"(\u0001 file:///etc/hostname)",
                                "file:etc", "FILE:/etc", "view-source:file:///etc/hostname", "chrome://version",
                                "devtools://devtools/bundled/inspector.html"}) {
            const std::string params = R"({"url":")" + std::string(url) + "\"}";
            json answer = co_await driver.ask("Page.navigate", params);
            EXPECT_TRUE(denied(answer)) << url << answer;
            answer = co_await driver.ask("Target.createTarget", params);
            EXPECT_TRUE(denied(answer)) << url << answer;
        }
        // What has no scheme passes as bytes, and leads nowhere in the browser either.
        for (const char* url :
             {"/etc/hostname", "//etc/hostname", "\\\\etc\\\\hostname", "%66ile:///etc/hostname",
              "\u3000file:///etc/hostname", "\ufefffile:///etc/hostname", "\u0085file:///etc/hostname",
              "fi le:///etc/hostname", ":file:///etc/hostname", "chrome//version"}) {
            const std::string params = R"({"url":")" + std::string(url) + "\"}";
            json answer = co_await driver.ask("Page.navigate", params);
            EXPECT_EQ(answer["error"]["message"], "Cannot navigate to invalid URL") << url << answer;
            answer = co_await driver.ask("Target.createTarget", params);
            EXPECT_TRUE(answer.contains("result")) << url << answer;
        }
        const json all = co_await driver.ask("Target.getTargets");
        for (const auto& target : all["result"]["targetInfos"]) {
            if (target["type"] != "page") continue;
            EXPECT_FALSE(relay::is_refused_page(target["url"].get<std::string>(), "page")) << target;
        }
        const json answer = co_await driver.ask("Page.navigate", R"({"url":"data:text/html,<title>hi</title>"})");
        EXPECT_FALSE(answer.contains("error")) << answer;
        const std::string at = co_await href(driver);
        EXPECT_EQ(at, "data:text/html,<title>hi</title>");
    });
}

TEST(RelayPolicy, IsNotGoneAroundByScript) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        for (const char* script : {"location.href='file:///etc/hostname'", "location.href='chrome://version'",
                                   "window.open('file:///etc/hostname')", "location.href='view-source:about:blank'"}) {
            const std::string params = json{{"expression", script}, {"userGesture", true}}.dump();
            co_await driver.ask("Runtime.evaluate", params);
        }
        co_await driver.ask(
            "Page.navigate",
            R"({"url":"data:text/html,<meta http-equiv=refresh content='0;url=file:///etc/hostname'>"})");
        // What must not happen has had its time when the same way has led another page to a place that is allowed.
        co_await driver.ask("Target.createTarget",
                            R"({"url":"data:text/html,<meta http-equiv=refresh content='0;url=about:blank%23went'>"})");
        json answer;
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (answer.dump().find("about:blank#went") == std::string::npos && std::chrono::steady_clock::now() < end) {
            co_await driver.pause(10ms);
            answer = co_await driver.ask("Target.getTargets");
        }
        EXPECT_NE(answer.dump().find("about:blank#went"), std::string::npos) << answer;
        for (const auto& target : answer["result"]["targetInfos"]) {
            if (target["type"] != "page") continue;
            EXPECT_FALSE(relay::is_refused_page(target["url"].get<std::string>(), "page")) << target;
        }
    });
}

TEST(RelayPolicy, LetsNothingReadAPageThatCameToStandAtARefusedScheme) {
    Driver driver;
    driver.settings.policy.allow = {"Page.navigate url=file:///etc/hostname"};
    driver.guard_places = false;  // or it would not come to stand there
    driver.run([&]() -> awaitable<void> {
        json answer = co_await driver.ask("Target.createTarget", R"({"url":"about:blank"})");
        const std::string target = answer["result"]["targetId"];
        answer = co_await driver.ask("Target.attachToTarget", R"({"flatten":true,"targetId":")" + target + "\"}");
        const std::string session = R"(,"sessionId":")" + answer["result"]["sessionId"].get<std::string>() + '"';
        answer = co_await driver.ask("Page.navigate", R"({"url":"file:///etc/hostname"})", session);
        EXPECT_FALSE(answer.contains("error")) << answer;
        // One event behind, as the contract says: the browser tells of the new place when it tells.
        for (int tries = 0; tries < 200; ++tries) {
            answer = co_await driver.ask("Runtime.evaluate", R"({"expression":"1"})", session);
            if (denied(answer)) break;
            co_await driver.pause(10ms);
        }
        EXPECT_TRUE(denied(answer)) << answer;
        for (const char* method : {"DOM.getDocument", "Page.captureScreenshot", "Page.printToPDF", "Page.reload"}) {
            answer = co_await driver.ask(method, "{}", session);
            EXPECT_TRUE(denied(answer)) << method;
        }
        for (const char* method :
             {"Page.enable", "Runtime.enable", "Network.enable", "Runtime.runIfWaitingForDebugger"}) {
            answer = co_await driver.ask(method, "{}", session);
            EXPECT_FALSE(answer.contains("error")) << method << answer;
        }
        answer = co_await driver.ask("Page.navigate", R"({"url":"about:blank"})", session);
        EXPECT_FALSE(answer.contains("error")) << answer;
        for (int tries = 0; tries < 200; ++tries) {
            answer = co_await driver.ask("Runtime.evaluate", R"({"expression":"6*7"})", session);
            if (!denied(answer)) break;
            co_await driver.pause(10ms);
        }
        EXPECT_EQ(answer["result"]["result"]["value"], 42) << answer;
    });
}

TEST(RelayPolicy, SendsDownloadsToTheSpoolAlone) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        const fs::path elsewhere = driver.folder / "elsewhere";
        const auto download = [&](const std::string& rest, std::size_t files) -> awaitable<void> {
            const json clicked = co_await driver.ask(
                "Runtime.evaluate",
                R"js({"userGesture":true,"expression":"(()=>{const a=document.createElement('a');a.href='data:application/octet-stream,hello';a.download='evil.sh';document.body.append(a);a.click()})()"})js",
                rest);
            EXPECT_FALSE(clicked.contains("error")) << clicked;
            for (int tries = 0; tries < 500; ++tries) {
                std::size_t found = 0;
                for (const auto& entry : fs::directory_iterator(driver.settings.spool.folder)) {
                    std::error_code gone;  // Chrome renames a download that is whole
                    if (entry.path().extension().empty() && entry.file_size(gone) == 5 && !gone) ++found;
                }
                if (found >= files) co_return;
                co_await driver.pause(10ms);
            }
            ADD_FAILURE() << "no download " << files << " in the spool";
        };
        co_await download("", 1);  // nobody has asked for downloads yet
        json answer = co_await driver.ask("Browser.setDownloadBehavior",
                                          R"({"behavior":"allow","downloadPath":")" + elsewhere.string() + "\"}");
        EXPECT_EQ(answer["result"], json::object()) << answer;
        co_await download("", 2);
        answer = co_await driver.ask("Page.setDownloadBehavior",
                                     R"({"behavior":"allow","downloadPath":")" + elsewhere.string() + "\"}");
        EXPECT_EQ(answer["result"], json::object()) << answer;
        co_await download("", 3);
        answer = co_await driver.ask("Target.createBrowserContext");
        const std::string browser_context = answer["result"]["browserContextId"];
        answer = co_await driver.ask("Target.createTarget",
                                     R"({"url":"about:blank","browserContextId":")" + browser_context + "\"}");
        const std::string target = answer["result"]["targetId"];
        answer = co_await driver.ask("Target.attachToTarget", R"({"flatten":true,"targetId":")" + target + "\"}");
        co_await download(R"(,"sessionId":")" + answer["result"]["sessionId"].get<std::string>() + '"', 4);
        // One whose making nobody waited for is found all the same.
        for (int tries = 0; tries < 50; ++tries) {
            answer = co_await driver.ask("Target.createBrowserContext", "{}", R"(,"timeoutMs":1)");
            if (answer.contains("error")) break;
        }
        EXPECT_EQ(answer["error"]["data"]["reason"], "timeout") << answer;
        answer = co_await driver.ask("Target.getBrowserContexts");
        const json unnamed = answer["result"]["browserContextIds"].back();
        answer = co_await driver.ask("Target.createTarget",
                                     R"({"url":"about:blank","browserContextId":)" + unnamed.dump() + "}");
        const json late = answer["result"]["targetId"];
        answer = co_await driver.ask("Target.attachToTarget", R"({"flatten":true,"targetId":)" + late.dump() + "}");
        co_await download(R"(,"sessionId":)" + answer["result"]["sessionId"].dump(), 5);
        EXPECT_FALSE(fs::exists(elsewhere));
    });
}

TEST(RelayPolicy, TakesUploadsFromTheSpoolAlone) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        const fs::path good = fs::path(driver.settings.spool.folder) / "up.txt";
        std::ofstream{good} << "content";
        json answer = co_await driver.ask("Page.navigate", R"({"url":"data:text/html,<input type=file>"})");
        const std::string at = co_await href(driver);
        EXPECT_EQ(at, "data:text/html,<input type=file>");
        answer = co_await driver.ask("DOM.getDocument");
        answer = co_await driver.ask("DOM.querySelector", R"({"nodeId":)" + answer["result"]["root"]["nodeId"].dump() +
                                                              R"(,"selector":"input"})");
        const std::string node = answer["result"]["nodeId"].dump();
        answer = co_await driver.ask("DOM.setFileInputFiles", R"({"nodeId":)" + node + R"(,"files":["/etc/passwd"]})");
        EXPECT_TRUE(denied(answer)) << answer;
        answer =
            co_await driver.ask("DOM.setFileInputFiles", R"({"nodeId":)" + node + R"(,"\u0066iles":["/etc/passwd"]})");
        EXPECT_TRUE(denied(answer)) << answer;
        answer = co_await driver.ask("DOM.setFileInputFiles",
                                     R"({"nodeId":)" + node + R"(,"files":[")" + good.string() + "\"]}");
        EXPECT_EQ(answer["result"], json::object()) << answer;
        answer = co_await driver.ask(
            "Runtime.evaluate",
            R"js({"expression":"document.querySelector('input').files[0].text()","awaitPromise":true})js");
        EXPECT_EQ(answer["result"]["result"]["value"], "content") << answer;
    });
}

TEST(RelayPolicy, AuditsEveryCommandWithoutItsContent) {
    Driver driver;
    driver.settings.audit.file = (driver.folder / "audit.jsonl").string();
    driver.run([&]() -> awaitable<void> {
        co_await driver.ask("Page.navigate", R"({"url":"data:text/html,secret"})");
        co_await driver.ask("Runtime.evaluate", R"({"expression":"'secret'"})");
        co_await driver.ask("Page.navigate", R"({"url":"file:///secret"})");
        driver.send("nonsense");
    });
    std::ifstream file{driver.settings.audit.file};
    std::vector<json> lines;
    for (std::string line; std::getline(file, line);) {
        EXPECT_EQ(line.find("secret"), std::string::npos) << line;
        lines.push_back(json::parse(line));
    }
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_EQ(lines[0]["outcome"], "ok");
    EXPECT_EQ(lines[0]["origin"], "data:");
    EXPECT_EQ(lines[0]["rule"], "test");
    EXPECT_GT(lines[1]["ms"], 0.0);
    EXPECT_EQ(lines[2]["outcome"], "denied");
    EXPECT_EQ(lines[2]["rule"], "url");
    EXPECT_EQ(lines[3]["outcome"], "bad_request");
}

TEST(RelayPolicy, ListsWhatThisBrowserBringsThatNoRulePlaces) {
    Driver driver;
    open_port(driver);
    json protocol;
    driver.run([&]() -> awaitable<void> { protocol = co_await protocol_of(driver); });
    ASSERT_TRUE(protocol.is_object());
    std::size_t known = 0;
    const relay::Policy policy{relay::PolicySettings{}};
    for (const auto& domain : protocol["domains"]) {
        for (const auto& command : domain.value("commands", json::array())) {
            const std::string method = domain["domain"].get<std::string>() + '.' + command["name"].get<std::string>();
            if (relay::placement_of(method) != nullptr) {
                ++known;
                continue;
            }
            std::cout << "no rule places " << method << '\n';
            EXPECT_EQ(policy.judge({"1", method, {}, {}, {}}, {}).kind, relay::Judgement::Kind::deny) << method;
        }
    }
    EXPECT_GT(known, 500u);
}

}  // namespace
