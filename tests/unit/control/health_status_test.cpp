// What status, exit code, metrics and the service manager's line say of health.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "agent/control/health_report.hpp"
#include "agent/control/manager_line.hpp"
#include "agent/control/status.hpp"

namespace {

using namespace std::chrono_literals;
using control::Exit;
using control::Trouble;
using ::testing::HasSubstr;
using ::testing::Not;

struct HealthStatus : testing::Test {
    HealthStatus() {
        link.state = realtime::State::joined;
        browser.state = cdp::BrowserState::attached;
        report.paired = true;
        report.link = &link;
        report.browser = &browser;
        report.browser_mode = cdp::BrowserMode::hosted;
    }
    std::string json() const { return control::status_json(report, now); }
    std::string words() const { return control::status_for_people(json(), {}); }
    std::string metrics() const { return control::metrics_text(report, now); }
    std::string line() const { return control::manager_line(report, now); }
    Exit code() const { return control::exit_of_status(json()); }

    TimePoint now{1h};
    realtime::Status link;
    cdp::BrowserStatus browser;
    control::Report report;
};

TEST_F(HealthStatus, AllIsWell) {
    EXPECT_EQ(code(), Exit::ok);
    EXPECT_EQ(line(), "joined");
    EXPECT_THAT(words(), HasSubstr("health    ok: a command is served now\n"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_healthy 1\n"));
    EXPECT_THAT(metrics(), Not(HasSubstr("\"} 1\nbmc_agent_health_cause")));
    EXPECT_EQ(nlohmann::json::parse(json())["health"],
              (nlohmann::json{{"ok", true}, {"causes", nlohmann::json::array()}}));
}

TEST_F(HealthStatus, ADeadBrowserIsSeen) {
    browser.state = cdp::BrowserState::lost;
    browser.reason = "The browser host went away.";
    EXPECT_EQ(code(), Exit::no_browser);
    EXPECT_EQ(line(), "joined, and serves no command: no browser answers: The browser host went away.");
    EXPECT_THAT(words(), HasSubstr("health    no browser answers: The browser host went away.; systemctl status"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_healthy 0\n"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_health_cause{cause=\"no_browser\"} 1\n"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_health_cause{cause=\"spool_full\"} 0\n"));
    report.paused = "for 3 min";
    report.message = "hello";
    EXPECT_EQ(code(), Exit::paused);
    EXPECT_EQ(line(),
              "joined, and serves no command: no browser answers: The browser host went away. | paused | hello");
    for (const auto mode : {cdp::BrowserMode::hosted, cdp::BrowserMode::attach, cdp::BrowserMode::launch}) {
        report.browser_mode = mode;
        const auto remedy = control::vitals_of(report).browser_remedy;
        EXPECT_THAT(remedy, HasSubstr(mode == cdp::BrowserMode::hosted   ? "systemctl start bmc-browser"
                                      : mode == cdp::BrowserMode::attach ? "browser.url"
                                                                         : "agent --doctor"));
    }
}

TEST_F(HealthStatus, WhatIsServedAllTheSameIsSaidAfterABut) {
    report.spool_trouble = "/spool: 10 of 10 bytes";
    EXPECT_EQ(code(), Exit::spool_full);
    EXPECT_EQ(line(), "joined, but the spool has no room for downloads and uploads: /spool: 10 of 10 bytes");
    report.audit_trouble = "/audit: No space left on device";
    EXPECT_EQ(code(), Exit::audit_stopped);
    report.token_left = 60s;
    EXPECT_EQ(code(), Exit::token_ends);
    link.not_accepted = "no right to write";
    EXPECT_EQ(code(), Exit::not_accepted);
    report.audit_refuses = true;
    EXPECT_EQ(code(), Exit::audit_stopped);
    EXPECT_EQ(nlohmann::json::parse(json())["health"]["causes"].size(), 4u);
}

TEST_F(HealthStatus, AnotherStateThanJoinedSaysItsReason) {
    link.state = realtime::State::waiting;
    link.reason = "no network";
    browser.state = cdp::BrowserState::lost;
    EXPECT_EQ(line(), "waiting: no network");
    EXPECT_EQ(code(), Exit::not_joined);
    report.paired = false;
    report.gate_reason = "not paired";
    EXPECT_EQ(code(), Exit::unpaired);
}

TEST_F(HealthStatus, EachTroubleHasAnExitCodeThatIsExplained) {
    std::set<Exit> explained;
    for (const auto& one : control::exit_meanings) explained.insert(one.code);
    for (std::size_t i = 0; i < control::troubles; ++i) {
        const auto code = control::exit_of(static_cast<Trouble>(i));
        EXPECT_NE(code, Exit::ok);
        EXPECT_NE(code, Exit::failure);
        EXPECT_TRUE(explained.contains(code)) << to_string(static_cast<Trouble>(i));
    }
}

// An upgrade leaves the running agent until nobody uses it: the new program asks the old one.
TEST(HealthOfAnOlderRelease, IsWhatItsStateSays) {
    using control::exit_of_status;
    EXPECT_EQ(exit_of_status(R"({"paired":true,"state":"joined","paused":""})"), Exit::ok);
    EXPECT_EQ(exit_of_status(R"({"paired":true,"state":"joined","link":{"twin":"yielding"}})"), Exit::yielding);
    EXPECT_EQ(exit_of_status(R"({"paired":true,"state":"joined","link":{"twin":"empty"}})"), Exit::disputed);
    EXPECT_EQ(exit_of_status(R"({"paired":true,"state":"joined","paused":"for 1 s"})"), Exit::paused);
    EXPECT_EQ(exit_of_status(R"({"paired":true,"state":"waiting"})"), Exit::not_joined);
    EXPECT_EQ(exit_of_status(R"({"paired":false})"), Exit::unpaired);
    EXPECT_EQ(exit_of_status("?"), Exit::failure);
    EXPECT_EQ(exit_of_status(R"({"health":{"ok":false,"causes":[{"cause":"of a later release"}]}})"), Exit::failure);
    EXPECT_THAT(control::status_for_people(R"({"paired":true,"state":"joined"})", {}), Not(HasSubstr("health")));
}

}  // namespace
