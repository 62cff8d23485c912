// The folder that browser and agent share: downloads land in it, uploads come from it. Kept within a quota, and emptied
// when the device is unpaired. Source: the device channel's contract, "Spool".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

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
    std::size_t removed = 0;  // by this call, to come back within the quota
};

/// Makes the folder ready: creates it (0700 for ourselves; one that exists, such as one shared by group with the
/// browser's user, is left as it is). Refuses a link, something that is no folder, one that everybody may write, and a
/// path that is not absolute.
Error prepare_spool(const std::filesystem::path& folder);

/// Looks through the folder, without following links, and removes what is oldest until the rest is within the quota.
/// A download that is still being written counts and may go as well: the quota is a bound.
Result<SpoolUse> trim_spool(const std::filesystem::path& folder, std::size_t quota);

/// Removes all files in the folder, not the folder.
Error empty_spool(const std::filesystem::path& folder);

/// Keeps the quota until stop(). Looks at the folder on the worker, every `check_every`.
class Spool {
  public:
    Spool(net::any_io_executor executor, const SpoolSettings& settings, platform::Worker& files);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    SpoolUse use() const noexcept;
    awaitable<Error> run();
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace relay
