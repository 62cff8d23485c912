// What a page or a controller may make the browser hold: downloads within the spool's quota, pages, browser contexts.
#include <sys/stat.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <list>

#include "driver.hpp"

namespace relay::test {
namespace {

namespace fs = std::filesystem;
using tcp = net::ip::tcp;

/// A server on loopback that answers every request with a body that does not end.
class EndlessServer {
  public:
    explicit EndlessServer(net::io_context& context) : acceptor_{context, {net::ip::address_v4::loopback(), 0}} {
        net::co_spawn(
            context, [this]() -> awaitable<void> { return accept(); }, rethrow);
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + '/'; }
    void stop() {
        Error ignored;
        acceptor_.close(ignored);
        for (tcp::socket& socket : sockets_) socket.close(ignored);
    }

  private:
    awaitable<void> accept() {
        for (;;) {
            auto [ec, socket] = co_await acceptor_.async_accept(no_throw);
            if (ec) co_return;
            sockets_.push_back(std::move(socket));
            tcp::socket& kept = sockets_.back();
            net::co_spawn(
                acceptor_.get_executor(), [this, &kept]() -> awaitable<void> { return serve(kept); }, rethrow);
        }
    }
    awaitable<void> serve(tcp::socket& socket) {
        std::array<char, 4096> request{};
        co_await socket.async_read_some(net::buffer(request), no_throw);
        std::string text =
            "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
            "Content-Disposition: attachment; filename=x.bin\r\n\r\n";
        for (;;) {
            const auto [ec, count] = co_await net::async_write(socket, net::buffer(text), no_throw);
            if (ec) co_return;
            text.assign(std::size_t{64} << 10, 'x');
        }
    }

    tcp::acceptor acceptor_;
    std::list<tcp::socket> sockets_;
};

/// What the folder's files take on the disk, in bytes, and how many there are.
struct Held {
    std::size_t bytes = 0;
    std::size_t files = 0;
};

Held held_in(const fs::path& folder) {
    Held held;
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(folder, ec)) {
        struct stat status {};
        if (::lstat(entry.path().c_str(), &status) != 0) continue;
        held.bytes += static_cast<std::size_t>(status.st_blocks) * 512;
        ++held.files;
    }
    return held;
}

std::string download_of(const std::string& url) {
    return R"js({"userGesture":true,"expression":"(()=>{const a=document.createElement('a');a.href=')js" + url +
           R"js(';a.download='x';document.body.append(a);a.click()})()"})js";
}

awaitable<std::string> page_in(Driver& driver, std::string browser_context) {
    std::string params = R"({"url":"about:blank"})";
    if (!browser_context.empty()) params = R"({"url":"about:blank","browserContextId":")" + browser_context + "\"}";
    const json made = co_await driver.ask("Target.createTarget", params);
    const std::string attach = R"({"flatten":true,"targetId":)" + made["result"]["targetId"].dump() + "}";
    const json attached = co_await driver.ask("Target.attachToTarget", attach);
    co_return R"(,"sessionId":)" + attached["result"]["sessionId"].dump();
}

TEST(RelayBounds, EndlessDownloadsEndAtTheQuotaWhereverTheyBegin) {
    Driver driver;
    constexpr std::size_t quota = std::size_t{16} << 20;
    driver.settings.spool.quota = quota;
    EndlessServer server{driver.context};
    driver.run([&]() -> awaitable<void> {
        const fs::path spool = driver.settings.spool.folder;
        const json made = co_await driver.ask("Target.createBrowserContext");
        const std::string none;
        const std::string first = co_await page_in(driver, none);
        const std::string browser_context = made["result"]["browserContextId"];
        const std::string second = co_await page_in(driver, browser_context);
        const std::string download = download_of(server.url());
        Held most;
        for (const std::string& session : {first, second, first}) {
            const std::size_t before = driver.router->status().spool.in_work.size();
            co_await driver.ask("Runtime.evaluate", download, session);
            for (int tries = 0; tries < 300 && driver.router->status().spool.in_work.size() <= before; ++tries) {
                const Held now = held_in(spool);
                most.bytes = std::max(most.bytes, now.bytes);
                most.files = std::max(most.files, now.files);
                co_await driver.pause(10ms);
            }
        }
        EXPECT_GT(most.files, 0u);
        Held left = held_in(spool);
        for (int tries = 0; tries < 1500 && left.files > 0; ++tries) {
            most.bytes = std::max(most.bytes, left.bytes);
            co_await driver.pause(10ms);
            left = held_in(spool);
        }
        EXPECT_EQ(left.files, 0u) << left.bytes << " bytes";
        // What is written between two looks, and until the browser has obeyed.
        EXPECT_LT(most.bytes, quota + (std::size_t{256} << 20));
        const json alive = co_await driver.ask("Runtime.evaluate", R"({"expression":"1+1"})", first);
        EXPECT_EQ(alive["result"]["result"]["value"], 2);
        server.stop();
    });
}

TEST(RelayBounds, OnlySoManyDownloadsAreInWorkAtATime) {
    Driver driver;
    driver.settings.spool.max_downloads = 2;
    EndlessServer server{driver.context};
    driver.run([&]() -> awaitable<void> {
        const std::string none;
        const std::string session = co_await page_in(driver, none);
        for (int i = 0; i < 6; ++i) co_await driver.ask("Runtime.evaluate", download_of(server.url()), session);
        std::size_t most = 0;
        std::size_t now = 0;
        for (int tries = 0; tries < 500 && (most < 2 || now > 2 || tries < 100); ++tries) {
            now = driver.router->status().spool.in_work.size();
            most = std::max(most, now);
            co_await driver.pause(10ms);
        }
        EXPECT_GE(most, 2u);
        EXPECT_LE(now, 2u);
        server.stop();
    });
}

TEST(RelayBounds, PagesAreBoundedWhoeverOpensThem) {
    Driver driver;
    driver.browser_settings.max_pages = 4;
    driver.run([&]() -> awaitable<void> {
        const std::string none;
        const std::string opener = co_await page_in(driver, none);
        json refused;
        for (int i = 0; i < 6 && !refused.contains("error"); ++i) {
            refused = co_await driver.ask("Target.createTarget", R"({"url":"about:blank"})");
        }
        EXPECT_EQ(refused["error"]["data"]["reason"], "overloaded") << refused;
        EXPECT_NE(refused["error"]["message"].get<std::string>().find("browser.max_targets"), std::string::npos);
        const auto pages = [&]() -> awaitable<std::vector<std::string>> {
            const json targets = co_await driver.ask("Target.getTargets");
            std::vector<std::string> found;
            for (const json& one : targets["result"]["targetInfos"]) {
                if (one["type"] == "page") found.push_back(one["targetId"]);
            }
            co_return found;
        };
        auto open = co_await pages();
        EXPECT_EQ(open.size(), 4u);
        co_await driver.ask(
            "Runtime.evaluate",
            R"js({"userGesture":true,"expression":"for(let i=0;i<8;++i)window.open('about:blank?'+i)"})js", opener);
        for (int tries = 0; tries < 200; ++tries) {
            open = co_await pages();
            if (open.size() <= 4) break;
            co_await driver.pause(20ms);
        }
        EXPECT_EQ(open.size(), 4u);
        co_await driver.ask("Target.closeTarget", R"({"targetId":")" + open.back() + "\"}");
        const json again = co_await driver.ask("Target.createTarget", R"({"url":"about:blank"})");
        EXPECT_TRUE(again.contains("result")) << again;
    });
}

TEST(RelayBounds, BrowserContextsAreBounded) {
    Driver driver;
    driver.settings.max_contexts = 3;
    driver.run([&]() -> awaitable<void> {
        json made;
        for (int i = 0; i < 3; ++i) {
            made = co_await driver.ask("Target.createBrowserContext");
            EXPECT_TRUE(made.contains("result")) << made;
        }
        const json refused = co_await driver.ask("Target.createBrowserContext");
        EXPECT_EQ(refused["error"]["data"]["reason"], "overloaded") << refused;
        co_await driver.ask("Target.disposeBrowserContext",
                            R"({"browserContextId":)" + made["result"]["browserContextId"].dump() + "}");
        made = co_await driver.ask("Target.createBrowserContext");
        EXPECT_TRUE(made.contains("result")) << made;
    });
}

}  // namespace
}  // namespace relay::test
