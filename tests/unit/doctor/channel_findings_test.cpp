// What the doctor says of the device's channel, of what it met there and what the running agent has met.
#include "agent/doctor/channel_findings.hpp"

#include <nlohmann/json.hpp>

#include "tests/unit/doctor/findings.hpp"

namespace {

using doctor::judge_limits;
using doctor::judge_twin;
using doctor::judge_write;
using doctor::Outcome;
using nlohmann::json;
using realtime::Settled;
using tests::expect_finding;

json linked(json link) {
    return {{"link", std::move(link)}};
}

TEST(DoctorWrite, IsOkOnceTheServerTookOne) {
    expect_finding(judge_write(Settled::acknowledged, "whatever was said before"), Outcome::ok, "takes broadcasts");
}

TEST(DoctorWrite, ARightThatIsMissingIsNotASlowServer) {
    expect_finding(judge_write(std::nullopt, "may read this channel and not write"), Outcome::failed, "and not write",
                   "right to insert");
    expect_finding(judge_write(std::nullopt, ""), Outcome::failed, "no broadcast was acknowledged",
                   "nothing is to be done on this machine");
}

TEST(DoctorLimits, NamesTheSizeThatFits) {
    expect_finding(judge_limits({.great = Settled::too_large, .wanted = 3000000, .lowered = 250000}), Outcome::warning,
                   "realtime.payload_limit = 3000000", "set realtime.payload_limit = 250000");
}

TEST(DoctorLimits, TakesTheSizeThatTheRunningAgentHasFound) {
    const auto status = linked({{"payload_limit", 100000}});
    expect_finding(judge_limits({.wanted = 3000000, .status = &status}), Outcome::warning, "3000000",
                   "set realtime.payload_limit = 100000");
    const auto full = linked({{"payload_limit", 3000000}});
    expect_finding(judge_limits({.great = Settled::acknowledged, .wanted = 3000000, .status = &full}), Outcome::ok,
                   "3000000 bytes pass");
}

TEST(DoctorLimits, TellsOfTheRateThatTheRunningAgentHasMet) {
    const auto status = linked({{"rate_closures", 4}});
    expect_finding(judge_limits({.great = Settled::acknowledged, .wanted = 1000, .status = &status}), Outcome::warning,
                   "closed the channel 4 times", "realtime.budget_max");
}

TEST(DoctorLimits, OneThatWasNotTriedIsSkippedAndOneThatWasLostIsAWarning) {
    expect_finding(judge_limits({.wanted = 1000}), Outcome::skipped, "could be sent");
    expect_finding(judge_limits({.great = Settled::expired, .wanted = 1000}), Outcome::warning,
                   "not acknowledged in time", "the line may be slow");
}

TEST(DoctorTwin, IsSkippedWhereNobodyCouldLook) {
    expect_finding(judge_twin({.credential = true}), Outcome::skipped, "not joined");
    expect_finding(judge_twin({.reached = true}), Outcome::skipped, "not joined");
    const auto status = linked(json::object());
    expect_finding(judge_twin({.status = &status}), Outcome::skipped, "not joined");
}

TEST(DoctorTwin, TheRunningAgentsWordCountsWhereTheDoctorDidNotJoin) {
    const auto status = linked(json::object());
    expect_finding(judge_twin({.credential = true, .status = &status}), Outcome::ok, "no other agent");
    expect_finding(judge_twin({.credential = true, .reached = true}), Outcome::ok, "no other agent");
}

TEST(DoctorTwin, EachKindHasItsOwnRemedy) {
    expect_finding(judge_twin({.seen = true, .credential = true, .reached = true}), Outcome::failed, "another agent",
                   "before an agent starts here");
    const auto silenced = linked({{"silenced", true}});
    expect_finding(judge_twin({.credential = true, .reached = true, .status = &silenced}), Outcome::failed,
                   "another agent", "this machine gives way");
    const auto younger = linked({{"younger_twin", true}});
    expect_finding(judge_twin({.credential = true, .reached = true, .status = &younger}), Outcome::warning,
                   "gives way to this one", "pair the other machine");
    const auto empty = linked({{"twin", "empty"}, {"silenced", true}});
    expect_finding(judge_twin({.seen = true, .credential = true, .reached = true, .status = &empty}), Outcome::warning,
                   "answers no commands", "track presence");
    const auto foreign = linked({{"foreign_results", 7}});
    expect_finding(judge_twin({.credential = true, .reached = true, .status = &foreign}), Outcome::warning, "7 results",
                   "look for another agent");
}

}  // namespace
