// Other peers than our own: the real supabase-js as controller, TLS with good and bad certificates, the old serializer.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/authority.hpp"
#include "tests/support/world.hpp"

namespace {

using support::World;
using namespace std::chrono_literals;

std::string node_program() {
    for (const char* path : {"/usr/bin/node", "/usr/local/bin/node", "/usr/bin/nodejs"}) {
        if (std::filesystem::exists(path)) return path;
    }
    return {};
}

TEST(Peers, SupabaseJsDrivesTheBrowser) {
    World world;
    auto agent = world.joined_agent();
    ASSERT_NE(agent, nullptr);
    const auto node = node_program();
    ASSERT_FALSE(node.empty()) << "install nodejs";
    const std::string commands = R"({"method":"Browser.getVersion"}
{"method":"Page.navigate","params":{"url":"data:text/html,<title>far</title>"}}
{"method":"Runtime.evaluate","params":)" +
                                 support::when_loaded(R"(document.title + '\\ud800')") + R"(}
{"method":"Page.navigate","params":{"url":"file:///etc/passwd"}}
)";
    support::Child controller{world.io(),
                              {.arguments = {node, BMC_TEST_DATA "/controller/controller.mjs", "--url",
                                             "http://127.0.0.1:" + std::to_string(world.port()), "--device",
                                             std::string{support::device_uuid}},
                               .environment = {"BMC_TOKEN=" + world.mint_device()},
                               .input = commands}};
    const auto status = controller.wait(60s);
    ASSERT_TRUE(status);
    EXPECT_TRUE(status->success()) << controller.output();
    EXPECT_TRUE(controller.said(R"({"line":1,"method":"Browser.getVersion","ok":true)")) << controller.output();
    EXPECT_TRUE(controller.said(R"({"line":2,"method":"Page.navigate","ok":true)")) << controller.output();
    EXPECT_TRUE(controller.said(R"("value":"far\ud800")")) << controller.output();
    EXPECT_TRUE(controller.said(R"({"line":4,"method":"Page.navigate","ok":false)")) << controller.output();
    EXPECT_TRUE(controller.said(R"("reason":"denied")")) << controller.output();
}

TEST(Peers, TheOldSerializerRelaysToo) {
    World world;
    ASSERT_TRUE(world.pair());
    auto agent = world.agent({.config = "vsn = \"1.0.0\"\n"});
    ASSERT_TRUE(agent->wait_for("-> joined"));
    for (const char* vsn : {"1.0.0", "2.0.0"}) {
        auto controller = world.controller(vsn);
        const auto text = controller->call("1", "Runtime.evaluate", R"({"expression":"6*7"})");
        ASSERT_TRUE(text) << vsn;
        EXPECT_NE(text->find("\"value\":42"), std::string::npos) << *text;
    }
}

TEST(Peers, WhatTheOldSerializerCannotCarryIsAnsweredAndCanBeRead) {
    World world;
    ASSERT_TRUE(world.pair());
    auto agent = world.agent({.config = "vsn = \"1.0.0\"\n"});
    ASSERT_TRUE(agent->wait_for("-> joined"));
    auto controller = world.controller("2.0.0");
    const auto refused = controller->call("1", "Runtime.evaluate", R"({"expression":"'far\\ud800'"})");
    ASSERT_TRUE(refused) << agent->output();
    const auto answer = nlohmann::json::parse(*refused);
    EXPECT_EQ(answer["ok"], false);
    EXPECT_NE(refused->find("an unpaired surrogate"), std::string::npos) << *refused;
    const nlohmann::json read{{"handle", answer["error"]["data"]["stream"]}};
    const auto piece = controller->call("2", "IO.read", read.dump());
    ASSERT_TRUE(piece);
    EXPECT_EQ(nlohmann::json::parse(*piece)["result"]["data"], R"({"result":{"type":"string","value":"far\ud800"}})");
    auto asking = world.agent({.arguments = {"--status"}, .config = "vsn = \"1.0.0\"\n"});
    ASSERT_TRUE(asking->wait());
    EXPECT_TRUE(asking->said("realtime.vsn is 1.0.0: the server reads results and ids and writes them anew"))
        << asking->output();
}

class Tls : public testing::Test {
  protected:
    void write(const std::string& name, const std::string& text) const { std::ofstream{folder / name} << text; }

    // `agent --pair --token-stdin` against the hub of `world`, over TLS.
    std::unique_ptr<support::Child> pair_over(World& world, const std::string& config) {
        const std::string file = world.folder() / "tls.toml";
        std::ofstream{file} << "[api]\nurl = \"https://localhost:" << world.port() << "\"\n" << config;
        return std::make_unique<support::Child>(
            world.io(),
            support::ChildOptions{
                .arguments = {BMC_BUILD_DIR "/agent", "--user", "--config", file, "--pair", "--token-stdin"},
                .environment = {"XDG_CONFIG_HOME=" + world.folder() / "config",
                                "XDG_STATE_HOME=" + world.folder() / "state",
                                "XDG_RUNTIME_DIR=" + world.folder() / "run", "TMPDIR=" + world.folder() / "tmp"},
                .input = token});
    }

    std::unique_ptr<World> hub_with(const tests::CertificateOptions& options) {
        const auto identity = authority.issue(options);
        write("cert.pem", identity.certificate);
        write("key.pem", identity.key);
        write("ca.pem", authority.certificate());
        support::Child mint{io,
                            {.arguments = {BMC_BUILD_DIR "/hub", "--mint", "device", std::string{support::device_uuid},
                                           "--ttl", "360000"}}};
        mint.wait();
        token = mint.output();
        return std::make_unique<World>(
            std::vector<std::string>{"--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem"});
    }

    net::io_context io;
    support::TemporaryFolder folder;
    tests::Authority authority;
    std::string token;
};

TEST_F(Tls, PairsOverACertificateOfATrustedAuthority) {
    auto world = hub_with({.names = {"localhost"}, .addresses = {"127.0.0.1"}});
    auto pairing = pair_over(*world, "[net]\nca_file = \"" + folder / "ca.pem" + "\"\n");
    const auto status = pairing->wait(20s);
    ASSERT_TRUE(status);
    EXPECT_TRUE(status->success()) << pairing->output();
}

TEST_F(Tls, SaysWhatIsWrongWithACertificateAndStoresNothing) {
    const tests::CertificateOptions expired{
        .names = {"localhost"}, .addresses = {}, .valid_from = -48h, .valid_to = -24h};
    const tests::CertificateOptions other{.names = {"elsewhere.example"}, .addresses = {}};
    const tests::CertificateOptions good{.names = {"localhost"}, .addresses = {}};
    struct Case {
        const tests::CertificateOptions* certificate;
        bool trusted;
        std::string word;
    };
    for (const auto& [certificate, trusted, word] :
         {Case{&expired, true, "expired"}, Case{&other, true, "another host name"}, Case{&good, false, "ca_file"}}) {
        auto world = hub_with(*certificate);
        auto pairing = pair_over(*world, trusted ? "[net]\nca_file = \"" + folder / "ca.pem" + "\"\n" : "");
        const auto status = pairing->wait(20s);
        ASSERT_TRUE(status) << pairing->output();
        EXPECT_FALSE(status->success());
        EXPECT_TRUE(pairing->said(word)) << word << "\n" << pairing->output();
        EXPECT_FALSE(std::filesystem::exists(world->state() + "/credential.json"));
    }
}

}  // namespace
