// The folders of one launched browser: its temporary one, its profile, and where it may put sockets.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cdp/settings.hpp"
#include "cdp/temporary_folder.hpp"

namespace cdp {

class BrowserFolders {
  public:
    /// The settings outlive it.
    explicit BrowserFolders(const Settings& settings) noexcept : settings_{settings} {}

    /// Makes them for one browser; a sentence where that fails. What killed owners left is removed first, once. `snap`:
    /// the browser sees few folders.
    std::string prepare(bool snap);

    /// Valid from prepare() to forget().
    const std::filesystem::path& temporary() const noexcept { return folder_->path(); }
    /// The browser's profile: in the temporary folder, or the owner's own.
    const std::string& profile() const noexcept { return profile_; }
    /// The browser's TMPDIR; empty: its own choice.
    const std::string& sockets() const noexcept { return sockets_; }

    /// Tries to remove the temporary folder now. False: something is left (a process that still writes into it).
    bool remove() noexcept { return folder_->remove(); }
    /// The browser has ended.
    void forget() noexcept;

  private:
    std::string place_for_sockets();

    const Settings& settings_;
    bool swept_ = false;
    std::string profile_;
    std::string sockets_;
    std::optional<TemporaryFolder> folder_;
    std::optional<TemporaryFolder> short_folder_;  // where the path of the other is too long for a socket
};

}  // namespace cdp
