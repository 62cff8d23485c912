// The file known_devices of a profile on disk: private, and replaced as a whole. All calls block for a moment. One
// writer at a time: a lock file beside it keeps processes apart.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "agent/bridge/core/known_devices.hpp"

namespace bridge {

class KnownFile {
  public:
    /// `folder`: where the controller keeps what is its own. It need not be there yet.
    explicit KnownFile(std::filesystem::path folder);

    const std::filesystem::path& path() const noexcept { return path_; }

    /// No file: nothing is known. KnownDevices::wrong is a whole sentence with the path.
    KnownDevices read() const;

    /// Keeps the device's key. Returns a sentence; empty: it is kept.
    std::string remember(const KnownDevice& device);

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
