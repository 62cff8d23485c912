// What the doctor says of a browser that it started, or that the agent has.
#include "agent/doctor/browser_findings.hpp"

#include <nlohmann/json.hpp>

#include "tests/support/temp_folder.hpp"
#include "tests/unit/doctor/findings.hpp"

namespace {

using cdp::BrowserMode;
using doctor::Outcome;
using nlohmann::json;
using tests::expect_finding;

TEST(DoctorBrowser, NoneAtAllNoneAtThePathAndOneThatCannotBeRun) {
    tests::TempFolder folder;
    folder.put("chrome", "");
    expect_finding(doctor::explain_no_browser(""), Outcome::failed, "no Chrome or Chromium was found",
                   "apt-get install chromium");
    expect_finding(doctor::explain_no_browser(folder / "other"), Outcome::failed,
                   "was found at " + (folder / "other").string(), "set browser.path");
    expect_finding(doctor::explain_no_browser(folder / "chrome"), Outcome::failed, "cannot run it", "chmod a+x");
}

TEST(DoctorBrowser, TheAgentsOwnIsNotTriedASecondTime) {
    const auto found = doctor::judge_agents_browser({{"state", "attached"}, {"product", "Chrome/130"}});
    ASSERT_EQ(found.size(), 4U);
    expect_finding(found[0], Outcome::ok, "the running agent has one");
    expect_finding(found[1], Outcome::ok, "Chrome/130");
    EXPECT_EQ(found[2].check, "fence");
    expect_finding(found[2], Outcome::skipped, "stop it to look");
    EXPECT_EQ(found[3].check, "sandbox");
}

TEST(DoctorBrowser, TheAgentsOwnThatIsAwayIsAFailureWithItsReason) {
    const auto found = doctor::judge_agents_browser({{"state", "lost"}, {"reason", "the host\nwent away"}});
    ASSERT_EQ(found.size(), 4U);
    expect_finding(found[0], Outcome::failed, "lost: the host", "journalctl -u bmc-browser");
    EXPECT_EQ(found[0].what.find('\n'), std::string::npos);
    expect_finding(found[1], Outcome::skipped, "there is no browser");
    EXPECT_EQ(doctor::judge_agents_browser({{"state", "absent"}})[0].what, "absent");
}

TEST(DoctorBrowser, OneThatDoesNotSayWhatItIsMayServeAllTheSame) {
    const json version{{"product", "Chrome/130.0"}};
    expect_finding(doctor::judge_answer(&version, ""), Outcome::ok, "Chrome/130.0");
    expect_finding(doctor::judge_answer(nullptr, R"({"error":"no such method"})"), Outcome::warning, "no such method",
                   "it is no Chrome");
    EXPECT_LE(doctor::judge_answer(nullptr, std::string(5000, 'x')).what.size(), 600U);
}

TEST(DoctorFence, IsAskedOnlyOfABrowserThatWeStart) {
    expect_finding(doctor::judge_fence(BrowserMode::hosted, {}), Outcome::skipped, "the browser host sees to it");
    expect_finding(doctor::judge_fence(BrowserMode::attach, {}), Outcome::skipped, "somebody else started it");
}

TEST(DoctorFence, SaysWhatKeepsTheBrowserAndWhatDoesNot) {
    cdp::Fence fence{.wanted = true, .policy = true, .hidden = true, .problem = {}};
    expect_finding(doctor::judge_fence(BrowserMode::launch, fence), Outcome::ok, "Chrome itself knows the policy");
    fence.policy = false;
    expect_finding(doctor::judge_fence(BrowserMode::launch, fence), Outcome::ok, "has no policy for Chrome");
    fence.problem = "our folders are open";
    expect_finding(doctor::judge_fence(BrowserMode::launch, fence), Outcome::warning, "our folders are open",
                   "user namespaces");
}

TEST(DoctorSandbox, IsWhatChromeItselfSays) {
    cdp::Settings settings;
    settings.mode = BrowserMode::launch;
    expect_finding(doctor::judge_sandbox(settings, "...\nYou are adequately sandboxed."), Outcome::ok, "has one");
    expect_finding(doctor::judge_sandbox(settings, ""), Outcome::skipped, "chrome://sandbox");
    settings.extra_arguments = {"--no-sandbox"};
    expect_finding(doctor::judge_sandbox(settings, "You are NOT adequately sandboxed."), Outcome::failed, "without it",
                   "take --no-sandbox out");
    settings.extra_arguments.clear();
    const auto found = doctor::judge_sandbox(settings, "You are NOT adequately sandboxed.");
    expect_finding(found, Outcome::failed, "without it");
    EXPECT_EQ(found.remedy.find("take --no-sandbox out"), std::string::npos);
    settings.mode = BrowserMode::attach;
    expect_finding(doctor::judge_sandbox(settings, "You are NOT adequately sandboxed."), Outcome::skipped,
                   "somebody else started it");
}

}  // namespace
