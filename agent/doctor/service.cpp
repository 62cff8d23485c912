#include "agent/doctor/service.hpp"

#include <nlohmann/json.hpp>

#include "agent/control/core/health.hpp"
#include "agent/control/status.hpp"
#include "agent/doctor/subject.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace doctor {
namespace {

/// The lines about the service and its twins tell of these.
bool told_elsewhere(control::Trouble trouble) {
    return trouble <= control::Trouble::yielding || trouble == control::Trouble::disputed;
}

Finding warn(std::string what, std::string remedy) {
    return {"service", Outcome::warning, std::move(what), std::move(remedy)};
}

/// Of one that runs as this release.
Finding judge_state(const nlohmann::json& status) {
    const auto code = control::exit_of_status(platform::to_text(status));
    if (code == control::Exit::ok) return {"service", Outcome::ok, "runs and is joined"};
    if (code == control::Exit::yielding || code == control::Exit::disputed) {
        return warn("runs and is joined, see the line  twin", "agent --status says who gives way to whom");
    }
    const auto state = word_of(status, "state");
    if (state == "joined" && code != control::Exit::paused) {
        return {"service", Outcome::ok, "runs and is joined; see the line  health"};
    }
    if (code == control::Exit::unpaired) {
        const auto remedy = word_of(status, "remedy");
        return warn("runs, at its gate: " + word_of(status, "reason"),
                    remedy.empty() ? "do what that says, or see the lines about the pairing above" : remedy);
    }
    if (code == control::Exit::paused) return warn("runs, paused " + word_of(status, "paused"), "run  agent --resume");
    const auto* link = part_of(&status, "link");
    const auto reason = link != nullptr ? word_of(*link, "reason") : "";
    return {"service", Outcome::failed, "runs, " + state + (reason.empty() ? "" : ": " + reason),
            "the checks above say why; agent --status has the time of the next try"};
}

}  // namespace

Finding look_at_service(const nlohmann::json* status, const std::string& out_of_reach) {
    if (!out_of_reach.empty()) return warn(out_of_reach, "sudo agent --doctor  sees what the service sees");
    if (status == nullptr) {
        return warn("no agent runs for this profile", "systemctl start bmc-agent, or run  agent");
    }
    const auto version = word_of(*status, "version");
    if (version != BMC_VERSION) {
        return warn("version " + version + " runs, this is " BMC_VERSION, "systemctl restart bmc-agent");
    }
    const auto* device = part_of(status, "device");
    if (device != nullptr && platform::get_bool(*device, "removed").value_or(false)) {
        return warn("runs, and its device was removed at the backend, or its token withdrawn",
                    "agent --unpair, or pair it again by  agent --pair");
    }
    return judge_state(*status);
}

std::vector<Finding> look_at_health(const nlohmann::json* status) {
    const auto* told = part_of(status, "health");
    const auto* causes = part_of(told, "causes");
    if (causes == nullptr || !causes->is_array()) {
        return {{"health", Outcome::skipped, "no agent of this release runs"}};
    }
    std::vector<Finding> findings;
    for (const auto& cause : *causes) {
        const auto what = control::trouble_named(word_of(cause, "cause"));
        if (what && told_elsewhere(*what)) continue;
        findings.push_back({"health", what && control::serves(*what) ? Outcome::warning : Outcome::failed,
                            platform::clean(word_of(cause, "sentence"), reason_bytes),
                            platform::clean(word_of(cause, "remedy"), reason_bytes)});
    }
    if (!findings.empty()) return findings;
    if (!causes->empty()) return {{"health", Outcome::skipped, "see the line  service"}};
    return {{"health", Outcome::ok, "the running agent serves a command now"}};
}

}  // namespace doctor
