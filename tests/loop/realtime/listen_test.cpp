// `agent --listen`, against the stand-in of the backend: any channel, a JSON object a line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/credentials/store.hpp"
#include "agent/credentials/store_files.hpp"
#include "agent/realtime/listen.hpp"
#include "tests/hub/hub.hpp"
#include "tests/hub/socket.hpp"
#include "tests/loop/realtime/cloud.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using realtime::Listened;

class ListenLoop : public ::testing::Test {
  protected:
    static hub::Settings quick() {
        hub::Settings settings;
        settings.join_penalty = hub::milliseconds{50};
        settings.limits.events_per_second = 0;
        return settings;
    }
    ListenLoop() : backend{io, quick()} {
        EXPECT_FALSE(backend.start());
        of_agent = cloud::quick_settings(backend.base() + "/realtime/v1");
    }
    ~ListenLoop() override {
        backend.stop();
        io.restart();
        io.poll();
    }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 10s) {
        return cloud::run_until(io, done, limit);
    }
    void listen(realtime::ListenOptions options, const std::string& token,
                std::optional<credentials::WallTime> paired_at = {}) {
        credentials::Credential credential;
        if (paired_at) credential.paired_at = *paired_at;
        credential.device_uuid = cloud::device_uuid;
        credential.access_token = platform::Secret{std::string_view{token}};
        credential.api_key = platform::Secret{std::string_view{backend.anon_key()}};
        credential.origin = credentials::Origin::ephemeral;
        tokens.adopt(std::move(credential));
        const auto take = [this](std::string_view line) { lines.push_back(nlohmann::json::parse(line)); };
        const auto note = [this](std::string_view line) { status.emplace_back(line); };
        listening = std::make_unique<realtime::Listen>(io.get_executor(), network, of_agent, tokens, std::move(options),
                                                       realtime::Listen::Outputs{take, note});
        const auto run = [this]() -> awaitable<void> { ended = co_await listening->run(); };
        net::co_spawn(io, run, rethrow);
    }
    bool joined() const { return std::find(status.begin(), status.end(), "joined") != status.end(); }

    net::io_context io;
    hub::Hub backend;
    platform::Worker network{"listen"};
    credentials::Tokens tokens{io.get_executor()};
    std::unique_ptr<realtime::Listen> listening;
    realtime::Settings of_agent;
    std::vector<nlohmann::json> lines;
    std::vector<std::string> status;
    std::optional<Listened> ended;
};

TEST_F(ListenLoop, WritesBroadcastsUntilTheCountIsReached) {
    const std::string topic = std::string{"device:"} + cloud::device_uuid;
    listen({.topic = topic, .count = 2}, backend.device_token(cloud::device_uuid));
    ASSERT_TRUE(until([&] { return joined(); }));
    backend.tenant().database_send({{"message", "one\ntwo"}}, "live-activity-message", topic, true);
    backend.tenant().database_send_binary(std::string("\0\xff", 2), "raw", topic, true);
    ASSERT_TRUE(until([&] { return ended.has_value(); }));
    EXPECT_EQ(*ended, Listened::counted);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0]["event"], "live-activity-message");
    EXPECT_EQ(lines[0]["payload"]["message"], "one\ntwo");
    EXPECT_TRUE(lines[0]["id"].is_string());
    EXPECT_EQ(lines[1]["base64"], "AP8=");
}

/// The agent of that machine was paired and joined at times of its own; whoever listens has another question.
class ListenReplay : public ListenLoop {
  protected:
    ListenReplay() {
        store("before the pairing");
        const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        paired_at = now + 1h;
        const credentials::WallMillis later{std::chrono::milliseconds{backend.clock().wall_ms() + 7'200'000}};
        EXPECT_FALSE(kept_by_agent.memory().note_join({later, later, {}}));
        of_agent.catches_up = true;
        of_agent.memory = &kept_by_agent.memory();
        of_agent.replay_since_ms = 0;
        of_agent.instance = "the agent's";
        of_agent.track_presence = of_agent.join_devices_all = true;
    }
    void store(const std::string& message) {
        backend.tenant().database_send({{"message", message}}, "live-activity-message", topic, true);
    }
    std::string kept() const {
        std::ifstream file{home / credentials::files::state};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    bool heard_live() {
        const auto before = lines.size();
        store("live");
        return until([&] { return lines.size() > before; }) && lines[before]["payload"]["message"] == "live";
    }

    std::string topic = std::string{"device:"} + cloud::device_uuid;
    tests::TempFolder home;
    credentials::Store kept_by_agent{home.path()};
    credentials::WallTime paired_at;
};

TEST_F(ListenReplay, WithoutTheFlagNothingStoredComesWhateverTheAgentWouldAskFor) {
    paired_at -= 2h;
    listen({.topic = topic}, backend.device_token(cloud::device_uuid), paired_at);
    ASSERT_TRUE(until([&] { return joined(); }));
    ASSERT_TRUE(heard_live());
    EXPECT_EQ(lines.size(), 1u);
    // Nor what came while the connection was away.
    backend.drop_all();
    store("missed");
    ASSERT_TRUE(until([&] { return std::count(status.begin(), status.end(), "joined") == 2; }));
    ASSERT_TRUE(heard_live());
    EXPECT_EQ(lines.size(), 2u);
}

TEST_F(ListenReplay, WithItExactlyWhatWasAskedForComesAlsoFromBeforeThePairing) {
    const auto before = kept();
    listen({.topic = topic, .replay_since_ms = backend.clock().wall_ms() - 60'000},
           backend.device_token(cloud::device_uuid), paired_at);
    ASSERT_TRUE(until([&] { return lines.size() == 1; }));
    EXPECT_EQ(lines[0]["payload"]["message"], "before the pairing");
    EXPECT_EQ(lines[0]["replayed"], true);
    backend.drop_all();
    store("missed");
    ASSERT_TRUE(until([&] { return lines.size() == 2; })) << "each once, over a reconnect too";
    EXPECT_EQ(lines[1]["payload"]["message"], "missed");
    listening->stop();
    ASSERT_TRUE(until([&] { return ended.has_value(); }));
    EXPECT_EQ(kept(), before) << "the agent's own files are the agent's";
}

class ListenToEach : public ListenLoop, public ::testing::WithParamInterface<const char*> {};

TEST_P(ListenToEach, ChannelThatTheBackendHas) {
    listen({.topic = GetParam(), .count = 1}, backend.device_token(cloud::device_uuid));
    ASSERT_TRUE(until([&] { return joined(); }));
    backend.tenant().database_send({{"operation", "UPDATE"}, {"record", {{"name", "x"}}}}, "UPDATE", GetParam(), true);
    ASSERT_TRUE(until([&] { return ended.has_value(); }));
    EXPECT_EQ(*ended, Listened::counted);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0]["topic"], GetParam());
    EXPECT_EQ(lines[0]["event"], "UPDATE");
    EXPECT_EQ(lines[0]["payload"]["record"]["name"], "x");
}

INSTANTIATE_TEST_SUITE_P(Table, ListenToEach,
                         ::testing::Values("devices:all", "settings:global", "settings_device:all",
                                           "service_groups:all", "ws:6f1c2a3b", "proxy-control"));

TEST_F(ListenLoop, SeesAnAgentAmongAllDevicesComeAndGo) {
    auto own = cloud::quick_settings(backend.base() + "/realtime/v1");
    own.track_presence = own.join_devices_all = true;
    own.optional_spread = 0s;
    own.instance = "i-1";
    listen({.topic = "devices:all"}, backend.device_token(cloud::device_uuid));
    ASSERT_TRUE(until([&] { return joined(); }));
    Agent agent{io, own, backend.device_token(cloud::device_uuid), backend.anon_key()};
    agent.start();
    const auto told = [&](const char* what) {
        for (const auto& line : lines) {
            if (line["event"] == "presence_diff" && line["payload"].value(what, nlohmann::json::object()).size() == 1) {
                return line["payload"][what].begin().value()["metas"][0];
            }
        }
        return nlohmann::json{};
    };
    ASSERT_TRUE(until([&] { return told("joins").is_object(); }));
    EXPECT_EQ(told("joins")["device_uuid"], cloud::device_uuid);
    EXPECT_EQ(told("joins")["source"], "cdp");
    EXPECT_EQ(told("joins")["instance"], "i-1");
    EXPECT_TRUE(told("joins")["joined_at"].is_number());
    agent.stop();
    ASSERT_TRUE(until([&] { return told("leaves").is_object(); }));
    listening->stop();
    ASSERT_TRUE(until([&] { return ended.has_value(); }));
    EXPECT_EQ(*ended, Listened::stopped);
}

TEST_F(ListenLoop, EndsWhereTheChannelIsRefused) {
    listen({.topic = "device:00000000-0000-4000-8000-000000000000"}, backend.device_token(cloud::device_uuid));
    ASSERT_TRUE(until([&] { return ended.has_value(); }));
    EXPECT_EQ(*ended, Listened::refused);
    EXPECT_TRUE(lines.empty());
}

TEST(Subscriptions, AreReadAndRefused) {
    std::string problem;
    realtime::ListenOptions options;
    EXPECT_EQ(realtime::subscriptions_of(options, problem), "[]");
    options.postgres_changes = {"public.devices", "public.todos:id=eq.5"};
    options.event = "UPDATE";
    EXPECT_EQ(realtime::subscriptions_of(options, problem),
              R"([{"event":"UPDATE","schema":"public","table":"devices"},)"
              R"({"event":"UPDATE","schema":"public","table":"todos","filter":"id=eq.5"}])");
    for (const char* bad : {"", "devices", ".devices", "public.", "public.:id=eq.1", "public.t:"}) {
        options.postgres_changes = {bad};
        problem.clear();
        EXPECT_FALSE(realtime::subscriptions_of(options, problem)) << bad;
        EXPECT_NE(problem.find("schema.table"), std::string::npos);
    }
}

}  // namespace
