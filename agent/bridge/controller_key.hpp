// The key that this controller shows to far agents: the profile's own, made at its first use, or one from a file. All
// calls block for a moment.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "platform/ed25519.hpp"

namespace bridge {

/// A private key that somebody else made: Ed25519, in OpenSSH's format or PEM, without a passphrase. Nothing: `problem`
/// is a sentence.
std::optional<platform::KeyPair> read_controller_key(const std::filesystem::path& file, std::string& problem);

/// The profile's own key, in `folder`: read, or made and kept there. Nothing: `problem` is a sentence.
std::optional<platform::KeyPair> own_controller_key(const std::filesystem::path& folder, std::string& problem);

/// What stands behind the key in its line: USER@HOST.
std::string controller_name();

}  // namespace bridge
