// Notices a credential in the store that was put in place, changed or removed, at the gate and while the agent serves.
#pragma once

#include <filesystem>

#include "platform/net.hpp"
#include "platform/watch.hpp"

namespace credentials {

/// Watches the store's folder for a credential that is put in place, changed or removed, by whatever process.
class CredentialWatch {
  public:
    CredentialWatch(net::any_io_executor executor, std::filesystem::path folder);

    /// Begins to watch; changes from here on are not missed. The folder must be there (Store::open). Error: errno's.
    Error open() { return watch_.open(); }

    /// Returns when the credential's file was put in place, changed or removed since the last return (or since open()).
    /// Errors: operation_aborted when cancelled, ENOENT when the folder went away.
    awaitable<Error> something_changed() { return watch_.next(); }

  private:
    platform::FolderWatch watch_;
};

}  // namespace credentials
