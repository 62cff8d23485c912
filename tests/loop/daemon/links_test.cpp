// The links of a paired device against the stand-in of the backend, with a controller on the channel: which broadcast
// goes where, what is answered without a browser, and the two ways to stop. No browser answers.
#include "agent/daemon/links.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "agent/relay/spool.hpp"
#include "tests/hub/hub.hpp"
#include "tests/hub/tenant.hpp"
#include "tests/support/controller.hpp"
#include "tests/unit/daemon/parts.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using parts::device_one;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr auto leave = cdp::Browser::Leave::ended;

hub::Settings patient_hub() {
    hub::Settings settings;
    settings.join_penalty = hub::milliseconds{50};
    settings.upgrade_penalty = hub::milliseconds{20};
    settings.limits.events_per_second = 0;
    return settings;
}

class PairedWithHub : public parts::Parts, public LinksListener {
  protected:
    PairedWithHub() : backend{io, patient_hub()} {
        const Error ec = backend.start();
        EXPECT_FALSE(ec) << ec.message();
        parts::name_backend(config, backend.base());
        config.realtime.reconnect_spread = 50ms;
        config.realtime.backoff_base = 20ms;
        config.realtime.optional_spread = 0s;
        config.browser.browser_url = "http://127.0.0.1:1";
        config.browser.unavailable_grace = 10ms;
        EXPECT_FALSE(relay::prepare_spool(config.relay.spool.folder));
    }
    ~PairedWithHub() override {
        backend.stop();
        settle();
    }
    void TearDown() override {
        controller.reset();
        if (links && ended == 0) {
            links->stop("the test is over", 0s, leave);
            EXPECT_TRUE(is_over());
        }
        links.reset();
        Parts::TearDown();
    }

    void on_unpair() override { ++unpairs; }
    void on_other(const realtime::Broadcast& broadcast) override {
        others.push_back(std::string{broadcast.topic} + " " + std::string{broadcast.event});
    }
    void on_link_status(const realtime::Status& status) override { seen.push_back(status.state); }
    void on_link_health() override { ++health_changes; }

    void serve(Error spool = {}) {
        auto mine = credential(device_one, backend.device_token(device_one));
        mine.api_key = credentials::Secret(std::string_view{backend.anon_key()});
        mine.paired_at = platform::wall_now() - 1h;
        tokens.adopt(std::move(mine));
        links.emplace(LinksNeeds{.executor = io.get_executor(),
                                 .network = network,
                                 .files = files,
                                 .config = config,
                                 .memory = store.memory(),
                                 .spool = spool,
                                 .key = platform::KeyPair::make(),
                                 .tokens = tokens,
                                 .listener = *this});
        start([this]() -> awaitable<void> { failed = co_await links->run(); });
        ASSERT_TRUE(until([this] { return joined(); }, 20s)) << links->link_status().reason;
        controller.emplace(io, support::ControllerOptions{.port = backend.port(),
                                                          .token = backend.device_token(device_one),
                                                          .device_uuid = device_one,
                                                          .presence = true});
        ASSERT_TRUE(controller->join());
    }
    bool joined() const { return links->link_status().state == realtime::State::joined; }
    bool is_over() {
        return until([this] { return ended == 1; }, 20s);
    }
    void store_in_backend(const std::string& event, const json& payload = json::object(),
                          const std::string& topic = std::string{"device:"} + device_one) {
        backend.tenant().database_send(hub::Json::parse(payload.dump()), event, topic, true);
    }
    std::string reason_of(const std::string& id) {
        const auto text = controller->result(id);
        if (!text) return "no result";
        return json::parse(*text).value("/error/data/reason"_json_pointer, *text);
    }
    std::size_t in_flight() { return links->router().status().in_flight; }
    std::uint64_t commands() { return links->router().status().traffic.commands; }
    json info(const std::string& id) {
        const auto text = controller->call(id, "Agent.getInfo");
        return text ? json::parse(*text)["result"] : json::object();
    }
    bool presence_says(const std::string& key) const {
        for (const auto& one : controller->heard()) {
            if (one.event == "presence_diff" && !json::parse(one.payload).value(key, json::object()).empty())
                return true;
        }
        return false;
    }

    hub::Hub backend;
    std::optional<Links> links;
    std::optional<support::Controller> controller;
    Error failed;
    int unpairs = 0;
    int health_changes = 0;
    std::vector<std::string> others;
    std::vector<realtime::State> seen;
};

TEST_F(PairedWithHub, ACommandIsAnsweredOnTheChannelByTheRouter) {
    serve();
    controller->command(R"({"id":1,"method":"Browser.getVersion"})");
    EXPECT_EQ(reason_of("1"), "browser_unavailable");
    EXPECT_EQ(controller->copies("1"), 1u);
    EXPECT_EQ(commands(), 1u);
    EXPECT_TRUE(until([this] { return in_flight() == 0; })) << "the backend's acknowledgement comes to the router";
    EXPECT_EQ(links->foreign_results(), 0u) << "its own result is nobody else's";
    EXPECT_EQ(seen.back(), realtime::State::joined);
}

TEST_F(PairedWithHub, OtherEventsGoToTheListener) {
    serve();
    controller->broadcast("vpn-on", "{}");
    controller->broadcast("cdp-event", "{}");
    ASSERT_TRUE(until([this] { return others.size() == 2; }));
    const auto mine = std::string{"device:"} + device_one;
    EXPECT_THAT(others, ElementsAre(mine + " vpn-on", mine + " cdp-event"));
    EXPECT_EQ(unpairs, 0);
    EXPECT_EQ(commands(), 0u);
}

// A member of a common channel drives no browser, and unpairs no machine.
TEST_F(PairedWithHub, OnlyTheDevicesChannelCommandsAndUnpairs) {
    serve();
    store_in_backend("cdp-command", {{"id", 1}, {"method", "Browser.getVersion"}}, "settings:global");
    store_in_backend("unpair", json::object(), "settings:global");
    store_in_backend("cdp-result", {{"id", 1}, {"ok", true}}, "settings:global");
    ASSERT_TRUE(until([this] { return others.size() == 3; }, 20s));
    EXPECT_THAT(others,
                ElementsAre("settings:global cdp-command", "settings:global unpair", "settings:global cdp-result"));
    EXPECT_EQ(unpairs, 0);
    EXPECT_EQ(commands(), 0u);
    EXPECT_EQ(links->foreign_results(), 0u);
}

TEST_F(PairedWithHub, AnUnpairIsHandedOn) {
    serve();
    controller->broadcast("unpair", "{}");
    ASSERT_TRUE(until([this] { return unpairs == 1; }));
    EXPECT_THAT(others, IsEmpty());
    EXPECT_EQ(ended, 0) << "the listener ends it";
}

TEST_F(PairedWithHub, OfStoredMessagesOnlyAnUnpairCounts) {
    store_in_backend("cdp-command", {{"id", 1}, {"method", "Browser.getVersion"}});
    store_in_backend("vpn-on");
    store_in_backend("unpair");
    serve();
    ASSERT_TRUE(until([this] { return unpairs == 1; })) << "it was sent while this machine was off";
    controller->command(R"({"id":2,"method":"Browser.getVersion"})");
    EXPECT_EQ(reason_of("2"), "browser_unavailable");
    EXPECT_EQ(commands(), 1u) << "the stored one is not carried out";
    EXPECT_EQ(controller->copies("1"), 0u);
    EXPECT_THAT(others, IsEmpty());
}

TEST_F(PairedWithHub, ResultsOfSomebodyElseAreCounted) {
    serve();
    controller->broadcast("cdp-result", R"({"id":7,"ok":true,"result":{}})");
    controller->broadcast("cdp-result", R"({"id":8,"ok":true,"result":{}})");
    ASSERT_TRUE(until([this] { return links->foreign_results() == 2; }));
    EXPECT_THAT(others, IsEmpty());
}

TEST_F(PairedWithHub, ACommandBeyondTheReadLimitIsAnsweredByItsId) {
    config.realtime.read_limit = 65536;
    serve();
    const auto params = json{{"expression", std::string(70000, 'x')}}.dump();
    controller->command(R"({"id":"big","method":"Runtime.evaluate","params":)" + params + "}");
    const auto text = controller->result("\"big\"");
    ASSERT_TRUE(text);
    const auto data = json::parse(*text)["error"]["data"];
    EXPECT_EQ(data["reason"], "too_large");
    EXPECT_EQ(data["limit"], 65536);
    EXPECT_TRUE(joined()) << "the link stands";
}

TEST_F(PairedWithHub, WhileAPersonHasTheMachineItIsBusyAndNotPresent) {
    serve();
    links->set_pause(relay::Pause{});
    ASSERT_TRUE(until([this] { return presence_says("leaves"); }));
    controller->command(R"({"id":1,"method":"Browser.getVersion"})");
    EXPECT_EQ(reason_of("1"), "busy");
    controller->forget();
    links->set_pause(std::nullopt);
    EXPECT_TRUE(until([this] { return presence_says("joins"); }));
    controller->command(R"({"id":2,"method":"Browser.getVersion"})");
    EXPECT_EQ(reason_of("2"), "browser_unavailable") << "the browser is asked again";
}

TEST_F(PairedWithHub, WhoAsksTheAgentHearsItsNames) {
    serve();
    auto agent = info("1")["agent"];
    EXPECT_EQ(agent["uuid"], device_one);
    EXPECT_EQ(agent["name"], "a test");
    EXPECT_EQ(agent["version"], BMC_VERSION);
    const auto instance = agent["instance"];
    EXPECT_EQ(instance.get<std::string>().size(), 36u);
    links->rename("another name");
    agent = info("2")["agent"];
    EXPECT_EQ(agent["name"], "another name");
    EXPECT_EQ(agent["instance"], instance) << "the process is the same";
}

TEST_F(PairedWithHub, TheSpoolIsOfferedUnlessItCannotBeUsed) {
    serve();
    EXPECT_EQ(info("1")["limits"]["spool"], config.relay.spool.folder);
}

TEST_F(PairedWithHub, ASpoolThatCannotBeUsedIsNotOffered) {
    serve(boost::system::errc::make_error_code(boost::system::errc::permission_denied));
    const auto limits = info("1")["limits"];
    EXPECT_EQ(limits.value("spool", ""), "");
    EXPECT_THAT(links->router().status().spool_trouble, HasSubstr(config.relay.spool.folder));
}

TEST_F(PairedWithHub, AStopAnswersWhatIsInFlightWithItsReasonAndLeaves) {
    config.browser.unavailable_grace = 1h;
    serve();
    controller->command(R"({"id":1,"method":"Browser.getVersion"})");
    ASSERT_TRUE(until([this] { return in_flight() == 1; }));
    links->stop("it stops for a test", 2s, leave);
    EXPECT_EQ(reason_of("1"), "stopping");
    EXPECT_THAT(*controller->result("1"), HasSubstr("it stops for a test"));
    ASSERT_TRUE(is_over());
    EXPECT_FALSE(failed) << failed.message();
    EXPECT_EQ(in_flight(), 0u);
    EXPECT_TRUE(until([this] { return backend.tenant().sockets().size() == 1; })) << "only the controller's is left";
}

TEST_F(PairedWithHub, WindingDownLetsWhatIsInFlightEndAndTakesNothingNew) {
    config.browser.unavailable_grace = 1s;
    serve();
    controller->command(R"({"id":1,"method":"Browser.getVersion"})");
    ASSERT_TRUE(until([this] { return in_flight() == 1; }));
    links->wind_down("it stops for a test", 20s, leave);
    controller->command(R"({"id":2,"method":"Browser.getVersion"})");
    EXPECT_EQ(reason_of("2"), "stopping") << "while the first one is still awaited";
    EXPECT_EQ(controller->copies("1"), 0u);
    EXPECT_EQ(reason_of("1"), "browser_unavailable") << "its own answer, and not that of the stop";
    const auto answered = platform::BootClock::now();
    ASSERT_TRUE(is_over());
    EXPECT_LT(platform::BootClock::now() - answered, 10s) << "nothing is waited for any more";
}

TEST_F(PairedWithHub, WindingDownKeepsTheLastOfTheGraceForTheAnswers) {
    config.browser.unavailable_grace = 1h;
    serve();
    controller->command(R"({"id":1,"method":"Browser.getVersion"})");
    ASSERT_TRUE(until([this] { return in_flight() == 1; }));
    const auto begun = platform::BootClock::now();
    links->wind_down("it stops for a test", 1500ms, leave);
    EXPECT_EQ(reason_of("1"), "stopping");
    EXPECT_GE(platform::BootClock::now() - begun, 1s) << "the last half second is for leaving";
    ASSERT_TRUE(is_over());
}

TEST_F(PairedWithHub, WindingDownWithNothingInFlightIsAStop) {
    serve();
    links->wind_down("it stops for a test", 1h, leave);
    ASSERT_TRUE(is_over());
    EXPECT_THAT(seen, Not(IsEmpty()));
}

TEST_F(PairedWithHub, AStopEndsAWindingDown) {
    config.browser.unavailable_grace = 1h;
    serve();
    controller->command(R"({"id":1,"method":"Browser.getVersion"})");
    ASSERT_TRUE(until([this] { return in_flight() == 1; }));
    links->wind_down("it stops for a test", 1h, leave);
    settle();
    EXPECT_EQ(ended, 0);
    links->stop("unpaired", 2s, leave);
    EXPECT_EQ(reason_of("1"), "stopping");
    EXPECT_THAT(*controller->result("1"), HasSubstr("unpaired"));
    ASSERT_TRUE(is_over());
}

}  // namespace
}  // namespace agent::daemon
