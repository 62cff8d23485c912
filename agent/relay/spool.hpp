// The folder that browser and agent share: downloads land in it, uploads come from it. Kept within a quota, and emptied
// when the device is unpaired. Source: the device channel's contract, "Spool".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/relay/core/downloads.hpp"
#include "agent/relay/settings.hpp"
#include "platform/net.hpp"

namespace platform {
class Worker;
}

namespace relay {

/// What is in the folder.
struct SpoolUse {
    std::size_t files = 0;
    std::size_t bytes = 0;
    std::size_t removed = 0;              // by this call, to come back within the quota
    std::size_t disk_room = 0;            // bytes that the file system has left for us
    std::vector<DownloadInWork> in_work;  // of the files
};

/// The spool is full when less than this part of its quota, or of its number of files, is free: the next file makes an
/// older one go, or finds no room.
inline constexpr std::size_t spool_free_part = 20;
/// A file system with less room than this holds no download.
inline constexpr std::size_t spool_least_room = std::size_t{1} << 20;

/// Why files find no room there; empty: they do.
std::string spool_trouble(const SpoolSettings& settings, const SpoolUse& use);

/// Makes the folder ready: creates it (0700 for ourselves; one that exists, such as one shared by group with the
/// browser's user, is left as it is). Refuses a link, something that is no folder, one that everybody may write, and a
/// path that is not absolute.
Error prepare_spool(const std::filesystem::path& folder);

/// Looks through the folder, without following links, and removes the oldest files until the rest fits the quota and
/// the number of files. A file in work counts by its allocated size, and stays: a file that has lost its
/// name would grow unseen. One that nobody has written to for an hour is what a browser left that was killed.
Result<SpoolUse> trim_spool(const std::filesystem::path& folder, std::size_t quota,
                            std::size_t max_files = SpoolSettings{}.max_files);

/// Takes the bytes out of a file that is being written.
Error cut_download(const std::filesystem::path& folder, const std::string& guid);

/// Keeps the quota until stop(). Looks at the folder on the worker: when a file comes, often while one is being
/// written, and every `check_every` where the system does not tell of files.
class Spool {
  public:
    /// Ends a download in the browser; DownloadStep::cut never comes here.
    using EndDownload = std::function<void(const std::string& guid, DownloadStep step)>;

    Spool(net::any_io_executor executor, const SpoolSettings& settings, platform::Worker& files, EndDownload end);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    const SpoolUse& use() const noexcept;

    /// Why files find no room, or why the folder cannot be used; empty: all is well.
    const std::string& trouble() const noexcept;

    /// Called when trouble() has begun, has become another one or is over; must not destroy the Spool.
    void on_change(std::function<void()> listener);

    awaitable<Error> run();
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace relay
