// `agent --doctor`: a line a check, with the remedy; and the support bundle, which holds its lines too.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.hpp"

namespace doctor {

enum class Outcome : std::uint8_t {
    ok,
    warning,  // works, and yet
    failed,   // does not work
    skipped,  // could not be looked at, or does not apply
};

/// Of a sentence that came from elsewhere (a server, a browser, the running agent) so much is shown.
inline constexpr std::size_t reason_bytes = 500;

struct Finding {
    std::string check;
    Outcome outcome = Outcome::ok;
    std::string what;    // what was seen
    std::string remedy;  // what to do; never empty for a warning or a failure
};

/// As root it sees what the service sees: the process becomes the user that owns the profile's files, for good.
/// Error: it could not.
Error become_owner(const config::Config& config);

/// Every check once, in the order in which one depends on the other.
std::vector<Finding> examine(const config::Loaded& loaded);

std::string for_people(const std::vector<Finding>& findings);
std::string as_json(const std::vector<Finding>& findings);
bool any_failed(const std::vector<Finding>& findings);

/// Doctor, status, metrics, configuration, last log lines, versions: text without secrets.
std::string support_bundle(const config::Loaded& loaded);

/// `text` without what opens doors: those of `secrets` that stand in it, tokens of the usual form, passwords in
/// addresses, and values whose names say that they are secret.
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace doctor
