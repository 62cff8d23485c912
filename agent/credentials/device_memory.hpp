// What is remembered of the paired device besides its credential: when it was last joined, and what the backend said
// last about it. Gone with a wipe, and not written while one goes on. Thread rule: any thread. Writers are kept apart
// by the store's lock: without it they return Errc::locked and write nothing.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "agent/credentials/credential.hpp"
#include "agent/credentials/wipe_marker.hpp"
#include "platform/core/result.hpp"

namespace credentials {

using WallMillis = std::chrono::sys_time<std::chrono::milliseconds>;

/// The last join, by the server's clock.
struct LastJoin {
    WallMillis joined;       // last known joined
    WallMillis caught_up{};  // every stored message from before has come, or is from before the pairing
    std::string device;      // as which device; empty: an earlier release did not keep it
};

class DeviceMemory {
  public:
    /// `marker` outlives it.
    DeviceMemory(std::filesystem::path folder, const WipeMarker& marker)
        : folder_(std::move(folder)), marker_(marker) {}

    /// Nothing: the device was never joined.
    std::optional<LastJoin> last_join() const;
    Error note_join(const LastJoin& join) const;

    /// What the backend said last about the device, as the text that was saved here; private.
    std::optional<std::string> facts(std::size_t max_bytes) const;
    Error save_facts(std::string_view text) const;

  private:
    Error write(std::string_view name, std::string_view text) const;

    std::filesystem::path folder_;
    const WipeMarker& marker_;
};

}  // namespace credentials
