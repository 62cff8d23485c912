// A person takes the machine for a while: whether the agent is paused, until when, and the file that makes it survive
// restarts. daemon/pausing writes it; relay/admission asks it for each command.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "platform/core/result.hpp"

namespace relay {

/// Wall-clock time, since a pause is agreed with a person and outlives the process.
using WallTime = std::chrono::sys_seconds;

/// A pause; without `until` it lasts until somebody resumes.
struct Pause {
    std::optional<WallTime> until;

    bool over(WallTime now) const noexcept { return until && now >= *until; }
    /// "for 4 min" or "until it is resumed".
    std::string for_people(WallTime now) const;
};

/// The longest pause with an end; a longer one is surely a slip.
inline constexpr std::chrono::hours max_pause{24 * 30};

/// Reads "90", "90s", "10m", "2h", "1d" (a bare number means seconds). Nothing for anything else, zero, or more than
/// max_pause.
std::optional<std::chrono::seconds> read_pause_time(std::string_view text);

/// The file of a profile's state folder.
std::filesystem::path pause_file(const std::filesystem::path& state_folder);

/// The pause that is stored, or nothing: none, over, or unreadable (then it counts as a pause without an end, since
/// somebody wanted one).
std::optional<Pause> load_pause(const std::filesystem::path& state_folder, WallTime now);

Error store_pause(const std::filesystem::path& state_folder, const Pause& pause);
Error clear_pause(const std::filesystem::path& state_folder);
/// Leaves one that was stored meanwhile.
Error clear_pause_that_is_over(const std::filesystem::path& state_folder, WallTime now);

}  // namespace relay
