// Which agent a one-shot command speaks to, and what it may do in its place when none runs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/config/config.hpp"

namespace control::running {

/// What a command wants of the agent.
enum class Need {
    read,    // status and metrics: members of control.group may
    change,  // root and the agent's own user may
    pair,    // likewise, and where no agent runs the command does it itself: for the machine's service that takes root
};

struct Agent {
    std::filesystem::path socket;  // it listens there; empty: none runs for this profile
    std::string problem;           // the agent that is meant is out of reach; why, and what to do
    std::string remedy = {};       // of them the latter alone, where it is a matter of rights
};

/// The agent of this profile, if one runs; for an ordinary user without one the machine's service, as far as he may.
Agent find(const config::Config& config, Need need);

/// Who listens on that socket; nothing: nobody, or the system does not tell.
std::optional<long> pid_of(const std::filesystem::path& socket);

/// Root reads and writes in a service's folder as the service's user does: a file of root's would be unreadable to it.
/// The process is that user from then on, groups included. Returns what went wrong.
Error become_owner_of(const std::filesystem::path& folder);
/// The name of the user that become_owner_of() would become, or its number; empty: the process stays who it is.
std::string other_owner_of(const std::filesystem::path& folder);

}  // namespace control::running
