// What the running agent answers over its real control socket and its scrapers' port, to the user it runs as.
#include "agent/daemon/requests.hpp"

#include <nlohmann/json.hpp>

#include "tests/unit/daemon/whole.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;

class RequestsOverSocket : public parts::Whole, ReloadListener {
  protected:
    RequestsOverSocket() {
        auto lock = credentials::Lock::try_take(store.agent_lock_file());
        EXPECT_TRUE(lock);
        EXPECT_TRUE(requests.open(std::move(*lock)));
        state.show("starting");
        start([this] { return requests.run(); });
    }

    void TearDown() override {
        requests.end();
        EXPECT_TRUE(until([this] { return ended == 1; }));
        Whole::TearDown();
    }

    control::ControlReply ask(std::string method, std::string target) {
        auto blocking = [socket = config.paths.control_socket(), method = std::move(method),
                         target = std::move(target)]() -> Result<control::ControlReply> {
            return control::ask_agent(socket, method, target);
        };
        auto asking = [this, blocking]() -> awaitable<control::ControlReply> {
            auto reply = co_await platform::run_blocking(caller, blocking);
            co_return reply ? std::move(*reply) : control::ControlReply{};
        };
        return result_of(asking());
    }
    nlohmann::json answer(const std::string& target) {
        const auto reply = ask("POST", target);
        EXPECT_EQ(reply.status, 200) << reply.body;
        return nlohmann::json::parse(reply.body, nullptr, false);
    }

    Reporter reporter{{.config = config,
                       .tokens = tokens,
                       .hooks = hooks,
                       .pausing = pausing,
                       .gate = gate,
                       .device = device,
                       .state = state}};
    platform::Worker caller{"caller"};
    Requests requests{{.executor = io.get_executor(),
                       .network = network,
                       .files = files,
                       .config = config,
                       .store = store,
                       .tokens = tokens,
                       .state = state,
                       .reporter = reporter,
                       .unpairing = device.unpairing(),
                       .pausing = pausing,
                       .reloads = *this},
                      {.paths = {.user_scope = true,
                                 .environment = [this](const char* name) -> std::optional<std::string> {
                                     const bool is_home = std::string_view{name} == "HOME";
                                     return is_home ? std::optional{home.path().string()} : std::nullopt;
                                 }},
                       .file = {},
                       .flags = {},
                       .environment = {}}};

    void on_trust() override {}
};

TEST_F(RequestsOverSocket, StatusAndMetricsAreTheReporters) {
    state.stand_at_gate({.reason = "not paired", .remedy = "pair it"});
    const auto status = ask("GET", "/status");
    EXPECT_EQ(status.status, 200);
    EXPECT_EQ(nlohmann::json::parse(status.body)["health"]["causes"][0]["cause"], "unpaired");
    const auto metrics = ask("GET", "/metrics");
    EXPECT_EQ(metrics.status, 200);
    EXPECT_TRUE(metrics.body.ends_with("# EOF\n"));
}

TEST_F(RequestsOverSocket, ThePolicyIsTheOneInForce) {
    const auto allowed = ask("GET", "/policy?method=Browser.getVersion");
    EXPECT_EQ(allowed.status, 200);
    EXPECT_EQ(allowed.body.find("allowed"), 0u) << allowed.body;
    const auto refused = ask("GET", "/policy?method=Browser.crash");
    EXPECT_EQ(refused.body.find("refused"), 0u) << refused.body;
}

TEST_F(RequestsOverSocket, APauseBeginsAndEnds) {
    EXPECT_EQ(answer("/pause?for=600")["ok"], true);
    EXPECT_TRUE(pausing.current());
    EXPECT_EQ(pauses, 1);
    EXPECT_EQ(answer("/resume")["text"], "Relaying again.");
    EXPECT_FALSE(pausing.current());
}

TEST_F(RequestsOverSocket, AReloadReadsTheConfigurationAgain) {
    const auto done = answer("/reload");
    EXPECT_EQ(done["ok"], true) << done.dump();
    EXPECT_NE(done["text"].get<std::string>().find("Applied: "), std::string::npos);
}

TEST_F(RequestsOverSocket, AnUnpairWipes) {
    pair();
    const auto done = answer("/unpair");
    EXPECT_EQ(done["ok"], true) << done.dump();
    EXPECT_EQ(tokens.credential(), nullptr);
    EXPECT_FALSE(std::filesystem::exists(store.credential_file()));
}

TEST_F(RequestsOverSocket, APairingIsTheDesks) {
    EXPECT_EQ(ask("POST", "/pair").status, 400);
    EXPECT_EQ(ask("GET", "/pair/somewhere").status, 404);
}

TEST_F(RequestsOverSocket, TheLogAndNothingElse) {
    EXPECT_EQ(ask("GET", "/log").status, 200);
    EXPECT_EQ(ask("POST", "/log").status, 404);
    EXPECT_EQ(ask("GET", "/unpair").status, 405) << "a page that is only read changes nothing";
}

TEST_F(RequestsOverSocket, AtTheEndNobodyAnswers) {
    requests.end();
    ASSERT_TRUE(until([this] { return ended == 1; }));
    EXPECT_FALSE(ask("GET", "/status").running);
}

}  // namespace
}  // namespace agent::daemon
