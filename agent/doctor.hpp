// `agent --doctor`: a line a check, with the remedy; and the support bundle, which holds its lines too.
#pragma once

#include <string>
#include <vector>

#include "agent/service/config.hpp"

namespace doctor {

enum class Outcome : std::uint8_t {
    ok,
    warning,  // works, and yet
    failed,   // does not work
    skipped,  // could not be looked at, or does not apply
};

struct Finding {
    std::string check;
    Outcome outcome = Outcome::ok;
    std::string what;    // what was seen
    std::string remedy;  // what to do; empty when nothing is to be done
};

std::vector<Finding> examine(const service::Loaded& loaded);

std::string for_people(const std::vector<Finding>& findings);
std::string as_json(const std::vector<Finding>& findings);
bool any_failed(const std::vector<Finding>& findings);

/// Doctor, status, metrics, configuration, last log lines, versions: text without secrets.
std::string support_bundle(const service::Loaded& loaded);

}  // namespace doctor
