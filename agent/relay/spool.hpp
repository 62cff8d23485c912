// The folder that browser and agent share: downloads land in it, uploads come from it. Kept within a quota, and emptied
// when the device is unpaired. Source: the device channel's contract, "Spool".
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "agent/relay/core/downloads.hpp"
#include "agent/relay/settings.hpp"
#include "agent/relay/spool_trim.hpp"
#include "platform/net.hpp"

namespace platform {
class Worker;
}

namespace relay {

/// Makes the folder ready: creates it (0700 for ourselves; one that exists, such as one shared by group with the
/// browser's user, is left as it is). Refuses a link, something that is no folder, one that everybody may write, and a
/// path that is not absolute.
Error prepare_spool(const std::filesystem::path& folder);

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
