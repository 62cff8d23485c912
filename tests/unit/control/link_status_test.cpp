// What status, exit code and metrics say of the pace, and of another agent that claims this device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/control/status.hpp"

namespace {

using namespace std::chrono_literals;
using control::Exit;
using realtime::Budget;
using realtime::Twin;
using ::testing::HasSubstr;
using ::testing::Not;

struct LinkStatus : testing::Test {
    LinkStatus() { link.state = realtime::State::joined; }
    control::Report report() const {
        control::Report made;
        made.paired = true;
        made.link = &link;
        made.paused = paused;
        return made;
    }
    std::string json() const { return control::status_json(report(), now); }
    std::string words() const { return control::status_for_people(json(), {}); }
    std::string metrics() const { return control::metrics_text(report(), now); }
    Exit code() const { return control::exit_of_status(json()); }

    TimePoint now{1h};
    realtime::Status link;
    std::string paused;
};

TEST_F(LinkStatus, ATwinHasAStateAndAnExitCodeOfItsOwn) {
    EXPECT_EQ(code(), Exit::ok);
    EXPECT_THAT(words(), Not(HasSubstr("twin")));
    link.twin = Twin::yielding;
    link.silenced = true;
    EXPECT_EQ(code(), Exit::yielding);
    EXPECT_THAT(words(), HasSubstr("this one relays nothing"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_twin{state=\"yielding\"} 1\n"));
    link.twin = Twin::empty;
    link.silenced = false;
    EXPECT_EQ(code(), Exit::disputed);
    EXPECT_THAT(words(), HasSubstr("answers nothing: this one relays"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_twin{state=\"yielding\"} 0\n"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_twin{state=\"empty\"} 1\n"));
    EXPECT_EQ(nlohmann::json::parse(json())["link"]["twin"], "empty");
    link.twin = Twin::none;
    link.younger_twin = true;
    EXPECT_EQ(code(), Exit::ok) << "it relays";
    EXPECT_THAT(words(), HasSubstr("came later and gives way to this one"));
    paused = "until it is resumed";
    EXPECT_EQ(code(), Exit::paused);
}

TEST_F(LinkStatus, EachExitCodeIsExplainedOnce) {
    std::vector<Exit> seen;
    for (const auto& one : control::exit_meanings) {
        EXPECT_THAT(seen, Not(::testing::Contains(one.code)));
        seen.push_back(one.code);
    }
    EXPECT_THAT(seen, ::testing::IsSupersetOf({Exit::yielding, Exit::disputed}));
}

TEST_F(LinkStatus, SaysPaceCeilingAndWhy) {
    EXPECT_THAT(words(), Not(HasSubstr("pace"))) << "not paced";
    link.budget = link.ceiling = 20;
    EXPECT_THAT(words(), HasSubstr("pace      20.0 results a second\n"));
    link.budget = 1.25;
    link.ceiling = 14;
    link.budget_why = Budget::Why::closure;
    link.rate_closed_at = now - 90s;
    EXPECT_THAT(words(), HasSubstr("1.2 results a second, on its way back to 14.0; the project's limit"));
    const auto tree = nlohmann::json::parse(json())["link"];
    EXPECT_EQ(tree["budget"], 1.25);
    EXPECT_EQ(tree["budget_ceiling"], 14);
    EXPECT_EQ(tree["budget_why"], "closure");
    EXPECT_EQ(tree["rate_closed_s_ago"], 90);
    link.budget = 14;
    link.budget_why = Budget::Why::ceiling;
    EXPECT_THAT(words(), HasSubstr("14.0 results a second, the ceiling; it rises while nothing closes"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_budget_ceiling 14\n"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_budget_why{why=\"ceiling\"} 1\n"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_budget_why{why=\"setting\"} 0\n"));
}

}  // namespace
