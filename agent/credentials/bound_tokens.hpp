// Which backend a token from outside (a file, the service manager) belongs to: the one that was in force when it was
// used here first. A file of the state folder holds the tokens' hashes with their backends; it holds no secret.
#pragma once

#include <filesystem>
#include <string_view>

#include "agent/credentials/backend.hpp"
#include "platform/core/result.hpp"

namespace credentials {

/// The backend that the token was bound to in this state folder; not known() where it is seen for the first time.
Backend bound_backend(const std::filesystem::path& folder, std::string_view token);

/// Remembers it. The oldest of too many is forgotten. Errors: of the file.
Error bind_token(const std::filesystem::path& folder, std::string_view token, const Backend& backend);

}  // namespace credentials
