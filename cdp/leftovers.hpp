// What a killed agent leaves of the browsers that it launched: their temporary folders, and processes that still use
// one.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "platform/core/result.hpp"

namespace cdp {

/// Removes the folders below `base` whose owner is dead, and ends browsers that still use one. Only folders of this
/// user's, by name, and not through links. Returns how many were removed.
std::size_t sweep_leftovers(const std::filesystem::path& base);

/// Likewise below every place where temporary folders of browsers may lie. Error: one stays.
Error sweep_all_leftovers(const std::string& runtime_folder);

/// Processes that have the folder in their command line (the browser's own and its children).
std::vector<pid_t> processes_in(const std::filesystem::path& folder);

}  // namespace cdp
