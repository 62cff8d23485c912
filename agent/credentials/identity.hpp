// The key by which sealed clients know this device, beside its credential in the store: as private, sealed alike, and
// gone with it at a wipe. Thread rule: any thread; writers are kept apart by the store's lock.
#pragma once

#include <filesystem>

#include "agent/credentials/lock.hpp"
#include "agent/credentials/seal.hpp"
#include "agent/credentials/wipe_marker.hpp"
#include "platform/core/result.hpp"
#include "platform/ed25519.hpp"

namespace credentials {

class Identity {
  public:
    /// Both references outlive it.
    Identity(std::filesystem::path folder, const Seal& seal, const WipeMarker& marker)
        : folder_{std::move(folder)}, seal_{seal}, marker_{marker} {}

    /// Errc::none: there is none. Errc::wiped while the marker of a wipe is there.
    Result<platform::KeyPair> load() const;

    /// Made where there is none. Errc::locked: another process is at work, so that none could be made.
    Result<platform::KeyPair> load_or_make() const;

    /// For a pairing that holds the lock: another device has another key.
    Result<platform::KeyPair> make(const Lock& lock) const;

  private:
    std::filesystem::path file() const;

    std::filesystem::path folder_;
    const Seal& seal_;
    const WipeMarker& marker_;
};

}  // namespace credentials
