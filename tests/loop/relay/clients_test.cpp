// Clients against a real Chromium (contract, "Clients").
#include <algorithm>

#include "far_client.hpp"
#include "platform/crypto.hpp"

namespace {

using namespace relay::test;

const std::string blank = R"({"url":"about:blank"})";
const std::string one_and_one = R"({"expression":"1+1"})";

/// What a Runtime.evaluate gave; null: it gave nothing.
json value_of(const json& answer) {
    return answer.value(json::json_pointer{"/result/result/value"}, json{});
}

std::string auto_attach(bool wait = true) {
    return json{{"autoAttach", true}, {"waitForDebuggerOnStart", wait}, {"flatten", true}}.dump();
}

/// The parameters of a Runtime.evaluate.
std::string evaluation(const std::string& script) {
    return json{{"expression", script}, {"returnByValue", true}}.dump();
}

std::string at_target(const json& target) {
    return json{{"targetId", target}, {"flatten", true}}.dump();
}

std::string page_of_new_window(const std::string& url) {
    return json{{"expression", "!!window.open('" + url + "')"}, {"userGesture", true}, {"returnByValue", true}}.dump();
}

/// A page in a browser context of the client's own, attached to; its session.
awaitable<std::string> own_page(FarClient& client) {
    const json context = co_await client.ask("Target.createBrowserContext", R"({"disposeOnDetach":false})");
    const json place{{"url", "about:blank"}, {"browserContextId", context["result"]["browserContextId"]}};
    const std::string at_place = place.dump();
    const json page = co_await client.ask("Target.createTarget", at_place);
    const std::string at_page = at_target(page["result"]["targetId"]);
    const json attached = co_await client.ask("Target.attachToTarget", at_page);
    EXPECT_TRUE(attached.contains("result")) << attached;
    co_return attached["result"].value("sessionId", "");
}

TEST(RelayClients, TwoWithAutoAttachAtOnceHearTheirOwnEvents) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        FarClient one{driver};
        FarClient two{driver};
        co_await one.open(R"({"label":"one"})");
        co_await two.open(R"({"label":"two"})");
        for (FarClient* client : {&one, &two}) {
            const json answer = co_await client->ask("Target.setAutoAttach", auto_attach(false));
            EXPECT_EQ(answer["result"], json::object()) << answer;
        }
        const json made = co_await one.ask("Target.createTarget", blank);
        const std::string target = made["result"]["targetId"];
        std::vector<std::string> sessions;
        for (FarClient* client : {&one, &two}) {
            const auto of_target = [&](const json& item) {
                return item.value("method", "") == "Target.attachedToTarget" &&
                       item["params"]["targetInfo"]["targetId"] == target;
            };
            const json attached = co_await client->await_item(of_target);
            EXPECT_FALSE(attached.contains("sessionId")) << "of the client's own session";
            sessions.push_back(attached["params"]["sessionId"]);
        }
        EXPECT_NE(sessions[0], sessions[1]) << "a session each";
        co_await one.ask("Page.enable", "{}", sessions[0]);
        const json reply = co_await one.ask("Page.navigate", R"({"url":"data:text/html,hi"})", sessions[0]);
        EXPECT_EQ(reply["sessionId"], sessions[0]);
        const json loaded = co_await one.await_event("Page.loadEventFired");
        EXPECT_EQ(loaded["sessionId"], sessions[0]);
        for (const json& item : two.items) {
            EXPECT_NE(item.value("method", ""), "Page.loadEventFired") << "only one asked for it";
            EXPECT_NE(item.value("sessionId", ""), sessions[0]);
        }
        const json stranger = co_await two.ask("Page.enable", "{}", sessions[0]);
        EXPECT_EQ(stranger["error"]["code"], -32001) << stranger;
    });
}

TEST(RelayClients, AnswersOfOneFlockComeDownTogetherAndTheLastOneWaitsForNothing) {
    Driver driver;
    driver.settings.clients.gather_events = 20s;
    driver.settings.clients.gather_replies = 20s;
    driver.settings.clients.gather_most = 40s;
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        co_await client.open();
        const std::string session = co_await own_page(client);
        co_await client.ask("Runtime.enable", "{}", session);
        const int before = client.broadcasts;
        constexpr int flock = 20;
        for (int i = 0; i < flock; ++i) client.post("Runtime.evaluate", one_and_one, session);
        const json last = co_await client.ask("Runtime.evaluate", one_and_one, session);
        EXPECT_EQ(value_of(last), 2);
        EXPECT_EQ(client.broadcasts - before, 1);
        EXPECT_GE(client.items.size(), static_cast<std::size_t>(flock));
    });
}

/// The id of a command by which another controller's page opens a popup. It is answered when the popup goes on.
const std::string popup_id = R"("popup")";

/// Opens that popup, which waits for the client.
awaitable<void> open_waiting_popup(Driver& driver, FarClient& client) {
    const std::string in_page = co_await driver.open_page();
    const std::string waiting = auto_attach();
    co_await client.ask("Target.setAutoAttach", waiting);
    driver.send(R"({"id":)" + popup_id + R"(,"method":"Runtime.evaluate","params":)" +
                page_of_new_window("about:blank") + in_page + "}");
    const auto waits = [](const json& item) {
        return item.value("method", "") == "Target.attachedToTarget" && item["params"]["waitingForDebugger"] == true;
    };
    co_await client.await_item(waits);
    co_await driver.pause(500ms);
    EXPECT_FALSE(driver.answers.contains(popup_id)) << "it does not wait, and this test proves nothing";
}

awaitable<void> await_popup(Driver& driver) {
    const std::string text = co_await driver.answer(popup_id);
    EXPECT_EQ(value_of(json::parse(text)), true) << text;
}

TEST(RelayClients, WhatAKilledOneLeavesBehindGoesOnWhenItsLeaseIsOver) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        co_await client.open(R"({"leaseMs":3000})");
        co_await own_page(client);
        co_await open_waiting_popup(driver, client);
        client.silent = true;
        co_await await_popup(driver);
        EXPECT_EQ(driver.router->status().clients, 0u);
        json left = co_await driver.ask("Target.getBrowserContexts");
        while (!left["result"]["browserContextIds"].empty()) {
            left = co_await driver.ask("Target.getBrowserContexts");
        }
    });
}

TEST(RelayClients, APopupGoesOnWhenItsClientIsClosed) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        co_await client.open();
        co_await open_waiting_popup(driver, client);
        const json closed = co_await driver.ask("Agent.close", R"({"client":")" + client.id + "\"}");
        EXPECT_EQ(closed["result"], json::object());
        co_await client.await_end();
        EXPECT_EQ(client.ended, "closed");
        co_await await_popup(driver);
    });
}

/// The session by which the client is attached to that target, once it is.
awaitable<std::string> session_at(FarClient& client, json target) {
    const auto is_it = [target](const json& item) {
        return item.value("method", "") == "Target.attachedToTarget" &&
               item["params"]["targetInfo"]["targetId"] == target;
    };
    const json attached = co_await client.await_item(is_it);
    EXPECT_EQ(attached["params"]["waitingForDebugger"], true);
    co_return attached["params"]["sessionId"];
}

TEST(RelayClients, APageOfAnothersRunsThoughAKilledOneNeverLetsIt) {
    Driver driver;
    driver.settings.clients.silent_after = 3s;
    driver.run([&]() -> awaitable<void> {
        FarClient killed{driver};
        FarClient client{driver};
        const std::string waiting = auto_attach();
        for (FarClient* one : {&killed, &client}) {
            co_await one->open();
            co_await one->ask("Target.setAutoAttach", waiting);
        }
        killed.silent = true;
        const json context = co_await client.ask("Target.createBrowserContext");
        const std::string place =
            json{{"url", "about:blank"}, {"browserContextId", context["result"]["browserContextId"]}}.dump();
        const json page = co_await client.ask("Target.createTarget", place);
        const json target = page["result"]["targetId"];
        const std::string session = co_await session_at(client, target);
        co_await client.ask("Runtime.runIfWaitingForDebugger", "{}", session);
        const TimePoint begun = platform::BootClock::now();
        const int asked = client.post("Page.navigate", R"({"url":"data:text/html,<title>it runs</title>"})", session);
        const auto is_reply = [asked](const json& item) { return item.value("id", 0) == asked; };
        while (std::none_of(client.items.begin(), client.items.end(), is_reply) &&
               platform::BootClock::now() - begun < 20s) {
            co_await client.live(100ms);
        }
        EXPECT_TRUE(std::any_of(client.items.begin(), client.items.end(), is_reply));
        EXPECT_GT(platform::BootClock::now() - begun, 1s) << "it did not wait, and this test proves nothing";
        EXPECT_EQ(driver.router->status().clients, 2u) << "the silent one may return";
    });
}

TEST(RelayClients, RequestsOfAnothersPageGoOnThoughAKilledOneHoldsThem) {
    Driver driver;
    driver.settings.clients.silent_after = 1s;
    driver.run([&]() -> awaitable<void> {
        FarClient killed{driver};
        FarClient client{driver};
        co_await killed.open();
        co_await client.open();
        const json page = co_await client.ask("Target.createTarget", blank);
        const std::string at_page = at_target(page["result"]["targetId"]);
        std::vector<std::string> sessions;
        for (FarClient* one : {&killed, &client}) {
            const json attached = co_await one->ask("Target.attachToTarget", at_page);
            sessions.push_back(attached["result"].value("sessionId", ""));
        }
        const json held = co_await killed.ask("Fetch.enable", "{}", sessions[0]);
        EXPECT_EQ(held["result"], json::object()) << held;
        killed.silent = true;
        const std::string fetching = json{
            {"expression", "fetch('http://held.invalid/').catch(() => 'it went on')"},
            {"awaitPromise", true}}.dump();
        const TimePoint begun = platform::BootClock::now();
        const int asked = client.post("Runtime.evaluate", fetching, sessions[1]);
        const auto is_reply = [asked](const json& item) { return item.value("id", 0) == asked; };
        while (std::none_of(client.items.begin(), client.items.end(), is_reply) &&
               platform::BootClock::now() - begun < 20s) {
            co_await client.live(100ms);
        }
        const auto reply = std::find_if(client.items.begin(), client.items.end(), is_reply);
        EXPECT_TRUE(reply != client.items.end()) << "the request is held until the lease of the killed one is over";
        if (reply == client.items.end()) co_return;
        EXPECT_EQ(value_of(*reply), "it went on") << *reply;
        EXPECT_GT(platform::BootClock::now() - begun, 500ms) << "it was not held, and this test proves nothing";
        EXPECT_EQ(driver.router->status().clients, 2u) << "the silent one may return";
    });
}

TEST(RelayClients, ResultsOfTenMegabytesComeInPartsAndExactly) {
    Driver driver;
    driver.largest_payload = 256'000;
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        co_await client.open();
        const std::string session = co_await own_page(client);
        const std::string params = evaluation("'ab\"c\\u6c49'.repeat(1e6)");
        const json big = co_await client.ask("Runtime.evaluate", params, session);
        const std::string value = big["result"]["result"]["value"];
        EXPECT_EQ(value.size(), 7'000'000u);
        EXPECT_EQ(value.substr(0, 14), "ab\"c汉ab\"c汉");
        EXPECT_GT(client.broadcasts, 40);
        // And up: a command that is larger than a broadcast.
        const std::string up = evaluation("'" + std::string(1'000'000, 'x') + "'.length");
        const json length = co_await client.ask("Runtime.evaluate", up, session);
        EXPECT_EQ(value_of(length), 1'000'000);
        while (driver.router->status().client_bytes > 0) co_await client.live(100ms);  // all is acknowledged
    });
}

TEST(RelayClients, OneThatReadsSlowlyGetsAllAndInOrder) {
    constexpr int lines = 500;
    constexpr int at_once = 50;
    constexpr std::size_t line = 40000;
    constexpr std::size_t most_in_memory = std::size_t{8} << 20;
    Driver driver;
    driver.largest_payload = 256'000;
    driver.settings.clients.spill_folder = driver.folder;
    driver.settings.clients.spill_beyond = std::size_t{1} << 20;
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        co_await client.open();
        const std::string session = co_await own_page(client);
        co_await client.ask("Runtime.enable", "{}", session);
        // Another one makes its page talk.
        const json page = co_await client.ask("Target.getTargetInfo", "{}", session);
        const std::string at_page = at_target(page["result"]["targetInfo"]["targetId"]);
        const json attached = co_await driver.ask("Target.attachToTarget", at_page);
        const std::string another = R"(,"sessionId":)" + attached["result"]["sessionId"].dump();
        client.silent = true;  // its link is slow: nothing is acknowledged
        const std::size_t wanted = std::size_t{lines} * line;
        // How long a busy machine lets the worker wait for its turn is no fact about this bound: what is more than the
        // memory may hold comes when the disk has what came before.
        for (int first = 0; first < lines; first += at_once) {
            const std::string range = "let i = " + std::to_string(first) + "; i < " + std::to_string(first + at_once);
            const std::string log = "; ++i) console.log(i, 'x'.repeat(" + std::to_string(line) + "))";
            const std::string flood = evaluation("for (" + range + log);
            co_await driver.ask("Runtime.evaluate", flood, another);
            const std::size_t held = std::size_t(first + at_once) * line;
            for (auto status = driver.router->status();; status = driver.router->status()) {
                const std::size_t in_memory = status.client_bytes - status.client_bytes_on_disk;
                EXPECT_LT(in_memory, most_in_memory);
                if (status.client_bytes >= held && in_memory < most_in_memory / 2) break;
                co_await driver.pause(20ms);
            }
        }
        EXPECT_EQ(client.ended, "");
        EXPECT_GT(driver.router->status().client_bytes_on_disk, wanted / 2);
        client.silent = false;
        int next = 0;
        std::size_t seen = 0;
        while (next < lines && client.ended.empty()) {
            co_await client.live(100ms);
            for (; seen < client.items.size(); ++seen) {
                const json& item = client.items[seen];
                if (item.value("method", "") != "Runtime.consoleAPICalled") continue;
                EXPECT_EQ(item["params"]["args"][0]["value"], next++);
            }
        }
        EXPECT_EQ(next, lines) << client.ended;
    });
}

TEST(RelayClients, ACutOfFiveSecondsLosesAndDoublesNothing) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        co_await client.open(R"({"leaseMs":3000})");
        const std::string session = co_await own_page(client);
        co_await client.ask("Runtime.enable", "{}", session);
        const std::string counting = evaluation("let n = 0; setInterval(() => console.log('tick', n++), 20)");
        co_await client.ask("Runtime.evaluate", counting, session);
        co_await client.live(500ms);
        driver.cut = true;
        driver.router->on_link(false);
        const int asked = client.post("Runtime.evaluate", R"({"expression":"6*7"})", session);
        co_await client.live(5s);
        driver.cut = false;
        driver.router->on_link(true);
        const auto is_it = [&](const json& item) { return item.value("id", 0) == asked; };
        const TimePoint back = platform::BootClock::now();
        co_await client.live(3s);
        const json answer = co_await client.await_item(is_it);
        EXPECT_EQ(value_of(answer), 42);
        EXPECT_LT(platform::BootClock::now() - back, 20s);
        EXPECT_EQ(client.ended, "") << "a lease stands still while the channel is not joined";
        int next = 0;
        int answers = 0;
        for (const json& item : client.items) {
            if (item.value("id", 0) == asked) ++answers;
            if (item.value("method", "") != "Runtime.consoleAPICalled") continue;
            EXPECT_EQ(item["params"]["args"][1]["value"], next++);
        }
        EXPECT_EQ(answers, 1);
        EXPECT_GT(next, 300) << "those of the cut too";
    });
}

TEST(RelayClients, ThePolicyHoldsForThem) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        co_await client.open();
        const std::string session = co_await own_page(client);
        json answer = co_await client.ask("Page.navigate", R"({"url":"file:///etc/passwd"})", session);
        EXPECT_EQ(answer["error"]["code"], -32000) << answer;
        EXPECT_FALSE(answer["error"].contains("data"));
        answer = co_await client.ask("SystemInfo.getInfo");
        EXPECT_TRUE(answer.contains("error")) << answer;
        answer = co_await client.ask("Network.enable");
        EXPECT_TRUE(answer.contains("error")) << "at the browser target it would be everybody's: " << answer;
        answer = co_await client.ask("Browser.setDownloadBehavior", R"({"behavior":"allow","downloadPath":"/tmp"})");
        EXPECT_EQ(answer["result"], json::object()) << "rewritten, not refused: " << answer;
        answer = co_await client.ask("Runtime.evaluate", one_and_one, session);
        EXPECT_EQ(value_of(answer), 2);
    });
}

TEST(RelayClients, APageOfItsOwnAndABrowserCloseThatEndsItAlone) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        const json made = co_await driver.ask("Target.createTarget", R"({"url":"about:blank"})");
        const std::string target = made["result"]["targetId"];
        FarClient client{driver};
        co_await client.open(R"({"target":")" + target + "\"}");
        json answer = co_await client.ask("Runtime.evaluate", one_and_one);
        EXPECT_EQ(value_of(answer), 2) << answer;
        EXPECT_FALSE(answer.contains("sessionId"));
        FarClient other{driver};
        co_await other.open();
        answer = co_await client.ask("Browser.close");
        EXPECT_EQ(answer["result"], json::object());
        co_await client.await_end();
        EXPECT_EQ(client.ended, "closed");
        answer = co_await other.ask("Browser.getVersion");
        EXPECT_TRUE(answer.contains("result")) << answer;
        // The page of a client goes: so does the client.
        FarClient third{driver};
        co_await third.open(R"({"target":")" + target + "\"}");
        co_await driver.ask("Target.closeTarget", R"({"targetId":")" + target + "\"}");
        co_await third.await_end();
        EXPECT_EQ(third.ended, "session_lost");
    });
}

/// A page in the default browser context, attached to; its session.
awaitable<std::string> default_page(FarClient& client) {
    const json page = co_await client.ask("Target.createTarget", blank);
    const std::string at_page = at_target(page["result"]["targetId"]);
    const json attached = co_await client.ask("Target.attachToTarget", at_page);
    co_return attached["result"].value("sessionId", "");
}

std::string file_of(const FarClient& client, json params) {
    params["client"] = client.id;
    return params.dump();
}

TEST(RelayClients, WhatTheyPutIsUploaded) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        co_await client.open();
        const json info = co_await driver.ask("Agent.getInfo");
        const std::string spool = info["result"]["limits"]["spool"];
        for (const json& piece : {json{{"name", "up.txt"}, {"offset", 0}, {"data", platform::base64("hello ")}},
                                  json{{"name", "up.txt"}, {"offset", 6}, {"data", platform::base64("world")}}}) {
            const std::string params = file_of(client, piece);
            const json answer = co_await driver.ask("Agent.filePut", params);
            EXPECT_EQ(answer["result"], json::object()) << answer;
        }
        const std::string session = co_await default_page(client);
        const std::string input = evaluation("document.body.innerHTML = '<input type=file>'");
        co_await client.ask("Runtime.evaluate", input, session);
        const json document = co_await client.ask("DOM.getDocument", "{}", session);
        const std::string which = json{{"nodeId", document["result"]["root"]["nodeId"]}, {"selector", "input"}}.dump();
        const json found = co_await client.ask("DOM.querySelector", which, session);
        const json node = found["result"]["nodeId"];
        const std::string outside = json{{"nodeId", node}, {"files", {"/etc/hostname"}}}.dump();
        json set = co_await client.ask("DOM.setFileInputFiles", outside, session);
        EXPECT_TRUE(set.contains("error")) << set;
        const std::string files = json{{"nodeId", node}, {"files", {spool + "/up.txt"}}}.dump();
        set = co_await client.ask("DOM.setFileInputFiles", files, session);
        EXPECT_EQ(set["result"], json::object()) << set;
        const std::string script = json{
            {"expression",
             "(async f => f.name + ': ' + await f.text())"
             "(document.querySelector('input').files[0])"},
            {"awaitPromise", true}}.dump();
        const json text = co_await client.ask("Runtime.evaluate", script, session);
        EXPECT_EQ(value_of(text), "up.txt: hello world") << text;
        co_await driver.ask("Agent.close", R"({"client":")" + client.id + "\"}");
        while (std::filesystem::exists(spool + "/up.txt")) co_await driver.pause(10ms);
    });
}

TEST(RelayClients, WhatTheyDownloadIsRead) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        FarClient other{driver};
        co_await client.open();
        co_await other.open();
        const std::string session = co_await default_page(client);
        co_await client.ask("Browser.setDownloadBehavior", R"({"behavior":"allow","eventsEnabled":true})");
        const std::string click = evaluation(
            "const a = document.createElement('a'); a.href = 'data:application/octet-stream,hello'; a.download = 'x';"
            "document.body.append(a); a.click()");
        co_await client.ask("Runtime.evaluate", click, session);
        const auto is_whole = [](const json& item) {
            return item.value("method", "") == "Browser.downloadProgress" && item["params"]["state"] == "completed";
        };
        const json whole = co_await client.await_item(is_whole);
        const std::string wanted = file_of(client, {{"name", whole["params"]["guid"]}});
        const json read = co_await driver.ask("Agent.fileRead", wanted);
        EXPECT_EQ(read["result"], (json{{"base64Encoded", true}, {"data", "aGVsbG8="}, {"eof", true}, {"size", 5}}))
            << read;
        const std::string not_its_own = file_of(other, {{"name", whole["params"]["guid"]}});
        const json refused = co_await driver.ask("Agent.fileRead", not_its_own);
        EXPECT_TRUE(refused.contains("error")) << refused;
    });
}

TEST(RelayClients, AScreencastEndsWhereThePageMayNotBeRead) {
    Driver driver;
    driver.settings.policy.allow = {"Page.navigate url=file:///etc/hostname"};
    driver.guard_places = false;  // or it would not come to stand there
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        co_await client.open();
        const std::string session = co_await default_page(client);
        co_await client.ask("Page.enable", "{}", session);
        const json begun = co_await client.ask("Page.startScreencast", R"({"format":"jpeg"})", session);
        EXPECT_TRUE(begun.contains("result")) << begun;
        co_await client.await_event("Page.screencastFrame");
        const std::string there = R"({"url":"file:///etc/hostname"})";
        const json went = co_await client.ask("Page.navigate", there, session);
        EXPECT_TRUE(went.contains("result")) << went;
        const auto is_there = [](const json& item) {
            return item.value("method", "") == "Page.frameNavigated" && item["params"]["frame"]["url"] != "about:blank";
        };
        co_await client.await_item(is_there);
        // Frames are taken within this time; those of the page before may still come.
        co_await client.live(1s);
        const auto moved = std::find_if(client.items.begin(), client.items.end(), is_there);
        const auto frames = std::count_if(moved, client.items.end(), [](const json& item) {
            return item.value("method", "") == "Page.screencastFrame";
        });
        EXPECT_EQ(frames, 0);
    });
}

TEST(RelayClients, ATraceIsReadFromItsStream) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        co_await client.open();
        const json begun = co_await client.ask("Tracing.start", R"({"transferMode":"ReturnAsStream"})");
        EXPECT_TRUE(begun.contains("result")) << begun;
        co_await client.ask("Tracing.end");
        const json complete = co_await client.await_event("Tracing.tracingComplete");
        const std::string handle = json{{"handle", complete["params"]["stream"]}}.dump();
        const json piece = co_await client.ask("IO.read", handle);
        EXPECT_TRUE(piece.contains("result")) << piece;
    });
}

TEST(RelayClients, AnUnpairEndsThem) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        FarClient client{driver};
        co_await client.open();
        co_await own_page(client);
        const std::string never = json{{"expression", "new Promise(() => {})"}, {"awaitPromise", true}}.dump();
        client.post("Runtime.evaluate", never);
        driver.router->stop_relaying("unpaired");
        co_await client.await_end();
        EXPECT_EQ(client.ended, "stopping");
        EXPECT_EQ(driver.router->status().clients, 0u);
    });
}

}  // namespace
