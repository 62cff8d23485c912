// The sentence of an agent that stands at its gate. Pure.
#pragma once

#include <string>

namespace agent::daemon {

/// Why there is no credential to serve with, and what to do about it.
struct GateNotice {
    std::string reason;
    std::string remedy;  // empty: the reason has one

    /// Both in one line.
    std::string line() const { return reason + (remedy.empty() ? "" : "; ") + remedy; }
};

/// What is known where no credential can be used.
struct GateFacts {
    std::string problem = {};  // why the credential that is there is not used; empty: no such thing
    bool unpaired = false;     // the store holds none: none came, or it was wiped
    std::string owed = {};     // what a wipe still owes, as the store says it; empty: nothing
    std::string store = {};    // what is wrong with the store, as it says it; empty where it is unpaired
};

GateNotice gate_notice(const GateFacts& facts);

/// Somebody unpaired the machine, or nobody paired it yet: that is no trouble. All else keeps it from its work.
bool gate_is_wanted(const GateFacts& facts) noexcept;

}  // namespace agent::daemon
