#include "agent/daemon/reporter.hpp"

#include <nlohmann/json.hpp>

#include "tests/unit/daemon/whole.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;

class ReporterTest : public parts::Whole {
  protected:
    nlohmann::json status() const { return nlohmann::json::parse(reporter.status()); }
    std::string text() const { return reporter.status(); }
};

TEST_F(ReporterTest, AtTheGateTheReasonIsShown) {
    state.stand_at_gate({.reason = "not paired", .remedy = "pair it"});
    const auto shown = status();
    EXPECT_EQ(shown["paired"], false);
    EXPECT_NE(text().find("not paired"), std::string::npos);
    EXPECT_NE(text().find("pair it"), std::string::npos);
    EXPECT_EQ(shown["health"]["ok"], false);
    EXPECT_EQ(shown["health"]["causes"][0]["cause"], "unpaired");
}

TEST_F(ReporterTest, APairedDeviceIsNamed) {
    pair();
    const auto shown = status();
    EXPECT_EQ(shown["paired"], true);
    EXPECT_NE(text().find(parts::device_one), std::string::npos);
    EXPECT_NE(text().find("a test"), std::string::npos);
    EXPECT_EQ(text().find("token-1"), std::string::npos) << "never the token";
}

TEST_F(ReporterTest, AMessageAndAPauseAreShown) {
    pair();
    state.set_message("hello there");
    EXPECT_TRUE(result_of(pausing.pause(std::nullopt)).ok);
    EXPECT_NE(text().find("hello there"), std::string::npos);
    EXPECT_NE(text().find("until it is resumed"), std::string::npos);
}

TEST_F(ReporterTest, ATokenThatRunsOutIsANotice) {
    auto ending = credential();
    ending.expires_at = platform::wall_now() + 48h;
    tokens.adopt(std::move(ending));
    ASSERT_FALSE(status()["notices"].empty());
    EXPECT_NE(status()["notices"][0].get<std::string>().find("--rotate"), std::string::npos);
}

TEST_F(ReporterTest, AnOldProtocolIsANotice) {
    pair();
    const auto before = status()["notices"].size();
    config.realtime.vsn = realtime::Vsn::v1;
    EXPECT_EQ(status()["notices"].size(), before + 1);
}

TEST_F(ReporterTest, MetricsEndAsOpenMetricsDo) {
    const auto metrics = reporter.metrics();
    EXPECT_NE(metrics.find("bmc_agent_healthy 0"), std::string::npos);
    EXPECT_TRUE(metrics.ends_with("# EOF\n"));
}

TEST_F(ReporterTest, TheGateHasItsOwnLine) {
    state.show("gate: not paired");
    reporter.show();
    reporter.restarts_when_idle();
    EXPECT_EQ(state.line(), "gate: not paired");
}

TEST_F(ReporterTest, FollowsTheTokenUntilItIsCancelled) {
    pair();
    start([this] { return reporter.run(); });
    EXPECT_EQ(ended, 0);
    tokens.adopt(credential(parts::device_one, "token-2"));
    settle();
    EXPECT_EQ(ended, 0);
    cancel_all();
    EXPECT_TRUE(until([this] { return ended == 1; }));
}

}  // namespace
}  // namespace agent::daemon
