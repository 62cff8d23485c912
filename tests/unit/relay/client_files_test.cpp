// Files of clients: what each may read and put, and that they go with their client.
#include <filesystem>
#include <fstream>

#include "agent/relay/spool.hpp"
#include "clients_fixture.hpp"
#include "platform/clock.hpp"
#include "platform/crypto.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace clients_test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

class ClientFilesTest : public ClientsTest {
  protected:
    void SetUp() override {
        settings.spool.folder = (root / "spool").string();
        ASSERT_FALSE(relay::prepare_spool(settings.spool.folder));
    }
    void TearDown() override {
        if (router) {
            router->stop();
            run_until([this] { return returned; });
        }
    }

    void start() {
        ClientsTest::start();
        net::co_spawn(
            io,
            [this]() -> awaitable<void> {
                co_await router->run();
                returned = true;
            },
            rethrow);
    }
    template <class Over>
    bool run_until(Over over) {
        const TimePoint end = platform::BootClock::now() + 4s;
        while (!over() && platform::BootClock::now() < end) io.run_one_for(50ms);
        return over();
    }
    /// Its answer.
    json ask(const std::string& method, const json& params) {
        const std::size_t before = published.size();
        command(method, params.dump());
        run_until([&] { return published.size() > before; });
        return answered();
    }
    json put(const std::string& client, const std::string& name, std::size_t offset, const std::string& bytes) {
        return ask("Agent.filePut",
                   {{"client", client}, {"name", name}, {"offset", offset}, {"data", platform::base64(bytes)}});
    }
    json read(const std::string& client, const std::string& name, std::size_t offset = 0) {
        return ask("Agent.fileRead", {{"client", client}, {"name", name}, {"offset", offset}});
    }
    fs::path path(const std::string& name) const { return fs::path{settings.spool.folder} / name; }
    bool gone(const std::string& name) {
        return run_until([&] { return !fs::exists(path(name)); });
    }

    const tests::TempFolder temp;
    const fs::path root = temp.path();
    bool returned = false;
};

TEST_F(ClientFilesTest, AreReadByWhoPutThem) {
    start();
    const std::string client = open("A");
    EXPECT_EQ(put(client, "a.bin", 0, "hello ")["result"], json::object());
    EXPECT_EQ(put(client, "a.bin", 6, std::string("w\0rld", 5))["result"], json::object());
    EXPECT_EQ(read(client, "a.bin")["result"], (json{{"base64Encoded", true},
                                                     {"data", platform::base64(std::string("hello w\0rld", 11))},
                                                     {"eof", true},
                                                     {"size", 11}}));
    EXPECT_EQ(ask("Agent.getInfo", json::object())["result"]["limits"]["spool"], settings.spool.folder);
}

TEST_F(ClientFilesTest, ComeInPiecesThatFit) {
    limit = 1000;
    start();
    const std::string client = open("A");
    const std::string bytes = platform::random_bytes(5000);
    EXPECT_TRUE(put(client, "a", 0, bytes).value("ok", false));
    std::string got;
    for (bool eof = false; !eof;) {
        const json piece = read(client, "a", got.size());
        ASSERT_TRUE(piece["ok"]) << piece;
        EXPECT_LE(published.back().payload.size(), limit);
        got += platform::from_base64(piece["result"]["data"].get<std::string>()).value_or("");
        eof = piece["result"]["eof"];
        EXPECT_EQ(piece["result"]["size"], 5000);
    }
    EXPECT_EQ(got, bytes);
    EXPECT_EQ(ask("Agent.fileRead", {{"client", client}, {"name", "a"}, {"size", 3}})["result"]["data"],
              platform::base64(bytes.substr(0, 3)));
}

TEST_F(ClientFilesTest, AreNobodyElses) {
    start();
    const std::string a = open("A");
    const std::string b = open("B");
    std::ofstream{path("stranger")} << "secret";
    EXPECT_TRUE(put(a, "mine", 0, "x")["ok"]);
    EXPECT_EQ(read(b, "mine")["error"]["message"], "The client has no such file.");
    EXPECT_EQ(read(b, "mine")["error"]["code"], -32000);
    EXPECT_EQ(put(b, "mine", 0, "y")["error"]["message"], "The name is taken in the spool: choose another one.");
    EXPECT_EQ(put(b, "mine", 1, "y")["error"]["message"], "The client has no such file.");
    EXPECT_FALSE(read(a, "stranger")["ok"]);
    EXPECT_FALSE(put(a, "stranger", 0, "y")["ok"]);
    EXPECT_FALSE(read(a, "stranger")["ok"]) << "a put that failed gives no right to the file";
    EXPECT_EQ(read("nobody", "mine")["error"], (json{{"code", -32602}, {"message", "No client with given id found"}}));
    EXPECT_EQ(put(a, "../x", 0, "y")["error"]["code"], -32602);
    EXPECT_EQ(ask("Agent.filePut", {{"client", a}, {"name", "bad"}, {"data", "%"}})["error"]["message"],
              "\"data\" is no base64.");
}

TEST_F(ClientFilesTest, OfDownloadsAreReadByWhoWasToldOfThem) {
    start();
    const std::string a = open("A");
    const std::string b = open("B");
    std::ofstream{path("0f-guid")} << "data";
    EXPECT_FALSE(read(a, "0f-guid")["ok"]);
    browser.tell("A", "Browser.downloadWillBegin", R"({"guid":"0f-guid","url":"https://x/","suggestedFilename":"y"})");
    browser.tell("A", "Browser.downloadWillBegin", R"({"guid":"../../etc/passwd"})");
    EXPECT_EQ(read(a, "0f-guid")["result"]["data"], platform::base64("data"));
    EXPECT_FALSE(read(b, "0f-guid")["ok"]);
}

TEST_F(ClientFilesTest, GoWithTheirClient) {
    start();
    const std::string a = open("A");
    const std::string b = open("B");
    std::ofstream{path("both")} << "data";
    for (const std::string session : {"A", "B"}) {
        browser.tell(session, "Browser.downloadWillBegin", R"({"guid":"both"})");
    }
    EXPECT_TRUE(put(a, "mine", 0, "x")["ok"]);
    command("Agent.filePut", json{{"client", a}, {"name", "late"}, {"data", "eA=="}}.dump());
    command("Agent.close", json{{"client", a}}.dump());
    EXPECT_TRUE(gone("mine"));
    EXPECT_TRUE(gone("late"));
    EXPECT_TRUE(read(b, "both")["ok"]);
    router->stop_relaying("bye");
    router->stop();
    EXPECT_TRUE(run_until([this] { return returned; }));
    EXPECT_FALSE(fs::exists(path("both")));
}

TEST_F(ClientFilesTest, AreRefusedWithoutASpool) {
    settings.spool.folder.clear();
    start();
    const std::string client = open("A");
    EXPECT_EQ(put(client, "a", 0, "x")["error"]["message"],
              "Files are refused: no folder is shared with the browser (spool.folder).");
    EXPECT_FALSE(ask("Agent.getInfo", json::object())["result"]["limits"].contains("spool"));
}

TEST_F(ClientFilesTest, WaitInBoundedMemory) {
    start();
    const std::string client = open("A");
    const json parts{{"client", client}, {"name", "a"}, {"data", ""}};
    std::string file = parts.dump();
    file.insert(file.find(R"("data":")") + 8, std::string(8'000'000, 'A'));
    const auto overloaded = [&] {
        return answered().is_object() && answered().contains("error") &&
               answered()["error"]["data"].value("reason", "") == "overloaded";
    };
    for (int i = 0; i < 8; ++i) command("Agent.filePut", file);
    EXPECT_FALSE(overloaded());
    command("Agent.filePut", file);
    EXPECT_TRUE(overloaded());
}

}  // namespace
