// What this machine gives: private files, room on the disk, shared memory, user namespaces.
#pragma once

#include "agent/config/config.hpp"
#include "agent/doctor/finding.hpp"

namespace doctor {

/// Whether secrets are private, and nobody else writes the configuration.
Finding look_at_modes(const config::Config& config);
Finding look_at_disk(const config::Config& config);
Finding look_at_shared_memory(const config::Config& config);
Finding look_at_user_namespaces(const config::Config& config);

}  // namespace doctor
