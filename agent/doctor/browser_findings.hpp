// What the doctor says of a browser that it started, or that the agent has. Only the folder of a path is looked at.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/doctor/finding.hpp"
#include "agent/doctor/remedy.hpp"
#include "cdp/core/fence_state.hpp"
#include "cdp/settings.hpp"

namespace doctor {

/// `path`: the configured one; empty: none is configured.
Finding explain_no_browser(const std::string& path);

/// `status`: what the running agent says of its browser.
std::vector<Finding> judge_agents_browser(const nlohmann::json& status);

/// `version`: what the browser is, or null where it refused to say, with `refusal`.
Finding judge_answer(const nlohmann::json* version, const std::string& refusal);

Finding judge_fence(cdp::BrowserMode mode, const cdp::Fence& fence);

/// `words`: what chrome://sandbox says; empty: it could not be asked.
Finding judge_sandbox(const cdp::Settings& settings, const std::string& words);

/// With what this machine has to do with it.
BrowserFailure failure_of(const cdp::Settings& settings, Error error, cdp::LaunchCause cause);

}  // namespace doctor
