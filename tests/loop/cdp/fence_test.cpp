// The fence that does not depend on our judgement: no policy of ours stands between these commands and a real Chromium.
#include "cdp/fence.hpp"

#include <nlohmann/json.hpp>

#include "launch_fixture.hpp"
#include "platform/json/tree.hpp"

namespace cdp {
namespace {

using namespace test;
using nlohmann::json;

constexpr const char* managed = R"({"URLBlocklist": ["file://*", "chrome://*", "view-source:*", "devtools://*"]})";

struct Fenced : Launch {
    Fenced() {
        std::ofstream{folder->path() / "credential.json"} << "the-secret";
        fs::create_directory(state);
        std::ofstream{state / "credential.json"} << "the-secret";
        settings.managed_policy = managed;
        settings.hidden_paths = {state.string()};
    }

    /// Whether this system lets a process have a file system of its own; else there is nothing to test.
    static bool cannot(const Driver& driver) { return !driver.browser->status().fence.policy; }

    /// What becomes of a page that is told to go there.
    static awaitable<std::string> go(Driver& driver, std::string url) {
        const std::string params = json{{"url", url}}.dump();
        const auto sent = driver.to_page("Page.navigate", params);
        const Got got = co_await driver.answer(sent);
        const auto result = platform::parse_json(got.text);
        co_return result ? platform::get_string(*result, "errorText").value_or("it went there") : got.text;
    }

    static awaitable<std::string> evaluate(Driver& driver, std::string script) {
        const std::string params = json{{"expression", script}, {"awaitPromise", true}}.dump();
        const auto sent = driver.to_page("Runtime.evaluate", params);
        const Got got = co_await driver.answer(sent);
        co_return got.text;
    }

    const fs::path state = folder->path() / "state";
};

TEST_F(Fenced, chrome_itself_refuses_files_and_its_own_pages) {
    Driver driver{settings};
    bool skipped = false;
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::attached);
        skipped = cannot(driver);
        if (skipped) co_return;
        EXPECT_TRUE(driver.browser->status().fence.hidden);
        EXPECT_EQ(driver.browser->status().fence.problem, "");
        for (const char* url : {"file:///etc/hostname", "chrome://version", "view-source:file:///etc/hostname",
                                "devtools://devtools/bundled/inspector.html", "chrome://sandbox"}) {
            const auto outcome = co_await go(driver, url);
            EXPECT_EQ(outcome, "net::ERR_BLOCKED_BY_ADMINISTRATOR") << url;
            // The page that says so has to come first: Chromium 156 ends with a trap where it is sent on before that.
            const auto shown = co_await evaluate(driver, "document.title");
            EXPECT_EQ(shown.find("root"), std::string::npos) << shown;
        }
        const auto outcome = co_await go(driver, "data:text/html,<h1>fine");
        EXPECT_EQ(outcome, "it went there");
        // Its own sandbox stands: a renderer has a process namespace of its own.
        for (const auto pid : processes()) {
            std::ifstream file{"/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary};
            const std::string line{std::istreambuf_iterator<char>{file}, {}};
            if (line.find("--type=renderer") == std::string::npos) continue;
            std::error_code ec;
            const auto its = fs::read_symlink("/proc/" + std::to_string(pid) + "/ns/pid", ec);
            EXPECT_NE(its, fs::read_symlink("/proc/self/ns/pid")) << "a renderer without a sandbox";
        }
    });
    if (skipped) GTEST_SKIP() << "no namespaces here";
    EXPECT_EQ(folders(), 0U) << "nothing is left";
}

TEST_F(Fenced, pages_reach_no_host_that_the_resolver_is_told_of) {
    settings.resolver_rules = "MAP 127.0.0.2 ~NOTFOUND,MAP localhost:1234 ~NOTFOUND";
    settings.extra_arguments.push_back("--host-resolver-rules=MAP theirs.test 127.0.0.1");
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        for (const char* url : {"http://127.0.0.2/", "http://0x7f000002/", "http://localhost:1234/"}) {
            const auto outcome = co_await go(driver, url);
            EXPECT_EQ(outcome, "net::ERR_NAME_NOT_RESOLVED") << url;
        }
        const auto outcome = co_await go(driver, "http://theirs.test:9998/");
        EXPECT_EQ(outcome, "net::ERR_CONNECTION_REFUSED") << "the owner's own rules count too";
    });
}

TEST_F(Fenced, a_child_in_the_browsers_place_reads_no_credential) {
    const auto told = folder->path() / "told";
    fs::create_directory(told);
    settings.browser_path =
        script("cd " + told.string() + "; exec 2>errors; cat " + state.string() + "/credential.json /proc/$PPID/root" +
               state.string() +
               "/credential.json >secret; head -c1 /proc/$PPID/mem >>secret; cat /proc/$PPID/environ "
               ">>secret; mv secret done; sleep 60");
    settings.start_limit = 2s;
    Driver driver{settings};
    Fence fence;
    driver.run([&]() -> awaitable<void> {
        while (!fs::exists(told / "done")) co_await net::post(driver.context, net::use_awaitable);
        fence = driver.browser->status().fence;
    });
    if (!fence.hidden) GTEST_SKIP() << fence.problem;
    EXPECT_EQ(fs::file_size(told / "done"), 0U);
    EXPECT_NE(fs::file_size(told / "errors"), 0U);
}

TEST_F(Fenced, a_browser_that_cannot_be_fenced_starts_and_that_is_said) {
    settings.extra_arguments.push_back("--disable-namespace-sandbox");
    settings.extra_arguments.push_back("--no-sandbox");
    settings.hidden_paths.clear();
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::attached);
        const auto fence = driver.browser->status().fence;
        EXPECT_FALSE(fence.policy);
        EXPECT_NE(fence.problem.find("--generate chrome-policy"), std::string::npos) << fence.problem;
    });
}

TEST(FencePieces, joins_the_owners_policy) {
    const auto folder = *TemporaryFolder::create(temporary_base({}));
    std::ofstream{folder.path() / "a.json"} << R"(// theirs
        {"URLBlocklist": ["bad.example", "file://*"], "SyncDisabled": false, "HomepageLocation": "http://x"})";
    std::ofstream{folder.path() / "broken.json"} << "{";
    const auto joined =
        json::parse(joined_policy(R"({"URLBlocklist":["file://*"],"SyncDisabled":true,"X":["*"]})", folder.path()));
    EXPECT_EQ(joined["URLBlocklist"], json::array({"file://*", "bad.example"}));
    EXPECT_FALSE(joined.contains("SyncDisabled")) << "the owner's word counts";
    EXPECT_FALSE(joined.contains("HomepageLocation")) << "it stands in their file";
    EXPECT_EQ(joined["X"], json::array({"*"}));
    EXPECT_EQ(joined_policy("{}", folder.path() / "missing"), "{}");
}

}  // namespace
}  // namespace cdp
