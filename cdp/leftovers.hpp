// What a killed agent leaves of the browsers that it launched: their temporary folders, and processes that still use
// one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "platform/core/result.hpp"

namespace cdp {

/// Removes the folders below `base` whose owner is dead, and ends browsers that still use one. Only folders of this
/// user's, by name, and not through links. Returns how many were removed.
std::size_t sweep_leftovers(const std::filesystem::path& base);

/// How long a folder is tried again into which somebody still writes: a killed browser's processes end one by one, and
/// not all of them name the folder. Another agent may be removing it, too.
inline constexpr std::chrono::milliseconds sweep_patience{3000};

/// Likewise below every place where temporary folders of browsers may lie, again until none is left. It blocks; mostly
/// for no longer than the removal itself. Error: one stays after `patience`.
Error sweep_all_leftovers(const std::string& runtime_folder, std::chrono::milliseconds patience = sweep_patience);

/// Processes that have the folder in their command line (the browser's own and its children).
std::vector<pid_t> processes_in(const std::filesystem::path& folder);

}  // namespace cdp
