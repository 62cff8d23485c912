#include "agent/doctor/browser_findings.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/doctor/subject.hpp"
#include "cdp/machine_facts.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace doctor {

Finding explain_no_browser(const std::string& path) {
    if (path.empty()) {
        return {"browser", Outcome::failed, "no Chrome or Chromium was found",
                "apt-get install chromium, or set browser.path"};
    }
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) {
        return {"browser", Outcome::failed, path + " is there, and this user cannot run it",
                "chmod a+x it (and the folders above it), or set browser.path to another program"};
    }
    return {
        "browser", Outcome::failed, "no Chrome or Chromium was found at " + path,
        "set browser.path to where it is (command -v chromium) or leave it out; where there is none: apt-get install "
        "chromium"};
}

std::vector<Finding> judge_agents_browser(const nlohmann::json& status) {
    std::vector<Finding> findings;
    const auto state = word_of(status, "state");
    if (state == "attached") {
        findings.push_back({"browser start", Outcome::ok, "the running agent has one"});
        findings.push_back({"browser answer", Outcome::ok, word_of(status, "product")});
    } else {
        const auto reason = platform::clean(word_of(status, "reason"), reason_bytes);
        findings.push_back({"browser start", Outcome::failed, state + (reason.empty() ? "" : ": " + reason),
                            "systemctl status bmc-browser; journalctl -u bmc-browser"});
        findings.push_back({"browser answer", Outcome::skipped, "there is no browser"});
    }
    for (const auto* check : {"fence", "sandbox"}) {
        findings.push_back({check, Outcome::skipped, "the running agent uses the browser; stop it to look"});
    }
    return findings;
}

Finding judge_answer(const nlohmann::json* version, const std::string& refusal) {
    if (version != nullptr) {
        const auto product = platform::get_string(*version, "product").value_or("");
        return {"browser answer", Outcome::ok, platform::clean(product)};
    }
    return {"browser answer", Outcome::warning,
            platform::clean("Browser.getVersion was answered with " + refusal, reason_bytes),
            "it is no Chrome: the agent's log names what it does without"};
}

Finding judge_fence(cdp::BrowserMode mode, const cdp::Fence& fence) {
    if (mode != cdp::BrowserMode::launch) {
        return {"fence", Outcome::skipped,
                mode == cdp::BrowserMode::hosted ? "the browser host sees to it" : "somebody else started it"};
    }
    if (!fence.problem.empty()) {
        return {"fence", Outcome::warning, fence.problem,
                "allow user namespaces to this user, install the policy as an administrator, or run the browser by "
                "bmc-browser.service"};
    }
    return {"fence", Outcome::ok,
            fence.policy ? "Chrome itself knows the policy, and cannot read the agent's folders"
                         : "the browser cannot read the agent's folders; the profile full has no policy for Chrome"};
}

Finding judge_sandbox(const cdp::Settings& settings, const std::string& words) {
    if (settings.mode == cdp::BrowserMode::attach) return {"sandbox", Outcome::skipped, "somebody else started it"};
    if (words.empty())
        return {"sandbox", Outcome::skipped, "the page that tells, chrome://sandbox, is barred to this browser"};
    if (words.find("You are adequately sandboxed") != std::string::npos) {
        return {"sandbox", Outcome::ok, "every page has one"};
    }
    const auto& arguments = settings.extra_arguments;
    const bool switched_off = std::find(arguments.begin(), arguments.end(), "--no-sandbox") != arguments.end();
    return {"sandbox", Outcome::failed, "the browser runs without it: a page that breaks it has this user's rights",
            switched_off ? "take --no-sandbox out of browser.arguments, and see the line  user namespaces"
                         : remedy_of_browser(failure_of(settings, {}, cdp::LaunchCause::no_sandbox))};
}

BrowserFailure failure_of(const cdp::Settings& settings, Error error, cdp::LaunchCause cause) {
    return {settings.mode, error, cause, cdp::in_container(), cdp::user_namespaces_barred()};
}

}  // namespace doctor
