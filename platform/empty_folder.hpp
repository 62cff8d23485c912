// Removing what lies in a folder that somebody else writes into, too.
#pragma once

#include <filesystem>

#include "platform/core/result.hpp"

namespace platform {

/// Removes all files and links in the folder; the folder stays, and so do those in it. A link in place of the folder is
/// not followed. No such folder: no error.
Error empty_folder(const std::filesystem::path& folder);

}  // namespace platform
