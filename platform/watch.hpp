// Waits, as an awaitable, until a file in a folder was put in place, changed or removed.
// Thread rule: the loop's thread. One waiter at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "platform/net.hpp"

namespace platform {

class FolderWatch {
  public:
    /// `wanted` says whether a file's name is of interest. `begun`: also reports a file that was made and not written
    /// yet.
    FolderWatch(net::any_io_executor executor, std::filesystem::path folder,
                std::function<bool(std::string_view)> wanted, bool begun = false);
    ~FolderWatch();
    FolderWatch(const FolderWatch&) = delete;
    FolderWatch& operator=(const FolderWatch&) = delete;

    /// Changes from here on are not missed. The folder must be there. Error: errno's.
    Error open();

    /// Returns when a wanted file changed since open() or since the last return. Errors: operation_aborted when
    /// cancelled, ENOENT when the folder itself went away.
    awaitable<Error> next();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace platform
