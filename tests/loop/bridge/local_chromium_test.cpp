// What the bridge tells of a browser beside what Chromium's own port tells of the same one.
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/loop/bridge/local_fixture.hpp"
#include "tests/loop/cdp/open_chromium.hpp"

namespace bridge::test {
namespace {

using nlohmann::json;

/// Its calls go to a Chromium over the port that this one has open.
class ChromiumBehind final : public FarBrowser {
  public:
    ChromiumBehind(net::io_context& io, std::uint16_t port, std::string path)
        : socket_{io}, port_{port}, path_{std::move(path)} {}

    std::unique_ptr<FarClient> open(const OpenWish&, ClientListener&) override { return nullptr; }
    awaitable<Answer> call(Call call) override {
        if (!socket_.is_open()) {
            const tcp::endpoint where(net::ip::address_v4::loopback(), port_);
            co_await socket_.next_layer().async_connect(where, no_throw);
            const std::string host = "127.0.0.1";
            const auto [ec] = co_await socket_.async_handshake(host, path_, no_throw);
            EXPECT_FALSE(ec) << ec.message();
        }
        json message{{"id", 1}, {"method", call.method}};
        if (!call.params.empty()) message["params"] = json::parse(call.params);
        const std::string text = message.dump();
        const auto bytes = net::buffer(text);
        co_await socket_.async_write(bytes, no_throw);
        std::string answer;
        auto buffer = net::dynamic_buffer(answer);
        const auto [ec, size] = co_await socket_.async_read(buffer, no_throw);
        EXPECT_FALSE(ec) << ec.message();
        const auto tree = json::parse(answer);
        if (tree.contains("error")) co_return Answer{false, {}, tree["error"].dump()};
        co_return Answer{true, tree["result"].dump(), {}};
    }

  private:
    Websocket socket_;
    std::uint16_t port_;
    std::string path_;
};

class LocalBesideChromium : public LocalSide {
  protected:
    void SetUp() override {
        chromium_.start({std::shared_ptr<void>{}, &io});
        ASSERT_TRUE(until([this] { return chromium_.port_file().find("/devtools/") != std::string::npos; }, 30s));
        const auto file = chromium_.port_file();
        chromium_port_ = static_cast<std::uint16_t>(std::stoi(file));
        far_ = std::make_unique<ChromiumBehind>(io, chromium_port_, file.substr(file.find('/')));
        local_ =
            std::make_unique<DevToolsEndpoint>(io.get_executor(), *far_, DevToolsEndpoint::Options{.secret = "secret"});
        serve(true, local_.get());
        const auto loaded = [this] {
            return chromium("/json/list").body().find("\"title\": \"a&lt;b&gt;") != std::string::npos;
        };
        ASSERT_TRUE(until(loaded, 30s));
    }
    void TearDown() override {
        run([this]() -> awaitable<void> { co_await chromium_.kill(); });
    }
    HttpAnswer chromium(const std::string& path, http::verb method = http::verb::get) {
        return ask_at(chromium_port_, method, path);
    }
    /// Without what leads to this port or that one.
    static json told(const HttpAnswer& answer) {
        auto tree = json::parse(answer.body());
        const auto strip = [](json& object) {
            for (const auto* name : {"webSocketDebuggerUrl", "devtoolsFrontendUrl"}) {
                if (object.contains(name)) object[name] = std::string(object[name]).substr(0, 5);
            }
        };
        if (tree.is_object()) strip(tree);
        if (tree.is_array()) {
            for (auto& entry : tree) strip(entry);
            // Chrome's order is that of the last use.
            std::sort(tree.begin(), tree.end(), [](const json& a, const json& b) { return a["id"] < b["id"]; });
        }
        return tree;
    }

    /// The answers of both to a path, where Chromium's own stayed the same while ours was asked for and for
    /// `listing_age` before, which is how old ours may be: a started Chromium still loads pages of its own, whose
    /// titles change.
    struct Both {
        HttpAnswer ours;
        HttpAnswer theirs;
    };
    Both both(const std::string& path) {
        Both answers;
        auto same_since = TimePoint::max();
        const auto changed = [&] {
            auto theirs = chromium(path);
            if (same_since != TimePoint::max() && told(theirs) == told(answers.theirs)) return false;
            answers.theirs = std::move(theirs);
            same_since = platform::BootClock::now();
            return true;
        };
        const auto stood_still = [&] {
            if (changed() || platform::BootClock::now() - same_since <= listing_age) return false;
            answers.ours = get(path);
            return !changed();
        };
        EXPECT_TRUE(until(stood_still, 30s)) << path;
        return answers;
    }

    support::TemporaryFolder folder_;
    /// Its title changes a few times more, as those of Chromium's own pages do.
    static constexpr auto page =
        "data:text/html,<title>a<b>&\"'é</title><script>let n = 0;"
        "const timer = setInterval(() => { document.title += n;"
        "if (++n == 60) clearInterval(timer); }, 40)</script>";
    cdp::test::OpenChromium chromium_{folder_.path(), page};
    std::uint16_t chromium_port_ = 0;
    std::unique_ptr<ChromiumBehind> far_;
    std::unique_ptr<DevToolsEndpoint> local_;
};

TEST_F(LocalBesideChromium, BothTellTheSame) {
    for (const auto* path : {"/json/version", "/json/list", "/json"}) {
        const auto [ours, theirs] = both(path);
        EXPECT_EQ(told(ours), told(theirs)) << path;
        EXPECT_EQ(ours[http::field::content_type], theirs[http::field::content_type]);
    }
    EXPECT_EQ(json::parse(get("/json").body())[0]["type"], "page");
    EXPECT_EQ(get("/json/version").body().substr(0, 20), chromium("/json/version").body().substr(0, 20));
    const auto ours = json::parse(ask(http::verb::put, "/json/new?about:blank%23a").body());
    const auto theirs = json::parse(chromium("/json/new?about:blank%23a", http::verb::put).body());
    EXPECT_EQ(ours["url"], theirs["url"]);
    EXPECT_EQ(ours.size(), theirs.size());
    const std::string id = ours["id"];
    for (const auto& path : {"/json/activate/" + id, std::string{"/json/activate/X"}, std::string{"/json/close/X"},
                             std::string{"/json/foo"}, std::string{"/json/"}, std::string{"/json/new"},
                             std::string{"/nowhere"}, std::string{"/"}}) {
        const auto here = get(path);
        const auto there = chromium(path);
        EXPECT_EQ(here.result_int(), there.result_int()) << path;
        EXPECT_EQ(here.body(), there.body()) << path;
    }
    EXPECT_EQ(get("/json/close/" + id).body(), "Target is closing");
}

TEST_F(LocalBesideChromium, TheProtocolHasTheSameDomains) {
    const auto domains = [](const HttpAnswer& answer) {
        std::vector<std::string> names;
        const auto tree = json::parse(answer.body());
        for (const auto& domain : tree["domains"]) names.push_back(domain["domain"]);
        return names;
    };
    EXPECT_EQ(domains(get("/json/protocol")), domains(chromium("/json/protocol")));
}

}  // namespace
}  // namespace bridge::test
