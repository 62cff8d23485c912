// What status says of the browser: above all when it does not stay up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/control/status.hpp"
#include "cdp/settings.hpp"

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

struct BrowserStatus : testing::Test {
    std::string json() const {
        control::Report report;
        report.paired = true;
        report.browser = &browser;
        report.browser_mode = cdp::BrowserMode::launch;
        report.open_port = open_port;
        return control::status_json(report, now);
    }
    std::string words() const { return control::status_for_people(json(), {}); }

    TimePoint now{1h};
    bool open_port = false;
    cdp::BrowserStatus browser;
};

TEST_F(BrowserStatus, TellsACrashLoopAndWhenItTriesAgain) {
    browser.state = cdp::BrowserState::lost;
    browser.reason = "The browser ended at its start (exit status 1).";
    browser.failures = 2;
    browser.next_try = now + 42s;
    EXPECT_THAT(words(), HasSubstr("launch, lost: The browser ended at its start (exit status 1).; next try in 42 s"));
    EXPECT_THAT(words(), Not(HasSubstr("in a row")));
    browser.failures = 3;
    EXPECT_THAT(words(), HasSubstr("; it ended 3 times in a row; next try in 42 s"));
    const auto tree = nlohmann::json::parse(json());
    EXPECT_EQ(tree["browser"]["failures_in_a_row"], 3);
    EXPECT_EQ(tree["browser"]["next_try_s"], 42);
}

TEST_F(BrowserStatus, SaysNothingOfTriesWhileItAnswers) {
    browser.state = cdp::BrowserState::attached;
    browser.version.product = "Chrome/156.0.0.0";
    EXPECT_THAT(words(), HasSubstr("launch, attached, Chrome/156.0.0.0\n"));
    EXPECT_FALSE(nlohmann::json::parse(json())["browser"].contains("next_try_s"));
}

TEST_F(BrowserStatus, SaysWhatThePersonAtItHasToDo) {
    browser.state = cdp::BrowserState::launching;
    browser.reason = "Waiting for somebody to press Allow in Chrome.";
    EXPECT_THAT(words(), Not(HasSubstr("agent --resume")));
    browser.waits_for_person = true;
    EXPECT_THAT(words(), HasSubstr("launch, launching: Waiting for somebody to press Allow in Chrome."));
    EXPECT_THAT(words(), HasSubstr("run agent --resume"));
}

TEST_F(BrowserStatus, SaysThatThePolicyIsAdvisoryWhereAPortIsOpen) {
    EXPECT_THAT(words(), Not(HasSubstr("advisory")));
    open_port = true;
    EXPECT_THAT(words(), HasSubstr("policy    advisory"));
    EXPECT_EQ(nlohmann::json::parse(json())["browser"]["policy"], "advisory");
}

TEST(OpensPort, ByAttachingOrByTheOwnersSwitch) {
    cdp::Settings settings;
    EXPECT_FALSE(cdp::opens_port(settings));
    settings.extra_arguments = {"--remote-debugging-portable", "--remote-debugging-port=9222"};
    EXPECT_TRUE(cdp::opens_port(settings));
    settings.mode = cdp::BrowserMode::hosted;
    EXPECT_FALSE(cdp::opens_port(settings)) << "its arguments are the host's";
    settings.mode = cdp::BrowserMode::attach;
    EXPECT_TRUE(cdp::opens_port(settings));
}

}  // namespace
