// Every way to a refused page that the protocol offers, walked in a real Chromium behind the agent's relay: nothing of
// a file comes out, no page stands there afterwards, and no script that was registered before has run there. The
// environment variable BMC_WALK=all walks to every spelling of every place (tests/full/places).
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <fstream>
#include <set>

#include "places.hpp"
#include "protocol.hpp"
#include "ways.hpp"

namespace {

using namespace relay::test;
using net::ip::tcp;

constexpr const char* canary = "CANARY-7f3a91d2c4";
constexpr std::size_t commands_at_once = 48;

// What would end the walk, or stop the page that is walked from, and leads nowhere.
const std::set<std::string> not_walked = {"Browser.close",
                                          "Page.close",
                                          "Page.crash",
                                          "Page.waitForDebugger",
                                          "Debugger.pause",
                                          "Debugger.setPauseOnExceptions",
                                          "Emulation.setScriptExecutionDisabled",
                                          "Emulation.setVirtualTimePolicy",
                                          "Page.setWebLifecycleState",
                                          "HeapProfiler.takeHeapSnapshot",
                                          "Memory.forciblyPurgeJavaScriptMemory",
                                          "Target.closeTarget",
                                          "Target.setAutoAttach",
                                          "Target.autoAttachRelated"};

/// A web server to which scripts tell what they see.
class Listener {
  public:
    explicit Listener(net::io_context& context)
        : acceptor_{context, tcp::endpoint{net::ip::address_v4::loopback(), 0}} {}
    int port() const { return acceptor_.local_endpoint().port(); }
    void stop() { acceptor_.close(); }

    awaitable<void> run() {
        for (;;) {
            auto [ec, socket] = co_await acceptor_.async_accept(no_throw);
            if (ec) co_return;
            std::string request;
            auto buffer = net::dynamic_buffer(request, 65536);
            auto [read_error, size] = co_await net::async_read_until(socket, buffer, "\r\n\r\n", no_throw);
            if (!read_error) heard.push_back(request.substr(0, request.find('\r')));
            const std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            const auto whole = net::buffer(reply);
            co_await net::async_write(socket, whole, no_throw);
        }
    }

    std::vector<std::string> heard;

  private:
    tcp::acceptor acceptor_;
};

struct Walk {
    explicit Walk(Driver& with) : driver{with}, listener{with.context} {}

    awaitable<void> go(std::vector<std::string> places) {
        const json protocol = co_await protocol_of(driver);
        EXPECT_TRUE(protocol.is_object());
        if (!protocol.is_object()) co_return;
        Ways ways{protocol, {}};
        for (const std::string& domain : ways.domains()) {
            co_await open_page(ways);
            for (const std::string& place : places) {
                const auto all = ways.to(domain, place);
                co_await walk(all);
            }
            const auto refused = co_await standing_refused(driver);
            EXPECT_EQ(refused, std::vector<std::string>{}) << domain;
            co_await close_others();
        }
        std::cout << walked << " ways, " << refusals << " refused by the policy, " << listener.heard.size()
                  << " words of scripts\n";
    }

    /// A page of its own for each domain: some commands change for good how a page behaves.
    awaitable<void> open_page(Ways& ways) {
        const json made = co_await driver.ask("Target.createTarget", R"({"url":"about:blank"})");
        const json target = made["result"]["targetId"];
        const std::string attach = R"({"flatten":true,"targetId":)" + target.dump() + "}";
        const json attached = co_await driver.ask("Target.attachToTarget", attach);
        session = R"(,"timeoutMs":3000,"sessionId":)" + attached["result"]["sessionId"].dump();
        ways.know("frameId", target);
        ways.know("targetId", target);
        ways.know("sessionId", attached["result"]["sessionId"]);
        co_await driver.ask("Page.enable", "{}", session);
        const std::string url = "'http://127.0.0.1:" + std::to_string(listener.port()) + "/?'";
        const std::string script = "{const tell=text=>{new Image().src=" + url +
                                   "+encodeURIComponent(text)};tell(location.href);addEventListener('load',()=>"
                                   "tell(location.href+' '+document.documentElement.innerText))}";
        const std::string params = R"({"source":)" + json(script).dump() + "}";
        const json added = co_await driver.ask("Page.addScriptToEvaluateOnNewDocument", params, session);
        EXPECT_TRUE(added.contains("result")) << added;
        const std::string home = R"({"url":"http://127.0.0.1:)" + std::to_string(listener.port()) + R"(/harmless"})";
        co_await driver.ask("Page.navigate", home, session);
    }

    awaitable<void> walk(std::vector<Way> all) {
        std::vector<std::pair<std::string, const Way*>> sent;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!not_walked.contains(all[i].method)) {
                const std::string id = std::to_string(++driver.last_id);
                driver.send(R"({"id":)" + id + R"(,"method":")" + all[i].method + R"(","params":)" +
                            all[i].params.dump() + session + "}");
                sent.emplace_back(id, &all[i]);
            }
            if (sent.size() < commands_at_once && i + 1 < all.size()) continue;
            for (const auto& [id, way] : sent) {
                const std::string text = co_await driver.answer(id);
                EXPECT_EQ(text.find(canary), std::string::npos) << way->method << ' ' << way->params;
                ++walked;
                if (text.find(R"("reason":"denied")") != std::string::npos) ++refusals;
            }
            sent.clear();
        }
    }

    awaitable<void> close_others() {
        const json targets = co_await all_targets(driver);
        bool kept = false;
        for (const auto& target : targets) {
            if (target["type"] != "page") continue;
            if (!std::exchange(kept, true)) continue;  // the browser ends with its last page
            const std::string params = R"({"targetId":)" + target["targetId"].dump() + "}";
            co_await driver.ask("Target.closeTarget", params);
        }
    }

    void expect_nothing_was_seen() const {
        bool harmless = false;  // the script has run where it may
        for (const std::string& line : listener.heard) {
            harmless = harmless || line.find("/?") != std::string::npos;
            EXPECT_EQ(line.find(canary), std::string::npos) << line;
            for (const char* scheme : {"/?file", "/?chrome%3A", "/?chrome-extension", "/?devtools", "/?view-source"}) {
                EXPECT_EQ(line.find(scheme), std::string::npos) << line;
            }
        }
        EXPECT_TRUE(harmless);
    }

    Driver& driver;
    Listener listener;
    std::string session;
    std::size_t walked = 0;
    std::size_t refusals = 0;
};

TEST(Walk, OfAllWaysToARefusedPageReadsNothing) {
    Driver driver;
    open_port(driver);
    // Else Chrome asks a person before a page may speak to this machine.
    driver.browser_settings.extra_arguments.push_back("--disable-features=LocalNetworkAccessChecks");
    const std::string file = (driver.folder / "canary.html").string();
    std::ofstream{file} << "<title>" << canary << "</title>" << canary;
    std::vector<std::string> places = {"file://" + file};
    const char* const all = std::getenv("BMC_WALK");
    if (all != nullptr && std::string_view{all} == "all") {
        for (const std::string& more :
             {std::string{"FILE:"} + file, "fi\nle://" + file, " \tfile://localhost" + file,
              "view-source:file://" + file, "blob:file://" + file, file, "//" + file, std::string{"chrome://version/"},
              std::string{"chrome://newtab/"}, std::string{"devtools://devtools/bundled/inspector.html"},
              std::string{"chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html"}}) {
            places.push_back(more);
        }
    }
    Walk walk{driver};
    net::co_spawn(
        driver.context, [&]() { return walk.listener.run(); }, rethrow);
    driver.run(
        [&]() -> awaitable<void> {
            co_await walk.go(places);
            walk.listener.stop();
        },
        all == nullptr ? Duration{50s} : Duration{30min});
    walk.expect_nothing_was_seen();
    EXPECT_GT(walk.walked, 1000u * places.size());
}

// The walk would see a file if one came out: without the policy it does, on both ways that are looked at.
TEST(Walk, SeesAFileThatComesOut) {
    Driver driver;
    open_port(driver);
    driver.settings.policy.profile = relay::Profile::full;
    driver.browser_settings.extra_arguments.push_back("--disable-features=LocalNetworkAccessChecks");
    const std::string file = (driver.folder / "canary.html").string();
    std::ofstream{file} << "<title>" << canary << "</title>" << canary;
    Walk walk{driver};
    net::co_spawn(
        driver.context, [&]() { return walk.listener.run(); }, rethrow);
    const auto told = [&] {
        return std::any_of(walk.listener.heard.begin(), walk.listener.heard.end(),
                           [](const std::string& line) { return line.find(canary) != std::string::npos; });
    };
    driver.run([&]() -> awaitable<void> {
        const json protocol = co_await protocol_of(driver);
        Ways ways{protocol, {}};
        co_await walk.open_page(ways);
        const std::string there = R"({"url":"file://)" + file + "\"}";
        co_await driver.ask("Page.navigate", there, walk.session);
        std::vector<std::string> standing;
        for (int tries = 0; tries < 500 && standing.empty(); ++tries) {
            standing = co_await standing_refused(driver, 0s);
            if (standing.empty()) co_await driver.pause(10ms);
        }
        EXPECT_EQ(standing, std::vector<std::string>{"page file://" + file});
        // The page stands there before its document has been read.
        const std::string when_read =
            R"x({"awaitPromise":true,"expression":"new Promise(read=>{const look=()=>document.readyState==='loading')x"
            R"x(||read(document.body.innerText);document.addEventListener('readystatechange',look);look()})"})x";
        const json text = co_await driver.ask("Runtime.evaluate", when_read, walk.session);
        EXPECT_NE(text.dump().find(canary), std::string::npos) << text;
        for (int tries = 0; tries < 500 && !told(); ++tries) co_await driver.pause(10ms);
        walk.listener.stop();
    });
    EXPECT_TRUE(told());
}

}  // namespace
