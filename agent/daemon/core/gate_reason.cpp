#include "agent/daemon/core/gate_reason.hpp"

namespace agent::daemon {

GateNotice gate_notice(const GateFacts& facts) {
    if (!facts.problem.empty()) return {.reason = facts.problem, .remedy = {}};
    // Any other sentence has a remedy already, and pairing may be none.
    if (!facts.unpaired) return {.reason = facts.store, .remedy = {}};
    return {.reason = facts.owed.empty() ? "not paired" : facts.owed,
            .remedy = "run `agent --pair` to pair this machine"};
}

bool gate_is_wanted(const GateFacts& facts) noexcept {
    return facts.unpaired && facts.problem.empty() && facts.owed.empty();
}

}  // namespace agent::daemon
