// What the backend keeps about the device, against the stand-in's REST service: when it is asked for, and what is done
// with the answer. The channels' words are written here.
#include "agent/daemon/device_watch.hpp"

#include "tests/hub/hub.hpp"
#include "tests/hub/tenant.hpp"
#include "tests/unit/daemon/parts.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using parts::device_one;
using parts::device_two;
using realtime::State;

/// Longer than the debounce, which is a second.
constexpr auto in_time = 10s;
constexpr std::size_t facts_bytes = 4096;

class Told final : public DeviceListener {
  public:
    void on_settings(const std::string& text) override { settings.push_back(text); }
    void on_renamed(const std::string& name) override { names.push_back(name); }
    void on_removed() override { ++removals; }

    std::vector<std::string> settings;
    std::vector<std::string> names;
    int removals = 0;
};

class DeviceWatchTest : public parts::Parts {
  protected:
    DeviceWatchTest() : backend{io, hub::Settings{}} {
        EXPECT_FALSE(backend.start());
        parts::name_backend(config, backend.base());
        config.realtime.optional_spread = 0s;
        config.realtime.settings_spread = 0s;
        auto given = credential();
        given.access_token = credentials::Secret(std::string_view{backend.device_token(device_one)});
        given.api_key = credentials::Secret(std::string_view{backend.anon_key()});
        store_one(given);
        use_stored();
        register_as("oak");
    }
    ~DeviceWatchTest() override {
        cancel_all();
        settle();
        backend.stop();
        settle();
    }

    void register_as(const std::string& name) {
        backend.tenant().devices()[device_one].row = {{"uuid", device_one}, {"name", name}};
    }
    void remove() { backend.tenant().devices().erase(device_one); }
    void watch_it(std::string kept = {}) {
        watch.emplace(DeviceWatchNeeds{.executor = io.get_executor(),
                                       .network = network,
                                       .files = files,
                                       .config = config,
                                       .memory = store.memory(),
                                       .kept = std::move(kept),
                                       .tokens = tokens,
                                       .listener = told});
        start([this] { return watch->run(); });
    }
    /// The device's channel is joined, and those of `others`.
    void join(const std::vector<std::string>& others = {}) {
        auto status = parts::status_of(State::joined);
        for (const char* topic : {"settings:global", "settings_device:all", "devices:all"}) {
            const bool joined = std::find(others.begin(), others.end(), topic) != others.end();
            status.channels.push_back({topic, joined, joined ? "" : "not joined yet"});
        }
        watch->on_status(status);
    }
    bool hear(const std::string& topic, const std::string& event, const std::string& payload) {
        realtime::Broadcast broadcast;
        broadcast.topic = topic;
        broadcast.event = event;
        broadcast.payload = payload;
        return watch->on_broadcast(broadcast);
    }
    std::string row_of(const char* uuid) const {
        return R"({"table":"devices","record":{"uuid":")" + (uuid + R"("}})"s);
    }
    bool is_asked(int requests) {
        const auto wanted = asked() + static_cast<std::uint64_t>(requests);
        return until([&] { return asked() >= wanted; }, in_time);
    }
    std::uint64_t asked() { return backend.tenant().counters().rest_requests; }
    /// Both questions of the join were answered.
    void follow() {
        watch_it();
        join();
        ASSERT_TRUE(until([this] { return told.names.size() == 1 && told.settings.size() == 1; }, in_time));
    }

    hub::Hub backend;
    Told told;
    std::optional<DeviceWatch> watch;
};

TEST_F(DeviceWatchTest, AJoinAsksForBothAndKeepsThem) {
    backend.tenant().global_settings = {{"color", "blue"}};
    follow();
    EXPECT_EQ(told.names.front(), "oak");
    EXPECT_EQ(tokens.credential()->device_name, "oak");
    EXPECT_EQ(watch->settings(), R"({"color":"blue"})");
    const auto keeps = [this](const char* word) {
        return store.memory().facts(facts_bytes).value_or("").find(word) != std::string::npos;
    };
    ASSERT_TRUE(until([&] { return keeps("blue") && keeps("oak"); }));
    const auto kept = store.memory().facts(facts_bytes);

    // The next start knows it before it asks, and reports nothing that has not changed.
    cancel_all();
    settle();
    watch.reset();
    watch_it(*kept);
    EXPECT_EQ(watch->settings(), R"({"color":"blue"})");
    join();
    EXPECT_TRUE(is_asked(2));
    settle();
    EXPECT_EQ(told.names.size(), 1u);
    EXPECT_EQ(told.settings.size(), 1u);
}

TEST_F(DeviceWatchTest, ANewNameIsHeardOnItsOwnChannelAndOnTheFleets) {
    follow();
    register_as("elm");
    EXPECT_TRUE(hear("device:"s + device_one, "UPDATE", row_of(device_one)));
    ASSERT_TRUE(until([this] { return told.names.size() == 2; }, in_time));
    register_as("ash");
    EXPECT_TRUE(hear("devices:all", "UPDATE", row_of(device_one)));
    ASSERT_TRUE(until([this] { return told.names.size() == 3; }, in_time));
    EXPECT_EQ(told.names, (std::vector<std::string>{"oak", "elm", "ash"}));
}

TEST_F(DeviceWatchTest, WordsOfOthersAskNothing) {
    follow();
    const auto before = asked();
    EXPECT_TRUE(hear("devices:all", "UPDATE", row_of(device_two)));
    EXPECT_TRUE(hear("settings_device:all", "UPDATE", R"({"record":{"device_uuid":")"s + device_two + R"("}})"));
    EXPECT_TRUE(hear("devices:all", "UPDATE", "no JSON"));
    EXPECT_FALSE(hear("device:"s + device_one, "vpn-on", "{}")) << "this is somebody else's";
    EXPECT_FALSE(until([&] { return asked() > before; }, 1500ms));
}

/// Its channel tells a device of a new name, and the fleet's alone of its removal.
TEST_F(DeviceWatchTest, ARemovalBeforeTheFleetsChannelWasJoinedIsFound) {
    follow();
    remove();
    join({"devices:all"});
    ASSERT_TRUE(until([this] { return told.removals == 1; }, in_time));
    EXPECT_NE(watch->trouble().find("removed at the backend"), std::string::npos) << watch->trouble();

    register_as("oak");
    join();  // the fleet's channel is lost, and comes again
    join({"devices:all"});
    ASSERT_TRUE(until([this] { return watch->trouble().empty(); }, in_time));
    EXPECT_EQ(told.removals, 1);
}

TEST_F(DeviceWatchTest, SettingsThatChangedBeforeTheirChannelsWereJoinedAreFound) {
    follow();
    backend.tenant().global_settings = {{"color", "red"}};
    join({"settings:global"});
    ASSERT_TRUE(until([this] { return told.settings.size() == 2; }, in_time));
    backend.tenant().device_settings[device_one] = {{"color", "green"}};
    join({"settings:global", "settings_device:all"});
    ASSERT_TRUE(until([this] { return told.settings.size() == 3; }, in_time));
    EXPECT_EQ(told.settings.back(), R"({"color":"green"})");
}

TEST_F(DeviceWatchTest, ABurstOfWordsIsOneQuestion) {
    follow();
    const auto before = asked();
    for (int i = 0; i < 20; ++i) hear("devices:all", "UPDATE", row_of(device_one));
    ASSERT_TRUE(until([&] { return asked() > before; }, in_time));
    EXPECT_FALSE(until([&] { return asked() > before + 1; }, 1500ms));
}

TEST_F(DeviceWatchTest, ADeviceThatWasNeverRegisteredIsNotMissed) {
    remove();
    watch_it();
    join();
    ASSERT_TRUE(is_asked(2));
    ASSERT_TRUE(until([this] { return told.settings.size() == 1; }, in_time));
    EXPECT_EQ(told.removals, 0);
    EXPECT_EQ(watch->trouble(), "");
}

TEST_F(DeviceWatchTest, WhatARefusedTokenWasNotToldTheNextOneIs) {
    auto wrong = credential();
    wrong.access_token = credentials::Secret(std::string_view{"no token"});
    tokens.adopt(std::move(wrong));
    watch_it();
    join();
    ASSERT_TRUE(is_asked(2));
    EXPECT_FALSE(until([this] { return !told.names.empty(); }, 300ms));
    auto right = credential();
    right.access_token = credentials::Secret(std::string_view{backend.device_token(device_one)});
    right.api_key = credentials::Secret(std::string_view{backend.anon_key()});
    tokens.adopt(std::move(right));
    EXPECT_TRUE(until([this] { return told.names.size() == 1 && told.settings.size() == 1; }, in_time));
}

}  // namespace
}  // namespace agent::daemon
