// The file known_devices of a profile on disk: private, and replaced as a whole. All calls block for a moment. One
// writer at a time: a lock file beside it keeps processes apart.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "agent/bridge/core/known_devices.hpp"

namespace bridge {

/// A device's name as the file holds it: cleaned, at most relay::max_key_name_bytes, without blanks around it.
std::string known_name(std::string_view name);

class KnownFile {
  public:
    /// `folder`: where the controller keeps what is its own. It need not be there yet.
    explicit KnownFile(std::filesystem::path folder);

    const std::filesystem::path& path() const noexcept { return path_; }

    /// No file: nothing is known. KnownDevices::wrong is a whole sentence with the path.
    KnownDevices read() const;

    struct Remembered {
        std::string problem;  // a sentence; empty: none
        /// The device has this other key, which somebody has kept meanwhile: nothing was changed.
        std::optional<platform::PublicKey> other = {};
    };
    /// Keeps the device's key, and the name that it was used by. A key is never replaced: see forget().
    Remembered remember(const KnownDevice& device);

    struct Forgotten {
        bool was_known = false;
        std::string problem;  // a sentence; empty: none
    };
    Forgotten forget(std::string_view uuid);

  private:
    struct Text {
        std::string text;
        std::string problem;
    };
    Text load() const;
    std::string replace(const std::string& text);

    std::filesystem::path folder_;
    std::filesystem::path path_;
};

}  // namespace bridge
