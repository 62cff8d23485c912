// Which agent a one-shot command speaks to, and what it may do in its place when none runs.
#pragma once

#include <filesystem>
#include <string>

#include "agent/arguments.hpp"
#include "agent/service/config.hpp"

namespace running {

struct Agent {
    std::filesystem::path socket;  // it listens there; empty: none runs for this profile
    std::string problem;           // the machine's service is meant and is out of reach; why, and what to do
};

/// The agent of this profile, if one runs. Without --user the machine's own service comes first: a person who pairs
/// "this machine" means it.
Agent find(const arguments::Parsed& parsed, const service::Config& config);

/// Root writes into a service's folder as the service's user would: a file of root's would be unreadable to it. Returns
/// what went wrong.
Error become_owner_of(const std::filesystem::path& folder);

}  // namespace running
