// A disk that stands still while the agent stores something: only what waits for that file waits. Heartbeats, commands
// and the service manager's watchdog go on, and in the end all is stored.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/local/datagram_protocol.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "tests/support/stall.hpp"
#include "tests/support/world.hpp"

namespace {

using nlohmann::json;
using support::Child;
using support::World;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// The service manager kills an agent that does not feed its watchdog for this time.
constexpr std::chrono::microseconds watchdog = 2s;
/// Of what goes on, it is seen this often while the disk stands still.
constexpr int signs = 3;

/// Takes all that the agent tells its service manager: nobody may keep it waiting there.
class ServiceManager {
  public:
    ServiceManager(net::io_context& io, const std::string& path) : socket_{io, {path}} { receive(); }
    int meals() const { return meals_; }

  private:
    void receive() {
        socket_.async_receive(net::buffer(buffer_), [this](Error ec, std::size_t size) {
            if (ec) return;
            if (std::string_view{buffer_.data(), size} == "WATCHDOG=1") ++meals_;
            receive();
        });
    }

    net::local::datagram_protocol::socket socket_;
    std::array<char, 4096> buffer_{};
    int meals_ = 0;
};

struct StalledDisk : testing::Test {
    std::string text_of(std::string_view name) const {
        std::ostringstream text;
        text << std::ifstream{world.state() + "/" + std::string{name}}.rdbuf();
        return text.str();
    }
    /// The file under which it is written before it takes its place.
    std::string temporary(std::string_view name) const { return world.state() + "/" + std::string{name} + ".new"; }
    int heartbeats() { return json::parse(world.get("/admin/counters"))["heartbeats"].get<int>(); }

    static bool pair_with_a_device_token(World& world) {
        if (!world.pair()) return false;
        const json device{{"uuid", support::device_uuid}, {"name", "lab"}};
        world.rest("POST", "/devices", device.dump(), world.mint_device());
        return true;
    }
    /// The device is named "lab" by `pair`.
    void start(const std::function<bool(World&)>& pair = &pair_with_a_device_token) {
        ASSERT_TRUE(pair(world));
        const auto socket = "NOTIFY_SOCKET=" + (world.folder() / "notify");
        agent = world.agent({.arguments = {"--realtime-heartbeat", "1s", "--realtime-optional-spread", "0"},
                             .environment = {socket, "WATCHDOG_USEC=" + std::to_string(watchdog.count())}});
        ASSERT_TRUE(agent->wait_for("-> joined", 20s)) << agent->output();
        controller = world.controller();
        ASSERT_TRUE(controller->call("1", "Browser.getVersion"));
        // All that a join brings is stored before the disk stands still.
        ASSERT_TRUE(world.until([&] { return is_caught_up() && has_facts(); }));
    }
    /// Its name and its settings, which are asked for and stored one after the other.
    bool has_facts() const {
        const auto facts = text_of("device.json");
        return facts.find("lab") != std::string::npos && facts.find("settings") != std::string::npos;
    }
    bool is_caught_up() const {
        const auto join = json::parse(text_of("state.json"), nullptr, false);
        return join.is_object() && join["caught_up_ms"] >= join["joined_at_ms"];
    }
    void expect_to_go_on() {
        const int before = heartbeats();
        const int fed = manager.meals();
        EXPECT_TRUE(world.until([&] { return manager.meals() >= fed + signs; })) << "the service manager would kill it";
        EXPECT_TRUE(world.until([&] { return heartbeats() >= before + signs; }));
        const auto result = controller->call("2", "Browser.getVersion");
        ASSERT_TRUE(result);
        EXPECT_NE(result->find(R"("ok":true)"), std::string::npos) << *result;
    }

    World world;
    ServiceManager manager{world.io(), world.folder() / "notify"};
    std::unique_ptr<Child> agent;
    std::unique_ptr<support::Controller> controller;
};

/// What is stored, why, and how it is seen that it was.
struct Writer {
    std::string name;
    std::string file;
    std::function<std::unique_ptr<Child>(World&)> provoke;  // the command that asks for it; null: nobody waits for it
    std::string stored;                                     // in the file
};

std::vector<Writer> writers() {
    const auto lose_the_link = [](World& world) -> std::unique_ptr<Child> {
        world.admin("sockets", R"({"action":"drop"})");
        return nullptr;
    };
    const auto rename = [](World& world) -> std::unique_ptr<Child> {
        world.rest("PATCH", "/devices?uuid=eq." + std::string{support::device_uuid}, R"({"name":"oak"})",
                   world.mint_device());
        return nullptr;
    };
    const auto pause = [](World& world) { return world.agent({.arguments = {"--pause", "10m"}}); };
    const auto rotate = [](World& world) {
        return world.agent(
            {.arguments = {"--pair", "--rotate", "--token-stdin"}, .input = world.mint_device(120 * 3600)});
    };
    return {{"ALink", "state.json", lose_the_link, "caught_up_ms"},
            {"TheDevicesName", "device.json", rename, "oak"},
            {"APause", "paused", pause, "\n"},
            {"APairing", "credential.json", rotate, "access_token"}};
}

struct StalledWriter : StalledDisk, testing::WithParamInterface<Writer> {};

TEST_P(StalledWriter, HoldsUpNothingElseAndIsStoredInTheEnd) {
    start();
    const Writer& writer = GetParam();
    const auto before = text_of(writer.file);
    tests::Stall stall{temporary(writer.file)};
    ASSERT_TRUE(stall.held());
    const auto asking = writer.provoke(world);
    ASSERT_TRUE(world.until([&] { return stall.waited_for(); })) << agent->output();
    if (writer.name == "ALink") controller = world.controller();
    expect_to_go_on();
    EXPECT_EQ(text_of(writer.file), before);
    EXPECT_TRUE(stall.waited_for());
    EXPECT_TRUE(!asking || asking->running()) << "it is not said to be done: " << asking->output();

    stall.release();
    const auto is_stored = [&] {
        const auto text = text_of(writer.file);
        return text != before && text.find(writer.stored) != std::string::npos;
    };
    EXPECT_TRUE(world.until(is_stored));
    if (!asking) return;
    const auto done = asking->wait();
    EXPECT_TRUE(done && done->success()) << asking->output();
}

INSTANTIATE_TEST_SUITE_P(All, StalledWriter, testing::ValuesIn(writers()),
                         [](const auto& given) { return given.param.name; });

/// Seconds. Such a token is refreshed at half of its life.
constexpr int short_life = 30;

/// Pairs with a login's token, which is refreshed.
bool pair_by_login(World& world) {
    world.admin("device", json{{"uuid", support::device_uuid}, {"owner", "somebody"}}.dump());
    const json wish{{"grant", "stalled"}, {"access_token_life", short_life}};
    auto handed = json::parse(world.admin("oauth", wish.dump()));
    handed["client_id"] = "stalled";
    handed["token_url"] = "http://127.0.0.1:" + std::to_string(world.port()) + "/oauth/token";
    const auto pairing = world.agent(
        {.arguments = {"--pair", "--token-stdin", "--name", "lab", "--device", std::string{support::device_uuid}},
         .input = handed.dump()});
    const auto ended = pairing->wait(20s);
    EXPECT_TRUE(ended && ended->success()) << pairing->output();
    return ended && ended->success();
}

TEST_F(StalledDisk, ATokenThatIsRefreshedHoldsUpNothingElseAndIsStoredInTheEnd) {
    start(pair_by_login);
    // It is not had while a refresh is writing the file.
    std::optional<tests::Stall> stall;
    ASSERT_TRUE(world.until([&] { return stall.emplace(temporary("credential.json")).held(); }));
    ASSERT_TRUE(world.until([&] { return stall->waited_for(); }, 20s)) << agent->output();
    const auto stored = text_of("credential.json");
    expect_to_go_on();
    EXPECT_EQ(text_of("credential.json"), stored);
    stall->release();
    EXPECT_TRUE(world.until([&] { return text_of("credential.json") != stored; })) << agent->output();
    EXPECT_NE(text_of("credential.json").find("access_token"), std::string::npos);
}

/// What a reload reads is read where the rest is stored, behind what stands still there.
TEST_F(StalledDisk, AReloadWaitsForTheDiskAndHoldsUpNothingElse) {
    start();
    tests::Stall stall{temporary("paused")};
    ASSERT_TRUE(stall.held());
    const auto pausing = world.agent({.arguments = {"--pause", "10m"}});
    ASSERT_TRUE(world.until([&] { return stall.waited_for(); }));
    agent->signal(SIGHUP);
    expect_to_go_on();
    EXPECT_EQ(agent->output().find("reload: "), std::string::npos);
    stall.release();
    EXPECT_TRUE(agent->wait_for("reload: Applied")) << agent->output();
}

TEST_F(StalledDisk, AStopWaitsForWhatIsBeingStored) {
    start();
    tests::Stall stall{temporary("paused")};
    ASSERT_TRUE(stall.held());
    const auto pausing = world.agent({.arguments = {"--pause", "10m"}});
    ASSERT_TRUE(world.until([&] { return stall.waited_for(); }));
    agent->signal(SIGTERM);
    ASSERT_TRUE(agent->wait_for("stopping"));
    EXPECT_FALSE(agent->wait(500ms));
    stall.release();
    const auto ended = agent->wait();
    EXPECT_TRUE(ended && ended->success()) << agent->output();
    EXPECT_FALSE(text_of("paused").empty());
}

/// The wipe is the one thing that waits for the disk. What was being stored does not come after it.
TEST_F(StalledDisk, AnUnpairingLeavesNothingOfWhatWasBeingStored) {
    start();
    tests::Stall stall{temporary("state.json")};
    ASSERT_TRUE(stall.held());
    world.admin("sockets", R"({"action":"drop"})");
    ASSERT_TRUE(world.until([&] { return stall.waited_for(); }));
    const json unpair{{"topic", "device:" + std::string{support::device_uuid}}, {"event", "unpair"}, {"payload", {}}};
    world.admin("broadcast", unpair.dump());
    ASSERT_TRUE(world.until([&] { return !fs::exists(world.state() + "/credential.json"); })) << agent->output();
    stall.release();
    ASSERT_TRUE(agent->wait_for("at the activation gate")) << agent->output();
    for (const char* name : {"credential.json", "state.json", "device.json", "last-heard", "wipe"}) {
        EXPECT_TRUE(world.until([&] { return !fs::exists(world.state() + "/" + name); })) << name;
        EXPECT_FALSE(fs::exists(temporary(name))) << name;
    }
}

}  // namespace
