// The temporary folder that a launched browser lives in, named after its owner. Folders whose owner is dead are removed
// by cdp/leftovers.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/result.hpp"
#include "platform/unique_fd.hpp"

namespace cdp {

/// A temporary folder `bmc-browser-PID-STARTTIME-xxxxxx` (0700), locked while we live and removed with us; what a
/// kill leaves is removed by the next sweep (cdp/leftovers).
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

/// Whether somebody holds the folder's lock: then its owner is alive, in whatever pid namespace.
bool is_locked(const std::filesystem::path& folder);

/// Where temporary folders go: the setting, else $TMPDIR, else /tmp.
std::filesystem::path temporary_base(const std::string& configured);

}  // namespace cdp
