// What the running agent says of its own health, where the line about the service does not say it.
#include <nlohmann/json.hpp>

#include "agent/control/core/health.hpp"
#include "agent/doctor/examination.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace doctor {
namespace {

/// The lines about the service and its twins tell of these.
bool told_elsewhere(control::Trouble trouble) {
    return trouble <= control::Trouble::yielding || trouble == control::Trouble::disputed;
}

}  // namespace

void Examination::health() {
    const auto* told = status_ ? platform::find(*status_, "health") : nullptr;
    const auto* causes = told != nullptr ? platform::find(*told, "causes") : nullptr;
    if (causes == nullptr || !causes->is_array()) return skip({"health"}, "no agent of this release runs");
    const auto before = findings_.size();
    for (const auto& cause : *causes) {
        const auto what = control::trouble_named(platform::get_string(cause, "cause").value_or(""));
        if (what && told_elsewhere(*what)) continue;
        add("health", what && control::serves(*what) ? Outcome::warning : Outcome::failed,
            platform::clean(platform::get_string(cause, "sentence").value_or(""), reason_bytes),
            platform::clean(platform::get_string(cause, "remedy").value_or(""), reason_bytes));
    }
    if (findings_.size() > before) return;
    if (!causes->empty()) return skip({"health"}, "see the line  service");
    add("health", Outcome::ok, "the running agent serves a command now");
}

}  // namespace doctor
