// The device's life against the stand-in of the backend: from the credential to the join, and each of its ends. No
// browser answers.
#include "agent/daemon/device_life.hpp"

#include <numeric>

#include "agent/daemon/reporter.hpp"
#include "tests/hub/hub.hpp"
#include "tests/hub/tenant.hpp"
#include "tests/unit/daemon/whole.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;
using hooks::HookEvent;
using parts::device_one;
using parts::device_two;
using realtime::State;

hub::Settings quick_hub() {
    hub::Settings settings;
    settings.join_penalty = hub::milliseconds{50};
    settings.upgrade_penalty = hub::milliseconds{20};
    settings.limits.events_per_second = 0;
    return settings;
}

class DeviceLifeWithHub : public parts::Whole {
  protected:
    DeviceLifeWithHub() : backend{io, quick_hub()} {
        const Error ec = backend.start();
        EXPECT_FALSE(ec) << ec.message();
        parts::name_backend(config, backend.base());
        config.realtime.reconnect_spread = 50ms;
        config.realtime.backoff_base = 20ms;
        config.realtime.optional_spread = 0s;
        config.browser.browser_url = "http://127.0.0.1:1";
    }
    ~DeviceLifeWithHub() override {
        backend.stop();
        settle();
    }

    credentials::Credential credential_of(const char* uuid) const {
        auto made = credential(uuid, backend.device_token(uuid));
        made.api_key = credentials::Secret(std::string_view{backend.anon_key()});
        return made;
    }
    /// `meanwhile` comes while the links are being made.
    void serve(const std::function<void()>& meanwhile = [] {}) {
        store_one(credential_of(device_one));
        ASSERT_FALSE(gate.open());
        leaving.up = false;
        auto found = result_of(gate.find());
        ASSERT_TRUE(found);
        leaving.up = true;
        tokens.adopt(std::move(*found));
        meanwhile();
        start([this] { return device.run(); });
        ASSERT_TRUE(until_in_time([this] { return state.joined(); })) << reporter.status();
    }
    bool until_in_time(const std::function<bool()>& done) { return until(done, 20s); }
    bool ends() {
        return until_in_time([this] { return ended == 1; });
    }
    /// On a disk that is slow a moment after the end, for which nobody waits long.
    bool wipe_is_finished() {
        return until_in_time([this] { return !store.wiping(); });
    }
    void send(const std::string& event, const hub::Json& payload = hub::Json::object()) {
        backend.tenant().database_send(payload, event, std::string{"device:"} + device_one, true);
    }
    std::uint64_t refusals() const {
        const auto& all = device.links()->router().status().traffic.refusals;
        return std::accumulate(all.begin(), all.end(), std::uint64_t{0});
    }

    hub::Hub backend;
    Reporter reporter{{.config = config,
                       .tokens = tokens,
                       .hooks = hooks,
                       .pausing = pausing,
                       .gate = gate,
                       .device = device,
                       .state = state}};
};

TEST_F(DeviceLifeWithHub, JoinsAndRemembersIt) {
    serve();
    EXPECT_TRUE(device.serving());
    ASSERT_NE(state.link(), nullptr);
    EXPECT_EQ(state.link()->state, State::joined);
    EXPECT_TRUE(until_in_time([this] { return tests::last_device(store) == device_one; }));
    EXPECT_LT(platform::wall_now() - tests::last_joined(store).value_or(credentials::WallTime{}), 60s);
    EXPECT_TRUE(fired(HookEvent::joined));
    EXPECT_FALSE(fired(HookEvent::lost));
    EXPECT_GT(health.told, 0);
    reporter.show();
    EXPECT_EQ(state.line().find("joined"), 0u) << state.line();
}

TEST_F(DeviceLifeWithHub, ALostLinkIsToldAndComesBack) {
    serve();
    backend.drop_all();
    ASSERT_TRUE(until_in_time([this] { return !state.joined(); }));
    EXPECT_TRUE(fired(HookEvent::lost));
    EXPECT_TRUE(until_in_time([this] { return state.joined(); }));
    EXPECT_EQ(ended, 0);
}

TEST_F(DeviceLifeWithHub, AnUnpairOverTheChannelWipesAllAndEndsIt) {
    home.put("spool/report.pdf", "downloaded");
    serve();
    send("unpair");
    ASSERT_TRUE(ends());
    EXPECT_EQ(tokens.credential(), nullptr);
    EXPECT_TRUE(wipe_is_finished());
    EXPECT_EQ(store.load().error(), credentials::Errc::none);
    EXPECT_TRUE(std::filesystem::is_empty(home / "spool"));
    EXPECT_TRUE(fired(HookEvent::unpaired));
    EXPECT_FALSE(device.serving());
    EXPECT_EQ(state.link(), nullptr);
    EXPECT_TRUE(until_in_time([this] { return backend.tenant().sockets().empty(); }));
}

TEST_F(DeviceLifeWithHub, AnUnpairOnRequestEndsItToo) {
    serve();
    const auto answer = result_of(device.unpairing().unpair_on_request(false));
    EXPECT_TRUE(answer.ok) << answer.text;
    EXPECT_TRUE(ends());
    EXPECT_TRUE(wipe_is_finished());
}

TEST_F(DeviceLifeWithHub, AWipeByAnotherProcessEndsIt) {
    serve();
    ASSERT_FALSE(store.wipe());
    EXPECT_TRUE(ends());
    EXPECT_EQ(tokens.credential(), nullptr);
    EXPECT_TRUE(wipe_is_finished());
}

TEST_F(DeviceLifeWithHub, APairingAsAnotherDeviceEndsItForTheGate) {
    serve();
    store_one(credential_of(device_two));
    EXPECT_TRUE(ends());
    const auto next = result_of(gate.find());
    ASSERT_TRUE(next);
    EXPECT_EQ(next->device_uuid, device_two);
    EXPECT_TRUE(gate.serves(device_two)) << "it was paired meanwhile";
}

TEST_F(DeviceLifeWithHub, TheStopWindsDownAndKeepsThePairing) {
    serve();
    home.put("spool/report.pdf", "downloaded");
    state.stop();
    device.wind_down("the agent is stopping", 2s);
    ASSERT_TRUE(ends());
    EXPECT_TRUE(store.load());
    EXPECT_NE(tokens.credential(), nullptr);
    EXPECT_TRUE(std::filesystem::exists(home / "spool/report.pdf"));
    EXPECT_FALSE(fired(HookEvent::unpaired));
}

TEST_F(DeviceLifeWithHub, TheStopWaitsForWhatIsInFlightAndAnUnpairingDoesNot) {
    config.browser.unavailable_grace = 1h;
    serve();
    send("cdp-command", {{"id", 1}, {"method", "Browser.getVersion"}});
    ASSERT_TRUE(until_in_time([this] { return device.links()->router().status().in_flight == 1; }));
    state.stop();
    device.wind_down("the agent is stopping", 1h);
    EXPECT_FALSE(until([this] { return ended == 1; }, 300ms));
    device.unpairing().unpair();
    ASSERT_TRUE(ends());
    EXPECT_TRUE(wipe_is_finished());
    EXPECT_EQ(store.load().error(), credentials::Errc::none);
}

TEST_F(DeviceLifeWithHub, APairingInMemoryLeavesNothing) {
    auto given = credential_of(device_one);
    given.origin = credentials::Origin::ephemeral;
    leaving.up = false;
    auto found = result_of(gate.bind(std::move(given)));
    ASSERT_TRUE(found);
    tokens.adopt(std::move(*found));
    start([this] { return device.run(); });
    ASSERT_TRUE(until_in_time([this] { return state.joined(); }));
    home.put("spool/report.pdf", "downloaded");
    state.stop();
    device.wind_down("the agent is stopping", 2s);
    ASSERT_TRUE(ends());
    EXPECT_TRUE(std::filesystem::is_empty(home / "spool"));
    EXPECT_EQ(store.load().error(), credentials::Errc::none);
}

TEST_F(DeviceLifeWithHub, EventsOfTheChannelReachTheirHooks) {
    serve();
    send("vpn-on");
    send("something-else");
    ASSERT_TRUE(until_in_time([this] { return device.events().ignored() == 1; }));
    EXPECT_TRUE(fired(HookEvent::vpn_on));
}

TEST_F(DeviceLifeWithHub, AMessageIsShownInTheServiceManagersLine) {
    serve();
    send("live-activity-message", {{"message", "hello there"}});
    ASSERT_TRUE(until_in_time([this] { return !state.message().empty(); }));
    reporter.show();
    EXPECT_NE(state.line().find("| hello there"), std::string::npos) << state.line();
    reporter.restarts_when_idle();
    EXPECT_TRUE(state.line().ends_with("| restarts when idle")) << state.line();
}

TEST_F(DeviceLifeWithHub, WhileAPersonHasTheMachineCommandsAreRefused) {
    serve();
    EXPECT_TRUE(result_of(pausing.pause(std::nullopt)).ok);
    device.apply_pause();
    send("cdp-command", {{"id", 1}, {"method", "Browser.getVersion"}});
    ASSERT_TRUE(until_in_time([this] { return device.links()->router().status().traffic.commands == 1; }));
    EXPECT_EQ(refusals(), 1u) << "at once, while no browser is waited for";
    reporter.show();
    EXPECT_NE(state.line().find("| paused"), std::string::npos) << state.line();
}

TEST_F(DeviceLifeWithHub, AReloadOfTheTrustThatComesBeforeTheLinksCounts) {
    config.browser.unavailable_grace = 1h;
    serve([this] {
        config.relay.trust.require = relay::Require::all;
        device.apply_trust();
    });
    send("cdp-command", {{"id", 1}, {"method", "Browser.getVersion"}});
    ASSERT_TRUE(until_in_time([this] { return device.links()->router().status().traffic.commands == 1; }));
    EXPECT_EQ(refusals(), 1u) << "plain commands are not wanted any more";
}

TEST_F(DeviceLifeWithHub, AfterItsEndTheNextOneIsServed) {
    serve();
    device.leave("for a test");
    ASSERT_TRUE(ends());
    start([this] { return device.run(); });
    EXPECT_TRUE(until_in_time([this] { return state.joined() && device.serving(); }));
    device.leave("for a test");
    EXPECT_TRUE(until_in_time([this] { return ended == 2; }));
}

}  // namespace
}  // namespace agent::daemon
