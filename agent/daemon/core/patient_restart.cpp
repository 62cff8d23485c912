#include "agent/daemon/core/patient_restart.hpp"

#include <algorithm>

namespace agent::daemon {

std::optional<TimePoint> PatientRestart::look(TimePoint now, Use use) noexcept {
    if (now >= latest_) return std::nullopt;
    const bool used = use.busy || (commands_ && *commands_ != use.commands);
    commands_ = use.commands;
    if (used) quiet_since_ = now;
    if (!use.busy && now >= quiet_since_ + quiet_) return std::nullopt;
    return std::min(latest_, std::max(quiet_since_ + quiet_, now + shortest_wait));
}

}  // namespace agent::daemon
