// What the doctor makes of the running agent's status.
#include "agent/doctor/service.hpp"

#include <nlohmann/json.hpp>

#include "tests/unit/doctor/findings.hpp"

namespace {

using doctor::look_at_health;
using doctor::look_at_service;
using doctor::Outcome;
using nlohmann::json;
using tests::expect_finding;

json running(std::initializer_list<const char*> causes = {}, const std::string& state = "joined") {
    json status{{"version", BMC_VERSION}, {"state", state}, {"health", {{"causes", json::array()}}}};
    for (const auto* cause : causes) {
        status["health"]["causes"].push_back(
            {{"cause", cause}, {"sentence", std::string("it is ") + cause}, {"remedy", std::string("mend ") + cause}});
    }
    return status;
}

TEST(DoctorService, OneThatCannotBeAskedIsNotOneThatDoesNotRun) {
    const auto status = running();
    expect_finding(look_at_service(&status, "the socket is another user's"), Outcome::warning, "another user's",
                   "sudo");
    expect_finding(look_at_service(nullptr, ""), Outcome::warning, "no agent runs", "systemctl start");
}

TEST(DoctorService, OneThatServesIsWell) {
    const auto status = running();
    expect_finding(look_at_service(&status, ""), Outcome::ok, "runs and is joined");
}

TEST(DoctorService, OneOfAnotherReleaseIsRestartedWhateverElseItSays) {
    auto status = running({"unpaired"}, "gate");
    status["version"] = "0.0.1";
    expect_finding(look_at_service(&status, ""), Outcome::warning, "version 0.0.1 runs, this is " BMC_VERSION,
                   "systemctl restart");
}

TEST(DoctorService, ADeviceThatWasRemovedIsSaidBeforeTheState) {
    auto status = running({"not_joined"}, "waiting");
    status["device"] = {{"removed", true}};
    expect_finding(look_at_service(&status, ""), Outcome::warning, "removed at the backend", "agent --unpair");
}

TEST(DoctorService, TheGateHasTheReasonAndTheRemedyOfTheAgent) {
    auto status = running({"unpaired"}, "gate");
    status["reason"] = "not paired";
    expect_finding(look_at_service(&status, ""), Outcome::warning, "at its gate: not paired", "do what that says");
    status["remedy"] = "run  agent --pair";
    expect_finding(look_at_service(&status, ""), Outcome::warning, "at its gate", "agent --pair");
}

TEST(DoctorService, PausedTwinsAndALostLinkAreToldApart) {
    auto paused = running({"paused"});
    paused["paused"] = "for 10 min";
    expect_finding(look_at_service(&paused, ""), Outcome::warning, "paused for 10 min", "agent --resume");
    for (const auto* twin : {"yielding", "disputed"}) {
        const auto status = running({twin});
        expect_finding(look_at_service(&status, ""), Outcome::warning, "see the line  twin", "agent --status");
    }
    auto lost = running({"not_joined"}, "waiting");
    lost["link"] = {{"reason", "the project is paused"}};
    expect_finding(look_at_service(&lost, ""), Outcome::failed, "runs, waiting: the project is paused",
                   "agent --status");
}

TEST(DoctorService, WhatIsWrongBesidesTheLinkIsLeftToTheLineOfHealth) {
    const auto status = running({"no_browser"});
    expect_finding(look_at_service(&status, ""), Outcome::ok, "see the line  health");
}

TEST(DoctorHealth, SaysNothingOfAnAgentThatDoesNotRunOrHasNoSuchPart) {
    const json old{{"version", BMC_VERSION}};
    for (const auto* status : {static_cast<const json*>(nullptr), &old}) {
        const auto found = look_at_health(status);
        ASSERT_EQ(found.size(), 1U);
        expect_finding(found[0], Outcome::skipped, "no agent of this release runs");
    }
}

TEST(DoctorHealth, IsOkWithoutACause) {
    const auto status = running();
    const auto found = look_at_health(&status);
    ASSERT_EQ(found.size(), 1U);
    expect_finding(found[0], Outcome::ok, "serves a command now");
}

TEST(DoctorHealth, HasALineACauseAndFailsWhereCommandsAreNotServed) {
    const auto status = running({"no_browser", "token_ends", "never_heard_of"});
    const auto found = look_at_health(&status);
    ASSERT_EQ(found.size(), 3U);
    expect_finding(found[0], Outcome::failed, "it is no_browser", "mend no_browser");
    expect_finding(found[1], Outcome::warning, "it is token_ends", "mend token_ends");
    expect_finding(found[2], Outcome::failed, "it is never_heard_of", "mend never_heard_of");
}

TEST(DoctorHealth, LeavesToTheOtherLinesWhatTheyTell) {
    for (const auto* cause : {"unpaired", "not_joined", "paused", "yielding", "disputed"}) {
        const auto status = running({cause});
        const auto found = look_at_health(&status);
        ASSERT_EQ(found.size(), 1U) << cause;
        expect_finding(found[0], Outcome::skipped, "see the line  service");
    }
}

}  // namespace
