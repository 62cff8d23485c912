// What is remembered of the paired device besides its credential: when it was last joined, and what the backend said
// last about it. Gone with a wipe, and not written while one goes on. Thread rule: one thread at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "agent/credentials/credential.hpp"
#include "agent/credentials/wipe_marker.hpp"
#include "platform/core/result.hpp"

namespace credentials {

class DeviceMemory {
  public:
    /// `marker` outlives it.
    DeviceMemory(std::filesystem::path folder, const WipeMarker& marker)
        : folder_(std::move(folder)), marker_(marker) {}

    /// When this device was last joined: the replay of the next join starts there.
    std::optional<WallTime> last_joined() const;
    /// As which device; empty where an earlier release kept no such thing, nothing where it was never joined.
    std::optional<std::string> last_device() const;
    Error note_joined(WallTime when, std::string_view device) const;

    /// What the backend said last about the device, as the text that was saved here; private.
    std::optional<std::string> facts(std::size_t max_bytes) const;
    Error save_facts(std::string_view text) const;

  private:
    std::filesystem::path folder_;
    const WipeMarker& marker_;
};

}  // namespace credentials
