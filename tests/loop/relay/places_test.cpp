// Pages and the places that nobody may read: kept off them in a real Chromium, whoever moves them there. The owner's
// rules with conditions stand for the others who move pages: they lift the policy's judgement of a URL.
#include <fstream>

#include "cdp/browser_host.hpp"
#include "places.hpp"
#include "tests/loop/cdp/open_chromium.hpp"

namespace {

using namespace relay::test;

const char* const refused_places[] = {"file:///etc/hostname",
                                      "view-source:file:///etc/hostname",
                                      "view-source:data:text/html,x",
                                      "chrome://version",
                                      "chrome://newtab",
                                      "devtools://devtools/bundled/inspector.html",
                                      "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html",
                                      "filesystem:http://a/temporary/x",
                                      "blob:file:///etc/hostname"};

void let_pages_be_moved_anywhere(Driver& driver) {
    driver.settings.policy.allow = {"Page.navigate url=*", "Target.createTarget url=*"};
}

// Whether a page at this URL gets the title that the scripts set again and again, as soon as they run.
awaitable<bool> gets_title(Driver& driver, std::string url, std::string wanted) {
    int seen = 0;
    for (int tries = 0; tries < 500 && seen < 20; ++tries) {
        const json targets = co_await all_targets(driver);
        for (const auto& target : targets) {
            if (target["type"] != "page" || target["url"] != url) continue;
            if (target["title"] == wanted) co_return true;
            if (target["title"] != "") ++seen;  // it has loaded: the scripts have had their turn
        }
        co_await driver.pause(20ms);
    }
    EXPECT_GT(seen, 0) << url;
    co_return false;
}

// Moves pages to each of the places; returns the session of the page that was there before.
awaitable<std::string> move_pages_to_refused_places(Driver& driver) {
    std::string page = co_await driver.open_page();
    for (const std::string url : refused_places) {
        const std::string there = R"({"url":")" + url + "\"}";
        co_await driver.ask("Page.navigate", there, page);
        co_await driver.ask("Target.createTarget", there);
        const auto refused = co_await standing_refused(driver);
        EXPECT_EQ(refused, std::vector<std::string>{}) << url;
    }
    co_return page;
}

TEST(Places, NoPageStandsWhereItMayNotBeRead) {
    Driver driver;
    let_pages_be_moved_anywhere(driver);
    driver.run([&]() -> awaitable<void> {
        const std::string page = co_await move_pages_to_refused_places(driver);
        // In another browser context there are other windows.
        json made = co_await driver.ask("Target.createBrowserContext");
        const std::string elsewhere =
            R"({"url":"file:///etc/hostname","browserContextId":)" + made["result"]["browserContextId"].dump() + "}";
        co_await driver.ask("Target.createTarget", elsewhere);
        const auto refused = co_await standing_refused(driver);
        EXPECT_EQ(refused, std::vector<std::string>{});
        // History leads to no such place, either.
        json history = co_await driver.ask("Page.getNavigationHistory", "{}", page);
        for (const auto& entry : history["result"]["entries"]) {
            const std::string to = R"({"entryId":)" + entry["id"].dump() + "}";
            co_await driver.ask("Page.navigateToHistoryEntry", to, page);
            const auto there = co_await standing_refused(driver);
            EXPECT_EQ(there, std::vector<std::string>{}) << entry;
        }
        json alive;
        for (int tries = 0; tries < 500 && !alive.contains("result"); ++tries) {
            alive = co_await driver.ask("Runtime.evaluate", R"({"expression":"6*7"})", page);
            if (!alive.contains("result")) co_await driver.pause(10ms);
        }
        EXPECT_EQ(alive["result"]["result"]["value"], 42) << alive;
    });
}

TEST(Places, NorInABrowserThatIsAttachedTo) {
    Driver driver;
    let_pages_be_moved_anywhere(driver);
    cdp::test::OpenChromium chromium{driver.folder};
    chromium.start({&driver.context, [](net::io_context*) {}});
    driver.browser_settings.mode = cdp::BrowserMode::attach;
    driver.browser_settings.unavailable_grace = 20s;  // a slow machine's Chromium starts meanwhile
    driver.browser_settings.browser_url = chromium.profile().string();
    driver.run([&]() -> awaitable<void> {
        co_await move_pages_to_refused_places(driver);
        co_await chromium.kill();
    });
}

TEST(Places, NorInTheBrowserOfAHost) {
    Driver driver;
    let_pages_be_moved_anywhere(driver);
    cdp::HostSettings host_settings;
    host_settings.browser.runtime_folder = driver.folder.string();
    host_settings.browser.host_socket = (driver.folder / "s").string();
    cdp::BrowserHost host{driver.context.get_executor(), host_settings};
    const Error ec = host.listen();
    ASSERT_FALSE(ec) << ec.message();
    const auto serve = [&]() -> awaitable<void> { co_await host.run(); };
    net::co_spawn(driver.context, serve, rethrow);
    driver.browser_settings.mode = cdp::BrowserMode::hosted;
    driver.browser_settings.host_socket = host_settings.browser.host_socket;
    driver.run([&]() -> awaitable<void> {
        co_await move_pages_to_refused_places(driver);
        host.stop();
    });
}

// What stands in the browser when the agent comes to it.
TEST(Places, APageThatStoodThereBeforeIsSentAway) {
    Driver driver;
    cdp::test::OpenChromium chromium{driver.folder, "file:///etc/hostname"};
    chromium.start({&driver.context, [](net::io_context*) {}});
    driver.browser_settings.mode = cdp::BrowserMode::attach;
    driver.browser_settings.unavailable_grace = 20s;  // a slow machine's Chromium starts meanwhile
    driver.browser_settings.browser_url = chromium.profile().string();
    driver.run([&]() -> awaitable<void> {
        const auto refused = co_await standing_refused(driver);
        EXPECT_EQ(refused, std::vector<std::string>{});
        json answer;  // what is asked while the page is sent away may be lost with it
        for (int tries = 0; tries < 500 && !answer.contains("result"); ++tries) {
            answer = co_await driver.ask("Runtime.evaluate", R"({"expression":"location.href"})");
            if (!answer.contains("result")) co_await driver.pause(10ms);
        }
        EXPECT_EQ(answer["result"]["result"]["value"], "about:blank") << answer;
        co_await chromium.kill();
    });
}

TEST(Places, AFileIsHeldBeforeItIsLoaded) {
    Driver driver;
    let_pages_be_moved_anywhere(driver);
    driver.run([&]() -> awaitable<void> {
        const std::string page = co_await driver.open_page();
        json answer = co_await driver.ask("Page.navigate", R"({"url":"data:text/html,<title>here</title>here"})", page);
        const bool shown = co_await gets_title(driver, "data:text/html,<title>here</title>here", "here");
        EXPECT_TRUE(shown);
        answer = co_await driver.ask("Page.navigate", R"({"url":"file:///etc/hostname"})", page);
        EXPECT_EQ(answer["result"]["errorText"], "net::ERR_ABORTED") << answer;
        const json text = co_await driver.ask("Runtime.evaluate", R"({"expression":"document.body.innerText"})", page);
        EXPECT_EQ(text["result"]["result"]["value"], "here") << text;
    });
}

TEST(Places, AFileThatTheOwnerAllowsIsShown) {
    Driver driver;
    std::ofstream{driver.folder / "page.html"} << "<title>mine</title><iframe src=other.txt></iframe>";
    std::ofstream{driver.folder / "other.txt"} << "not mine";
    const std::string url = "file://" + (driver.folder / "page.html").string();
    driver.settings.policy.allow_urls = {url};
    driver.run([&]() -> awaitable<void> {
        const std::string page = co_await driver.open_page(url);
        json title;
        for (int tries = 0; tries < 500 && title != "mine"; ++tries) {
            const json answer = co_await driver.ask("Runtime.evaluate", R"({"expression":"document.title"})", page);
            title = answer["result"]["result"]["value"];
            if (title != "mine") co_await driver.pause(10ms);
        }
        EXPECT_EQ(title, "mine");
        const json shown = co_await driver.ask("Page.captureSnapshot", "{}", page);
        EXPECT_EQ(shown.dump().find("not mine"), std::string::npos) << "a file beside it is not allowed";
    });
}

TEST(Places, ThePartsOfTheBrowserCannotBeAttachedToOrClosed) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        const json targets = co_await all_targets(driver);
        int parts = 0;
        for (const auto& target : targets) {
            if (!relay::is_browsers_own(target["type"].get<std::string>())) continue;
            ++parts;
            const std::string id = target["targetId"].dump();
            for (const char* flat : {"true", "false"}) {
                const std::string params = R"({"targetId":)" + id + R"(,"flatten":)" + flat + "}";
                const json attached = co_await driver.ask("Target.attachToTarget", params);
                EXPECT_TRUE(denied(attached)) << attached;
            }
            const json closed = co_await driver.ask("Target.closeTarget", R"({"targetId":)" + id + "}");
            EXPECT_TRUE(denied(closed)) << closed;
        }
        std::cout << parts << " targets of the browser's own\n";
        const json none = co_await driver.ask("Target.attachToTarget", R"({"targetId":"0123","flatten":true})");
        EXPECT_EQ(none["error"]["message"], "No target with given id found") << none;
        const json info = co_await driver.ask("Target.getTargetInfo");
        const std::string own = R"({"targetId":)" + info["result"]["targetInfo"]["targetId"].dump() + "}";
        const json detached = co_await driver.ask("Target.detachFromTarget", own);
        EXPECT_FALSE(detached.contains("result")) << detached;
    });
}

TEST(Places, AnUnknownSessionHasTheBrowsersOwnAnswer) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        const json answer =
            co_await driver.ask("Runtime.evaluate", R"({"expression":"1"})", R"(,"sessionId":"0123456789ABCDEF")");
        EXPECT_EQ(answer["error"]["code"], -32001) << answer;
        EXPECT_EQ(answer["error"]["message"], "Session with given id not found.") << answer;
    });
}

// The keys that lead a person to the browser's pages lead there from a controller as well.
TEST(Places, KeysLeadToNoPageOfTheBrowser) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        const std::string page = co_await driver.open_page("data:text/html,<body>x");
        struct Key {
            const char* key;
            const char* code;
            int number;
            int modifiers;
        };
        for (const Key key : {Key{"Home", "Home", 36, 1}, Key{"u", "KeyU", 85, 2}, Key{"t", "KeyT", 84, 2},
                              Key{"n", "KeyN", 78, 2}, Key{"j", "KeyJ", 74, 2}, Key{"h", "KeyH", 72, 2}}) {
            const json press = {{"type", "rawKeyDown"},
                                {"key", key.key},
                                {"code", key.code},
                                {"modifiers", key.modifiers},
                                {"windowsVirtualKeyCode", key.number}};
            const std::string params = press.dump();
            co_await driver.ask("Input.dispatchKeyEvent", params, page);
        }
        co_await driver.pause(1s);  // nothing tells that a key led nowhere
        const auto refused = co_await standing_refused(driver);
        EXPECT_EQ(refused, std::vector<std::string>{});
    });
}

TEST(Places, AScriptForNewDocumentsRunsWhereItMayAlone) {
    Driver driver;
    let_pages_be_moved_anywhere(driver);
    driver.guard_places = false;  // the page is to stay where it has been moved
    driver.run([&]() -> awaitable<void> {
        const std::string page = co_await driver.open_page();
        co_await driver.ask("Page.enable", "{}", page);
        const std::string sets_title =
            "function hoisted(){return 1}\nvar kept=2;setInterval(()=>{document.title='RAN'},10)";
        for (const json& params :
             {json{{"source", sets_title}}, json{{"source", "'use strict';" + sets_title}},
              json{{"source", sets_title}, {"worldName", "w"}},
              json{{"source", sets_title}, {"includeCommandLineAPI", true}}, json{{"source", sets_title + "//"}}}) {
            const json answer = co_await driver.ask("Page.addScriptToEvaluateOnNewDocument", params.dump(), page);
            EXPECT_TRUE(answer.contains("result")) << answer;
        }
        const std::string on_load = R"({"scriptSource":)" + json(sets_title).dump() + "}";
        const json elder = co_await driver.ask("Page.addScriptToEvaluateOnLoad", on_load, page);
        EXPECT_TRUE(elder.contains("result")) << elder;
        co_await driver.ask("Page.navigate", R"({"url":"data:text/html,x"})", page);
        const bool ran = co_await gets_title(driver, "data:text/html,x", "RAN");
        EXPECT_TRUE(ran);
        const json seen = co_await driver.ask(
            "Runtime.evaluate",
            R"js({"expression":"[hoisted(),kept,Object.keys(window).join().includes('__place')]+''"})js", page);
        EXPECT_EQ(seen["result"]["result"].value("value", ""), "1,2,false") << seen;
        for (const std::string url : {"chrome://version/", "file:///etc/hostname", "chrome://settings/",
                                      "devtools://devtools/bundled/inspector.html",
                                      "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html"}) {
            const std::string there = R"({"url":")" + url + "\"}";
            co_await driver.ask("Page.navigate", there, page);
            const bool ran_there = co_await gets_title(driver, url, "RAN");
            EXPECT_FALSE(ran_there) << url;
        }
    });
}

TEST(Places, AScriptIsTakenBackWithItsGate) {
    Driver driver;
    driver.run([&]() -> awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            std::string page;
            if (i == 1) page = co_await driver.open_page();
            co_await driver.ask("Page.enable", "{}", page);
            const json added =
                co_await driver.ask("Page.addScriptToEvaluateOnNewDocument", R"({"source":"window.ran=1"})", page);
            const std::string id = added["result"]["identifier"];
            for (int other = 0; other < 9; ++other) {
                if (std::to_string(other) == id) continue;
                const json removed = co_await driver.ask("Page.removeScriptToEvaluateOnNewDocument",
                                                         R"({"identifier":")" + std::to_string(other) + "\"}", page);
                EXPECT_EQ(removed["error"]["message"], "Script not found") << removed;
            }
            const json removed = co_await driver.ask("Page.removeScriptToEvaluateOnNewDocument",
                                                     R"({"identifier":")" + id + "\"}", page);
            EXPECT_EQ(removed["result"], json::object()) << removed;
            const std::string url = "data:text/html,<title>page</title>" + std::to_string(i);
            const std::string there = R"({"url":")" + url + "\"}";
            co_await driver.ask("Page.navigate", there, page);
            const bool shown = co_await gets_title(driver, url, "page");
            EXPECT_TRUE(shown);
            const json ran = co_await driver.ask("Runtime.evaluate", R"({"expression":"typeof ran"})", page);
            EXPECT_EQ(ran["result"]["result"]["value"], "undefined") << ran;
        }
    });
}

TEST(Places, ARequestForAFileIsNobodysToAnswer) {
    Driver driver;
    let_pages_be_moved_anywhere(driver);
    driver.run([&]() -> awaitable<void> {
        const std::string page = co_await driver.open_page();
        json answer = co_await driver.ask("Fetch.enable", "{}", page);
        EXPECT_TRUE(answer.contains("result")) << answer;
        answer = co_await driver.ask("Page.navigate", R"({"url":"file:///etc/hostname"})", page);
        EXPECT_EQ(answer["result"]["errorText"], "net::ERR_ABORTED") << answer;
        for (int i = 0; i < 9; ++i) {
            const json params = {{"requestId", "interception-job-" + std::to_string(i) + ".0"}, {"responseCode", 200}};
            const std::string settle = params.dump();
            answer = co_await driver.ask("Fetch.fulfillRequest", settle, page);
            EXPECT_EQ(answer["error"]["message"], "Invalid InterceptionId.") << answer;
        }
    });
}

// What cdp::PlaceCheck relies on: the key is that of the document that stands there, however far the page is on its
// way.
TEST(Places, TheBrowserNamesTheStorageKeyOfThePlaceThatAPageHasNotLeftYet) {
    Driver driver;
    driver.settings.policy.profile = relay::Profile::full;
    net::ip::tcp::acceptor silent{driver.context, {net::ip::address_v4::loopback(), 0}};
    const std::string bound = R"({"url":"http://127.0.0.1:)" + std::to_string(silent.local_endpoint().port()) + "/\"}";
    driver.run([&]() -> awaitable<void> {
        const std::string page = co_await driver.open_page();
        const json tree = co_await driver.ask("Page.getFrameTree", "{}", page);
        const std::string frame = R"({"frameId":)" + tree["result"]["frameTree"]["frame"]["id"].dump() + "}";
        json key = co_await driver.ask("Storage.getStorageKeyForFrame", frame, page);
        EXPECT_EQ(key["error"]["code"], -32000) << key;  // about:blank has none
        co_await driver.ask("Page.navigate", R"({"url":"chrome://version/"})", page);
        for (int tries = 0; tries < 500 && !key.contains("result"); ++tries) {
            key = co_await driver.ask("Storage.getStorageKeyForFrame", frame, page);
            if (!key.contains("result")) co_await driver.pause(10ms);
        }
        driver.send(R"({"id":7001,"method":"Page.navigate","params":)" + bound + page + "}");
        co_await silent.async_accept(no_throw);
        for (const std::string method : {"Storage.getStorageKeyForFrame", "Storage.getStorageKey"}) {
            key = co_await driver.ask(method, frame, page);
            const bool unknown = method == "Storage.getStorageKey" && key["error"]["code"] == -32601;
            EXPECT_TRUE(unknown || key["result"]["storageKey"] == "chrome://version/") << method << key;
        }
    });
}

}  // namespace
