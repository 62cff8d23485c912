// More of the contract's section 9 against a real Chromium: redirects, commands inside commands, what is dragged, keys
// written otherwise, and the audit trail when its disk fails.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fstream>

#include "agent/relay/core/policy_url.hpp"
#include "driver.hpp"

namespace {

using namespace relay::test;
namespace fs = std::filesystem;
using tcp = net::ip::tcp;

std::string reason(const json& answer) {
    if (!answer.contains("error") || !answer["error"].contains("data")) return {};
    const json& data = answer["error"]["data"];
    return data.is_object() ? data.value("reason", "") : std::string{};
}

// A web server that sends everybody elsewhere.
struct Redirects {
    explicit Redirects(net::io_context& context) : acceptor{context, {net::ip::address_v4::loopback(), 0}} {}

    awaitable<void> serve(std::string location) {
        for (;;) {
            auto [ec, socket] = co_await acceptor.async_accept(no_throw);
            if (ec) co_return;
            std::string request;
            auto into = net::dynamic_buffer(request);
            co_await net::async_read_until(socket, into, "\r\n\r\n", no_throw);
            const std::string reply =
                "HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            co_await net::async_write(socket, net::buffer(reply), no_throw);
            ++served;
        }
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/"; }

    tcp::acceptor acceptor;
    int served = 0;
};

TEST(RelayReach, NoRedirectLeadsToTheHost) {
    for (const std::string location : {"file:///etc/hostname", "chrome://version/", "view-source:http://127.0.0.1/"}) {
        Driver driver;
        Redirects server{driver.context};
        net::co_spawn(
            driver.context, [&server, location]() -> awaitable<void> { return server.serve(location); }, rethrow);
        driver.run([&]() -> awaitable<void> {
            const std::string where = R"({"url":")" + server.url() + "\"}";
            const json navigated = co_await driver.ask("Page.navigate", where);
            EXPECT_TRUE(navigated["result"].contains("errorText")) << location << navigated;
            EXPECT_GT(server.served, 0) << location;
            const json all = co_await driver.ask("Target.getTargets");
            for (const auto& target : all["result"]["targetInfos"]) {
                if (target["type"] != "page") continue;
                EXPECT_FALSE(relay::is_refused_page(target["url"].get<std::string>(), "page")) << location << target;
            }
            server.acceptor.close();
        });
    }
}

// The controller answers a request of the page's itself, and sends it elsewhere.
TEST(RelayReach, NoAnswerThatIsMadeUpLeadsToTheHost) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        co_await driver.ask("Fetch.enable");
        int number = 0;
        for (const std::string location : {"file:///etc/hostname", "chrome://version/", "view-source:http://a.test/"}) {
            const std::string id = std::to_string(++number);
            int guess = 0;
            driver.send(R"({"id":)" + id + R"(,"method":"Page.navigate","params":{"url":"http://a.test/"}})");
            json done;
            const auto end = std::chrono::steady_clock::now() + 10s;
            while (!done.contains("result") && std::chrono::steady_clock::now() < end) {
                // Chrome numbers what it holds: it can be guessed.
                guess = guess % 30 + 1;
                const json params{{"requestId", "interception-job-" + std::to_string(guess) + ".0"},
                                  {"responseCode", 302},
                                  {"responseHeaders", {{{"name", "Location"}, {"value", location}}}}};
                done = co_await driver.ask("Fetch.fulfillRequest", params.dump());
                if (guess == 30) co_await driver.pause(10ms);
            }
            EXPECT_EQ(done["result"], json::object()) << location << done;
            const std::string navigated = co_await driver.answer(id);
            EXPECT_NE(navigated.find(R"("errorText":"net::ERR_)"), std::string::npos) << location << navigated;
        }
        const json all = co_await driver.ask("Target.getTargets");
        for (const auto& target : all["result"]["targetInfos"]) {
            if (target["type"] != "page") continue;
            EXPECT_FALSE(relay::is_refused_page(target["url"].get<std::string>(), "page")) << target;
        }
    });
}

TEST(RelayReach, KeysAndUrlsWrittenOtherwiseAreSeenThrough) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        for (const char* params :
             {R"({"\u0075rl":"file:///etc/hostname"})", R"({"url":"\u0066ile:///etc/hostname"})",
              R"({"url":"f\u0069l\ne\u003a///etc/hostname"})", R"({"url":"\u0000file:///etc/hostname"})",
              R"({"url":" \u001f file:etc"})", R"({"url":"fi\tle:\\\\etc\\hostname"})"}) {
            const json answer = co_await driver.ask("Page.navigate", params);
            EXPECT_EQ(reason(answer), "denied") << params << answer;
        }
        for (const char* params : {R"({"url":"about:blank","url":"file:///etc/hostname"})",
                                   R"({"url":"file:///etc/hostname","\u0075rl":"about:blank"})"}) {
            const json answer = co_await driver.ask("Page.navigate", params);
            EXPECT_EQ(reason(answer), "bad_request") << params << answer;
        }
        const json answer = co_await driver.ask("Runtime.evaluate", R"({"expression":"location.href"})");
        EXPECT_EQ(answer["result"]["result"]["value"], "about:blank") << answer;
    });
}

TEST(RelayReach, CommandsInsideCommandsAreJudgedLikeAnyOther) {
    Driver driver;
    driver.settings.policy.allow = {"Target.sendMessageToTarget"};
    driver.run([&]() -> awaitable<void> {
        const json made = co_await driver.ask("Target.createTarget", R"({"url":"about:blank"})");
        const std::string target = made["result"]["targetId"];
        const json attached =
            co_await driver.ask("Target.attachToTarget", R"({"flatten":false,"targetId":")" + target + "\"}");
        const std::string session = attached["result"]["sessionId"];  // of the old kind
        const auto carry = [&](const std::string& method, const std::string& params) {
            const std::string inner = R"({"id":1,"method":")" + method + R"(","params":)" + params + "}";
            return json{{"sessionId", session}, {"message", inner}}.dump();
        };
        const std::string to_a_file = carry("Page.navigate", R"({"url":"file:///etc/hostname"})");
        json answer = co_await driver.ask("Target.sendMessageToTarget", to_a_file);
        EXPECT_EQ(reason(answer), "denied") << answer;
        const std::string escaped = carry("Page.navigate", R"({"\u0075rl":"fil\u0065:///etc/hostname"})");
        answer = co_await driver.ask("Target.sendMessageToTarget", escaped);
        EXPECT_EQ(reason(answer), "denied") << answer;
        const std::string processes = carry("SystemInfo.getProcessInfo", "{}");
        answer = co_await driver.ask("Target.sendMessageToTarget", processes);
        EXPECT_EQ(reason(answer), "denied") << answer;
        const std::string good = carry("Page.navigate", R"({"url":"data:text/html,<title>in"})");
        answer = co_await driver.ask("Target.sendMessageToTarget", good);
        EXPECT_EQ(answer["result"], json::object()) << answer;
    });
}

TEST(RelayReach, FilesAreDraggedInFromTheSpoolAlone) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        const fs::path good = fs::path(driver.settings.spool.folder) / "drag.txt";
        std::ofstream{good} << "dragged";
        // The promise is settled by the drop, and by nothing else.
        co_await driver.ask(
            "Runtime.evaluate",
            R"js({"expression":"document.body.style.height='400px';document.ondragover=e=>e.preventDefault();window.got=new Promise(done=>document.ondrop=e=>{e.preventDefault();e.dataTransfer.files[0].text().then(done)})"})js");
        const auto drag = [](const std::string& type, const std::string& file, const std::string& key = "files") {
            return R"({"type":")" + type + R"(","x":20,"y":20,"data":{"items":[],"dragOperationsMask":1,")" + key +
                   R"(":[")" + file + R"("]}})";
        };
        for (const std::string type : {"dragEnter", "dragOver", "drop"}) {
            const std::string other = drag(type, "/etc/hostname");
            json answer = co_await driver.ask("Input.dispatchDragEvent", other);
            EXPECT_EQ(reason(answer), "denied") << type << answer;
            const std::string hidden = drag(type, "/etc/hostname", R"(fi\u006ces)");
            answer = co_await driver.ask("Input.dispatchDragEvent", hidden);
            EXPECT_EQ(reason(answer), "denied") << type << answer;
            const std::string around = drag(type, good.string() + "/../../secret");
            answer = co_await driver.ask("Input.dispatchDragEvent", around);
            EXPECT_EQ(reason(answer), "denied") << type << answer;
        }
        for (const std::string type : {"dragEnter", "dragOver", "drop"}) {
            const std::string own = drag(type, good.string());
            const json answer = co_await driver.ask("Input.dispatchDragEvent", own);
            EXPECT_EQ(answer["result"], json::object()) << type << answer;
        }
        const json read = co_await driver.ask("Runtime.evaluate",
                                              R"({"expression":"window.got","awaitPromise":true,"timeout":10000})");
        EXPECT_EQ(read["result"]["result"]["value"], "dragged") << read;
    });
}

// Asks until the answer is as wanted: the trail is written beside the commands, not before them.
awaitable<void> ask_until(Driver& driver, json& answer, bool (*wanted)(const json&)) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!wanted(answer) && std::chrono::steady_clock::now() < end) {
        co_await driver.pause(1ms);
        answer = co_await driver.ask("Browser.getVersion");
    }
}

TEST(RelayReach, TheAuditTrailStopsCommandsOnlyWhereTheOwnerSaysSo) {
    using OnError = relay::AuditSettings::OnError;
    for (const OnError on_error : {OnError::refuse, OnError::proceed}) {
        Driver driver;
        driver.settings.audit.file = (driver.folder / "missing" / "audit.jsonl").string();
        driver.settings.audit.on_error = on_error;
        driver.run([&]() -> awaitable<void> {
            json answer = co_await driver.ask("Browser.getVersion");
            if (on_error == OnError::proceed) {
                EXPECT_TRUE(answer.contains("result")) << answer;
                co_return;
            }
            // Known as soon as the trail was tried, which is at once.
            co_await ask_until(driver, answer, [](const json& it) { return reason(it) == "denied"; });
            EXPECT_EQ(reason(answer), "denied") << answer;
            EXPECT_NE(answer["error"]["message"].get<std::string>().find("audit.on_error"), std::string::npos);
            // The disk comes back: so do the commands, as soon as a line was written.
            fs::create_directory(driver.folder / "missing");
            co_await ask_until(driver, answer, [](const json& it) { return it.contains("result"); });
            EXPECT_TRUE(answer.contains("result")) << answer;
        });
    }
}

TEST(RelayReach, TheAuditTrailRotatesAndTellsNoAddressWhereNoneIsWanted) {
    Driver driver;
    driver.settings.audit.file = (driver.folder / "audit.jsonl").string();
    driver.settings.audit.max_bytes = 2000;
    driver.settings.audit.keep = 2;
    driver.settings.audit.urls = relay::AuditSettings::Urls::none;
    driver.run([&]() -> awaitable<void> {
        for (int i = 0; i < 60; ++i) co_await driver.ask("Page.navigate", R"({"url":"data:text/html,secret"})");
    });
    std::size_t lines = 0;
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator{driver.folder}) {
        if (!entry.path().filename().string().starts_with("audit.jsonl")) continue;
        ++files;
        EXPECT_LE(entry.file_size(), 2000U) << entry.path();
        std::ifstream file{entry.path()};
        for (std::string line; std::getline(file, line); ++lines) {
            const json record = json::parse(line);
            EXPECT_EQ(record["method"], "Page.navigate");
            EXPECT_FALSE(record.contains("origin")) << line;
            EXPECT_EQ(line.find("data:"), std::string::npos) << line;
        }
    }
    EXPECT_EQ(files, 3U) << "the current one and two that are kept";
    EXPECT_GT(lines, 10U);
}

}  // namespace
