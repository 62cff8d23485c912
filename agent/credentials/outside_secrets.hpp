// Secrets that others put on this machine for us: token files, key files, systemd's credentials.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "agent/credentials/credential.hpp"
#include "platform/core/result.hpp"

namespace credentials {

inline constexpr std::size_t outside_bytes = 64 * 1024;

/// Reads such a file, white space at its ends removed. A file that others may read is refused, save below
/// $CREDENTIALS_DIRECTORY, where the folder keeps others out and an access list shows as a group's right.
Result<Secret> read_outside(const std::filesystem::path& path);

/// The path of systemd's credential of that name, when the manager gave one.
std::optional<std::filesystem::path> systemd_credential(std::string_view name);

}  // namespace credentials
