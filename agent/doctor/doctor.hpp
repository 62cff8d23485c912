// `agent --doctor`: a line a check, with the remedy; and the support bundle, which holds its lines too.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/doctor/finding.hpp"

namespace doctor {

/// Every check once, in the order in which one depends on the other. `device`: the one that the command line names for
/// a token of others; empty: none.
std::vector<Finding> examine(const config::Loaded& loaded, const std::string& device = {});

/// Doctor, status, metrics, configuration, last log lines, versions: text without secrets.
std::string support_bundle(const config::Loaded& loaded);

/// `text` without what opens doors: those of `secrets` that stand in it, tokens of the usual form, passwords in
/// addresses, and values whose names say that they are secret.
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace doctor
