// The folder that a launched browser lives in: temporary and named after its owner, or the owner's own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/unique_fd.hpp"

namespace cdp {

/// A temporary folder `bmc-browser-PID-STARTTIME-xxxxxx` (0700), locked while we live and removed with us; what a kill
/// leaves is removed by the next one's sweep.
class TemporaryFolder {
  public:
    /// Makes one below `base` (made if it is missing).
    static Result<TemporaryFolder> create(const std::filesystem::path& base);

    TemporaryFolder(TemporaryFolder&& other) noexcept;
    TemporaryFolder& operator=(TemporaryFolder&& other) noexcept;
    ~TemporaryFolder();

    const std::filesystem::path& path() const noexcept { return path_; }
    /// Removes it now. False: something is left (a process that still writes into it).
    bool remove() noexcept;

  private:
    TemporaryFolder() = default;
    std::filesystem::path path_;
    platform::UniqueFd lock_;
};

/// Removes the folders below `base` whose owner is dead, and ends browsers that still use one. Only folders of this
/// user's, by name, and not through links. Returns how many were removed.
std::size_t sweep_leftovers(const std::filesystem::path& base);

/// Likewise below every place where temporary folders of browsers may lie. Error: one stays.
Error sweep_all_leftovers(const std::string& runtime_folder);

/// Where a snap may see our folders; empty without a home.
std::filesystem::path snap_base();

/// Where sockets lie whose path would be too long elsewhere.
inline constexpr const char* short_base = "/tmp";

/// The pid and start time in a folder's name; nothing where it is no name of ours.
struct FolderOwner {
    pid_t pid = 0;
    std::uint64_t start_time = 0;
};
std::optional<FolderOwner> owner_of(std::string_view folder_name);

/// Where temporary folders go: the setting, else $TMPDIR, else /tmp.
std::filesystem::path temporary_base(const std::string& configured);

/// Processes that have the folder in their command line (the browser's own and its children).
std::vector<pid_t> processes_in(const std::filesystem::path& folder);

}  // namespace cdp
