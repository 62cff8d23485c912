// The wipe of everything that one pairing left here, whatever interrupts it: the marker first, then every copy, then
// what is owed outside of the folder, the marker last. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "agent/credentials/lock.hpp"
#include "agent/credentials/seal.hpp"
#include "agent/credentials/store_errors.hpp"
#include "agent/credentials/wipe_marker.hpp"
#include "platform/core/result.hpp"

namespace credentials {

/// How a wipe came to its last part.
enum class WipeEnd : std::uint8_t {
    orderly,      // by who did the rest, its browser down
    interrupted,  // by who found its marker
};

/// What a wipe does outside of the folder (downloads, the browser's profile), before its marker goes. An error: it
/// could not be done, and the marker stays.
using Owed = std::function<Error(WipeEnd)>;

class Wipe {
  public:
    /// `seal` and `marker` outlive it. `owed` empty: nothing.
    Wipe(std::filesystem::path folder, const Seal& seal, const WipeMarker& marker, Owed owed)
        : folder_{std::move(folder)}, seal_{seal}, marker_{marker}, owed_{std::move(owed)} {}

    /// Nothing in the folder is usable once this call began. `outside` are tokens that came from outside and cannot be
    /// erased here: they are refused from now on. Works without the lock too: who holds it finishes the wipe. Where
    /// something is owed the marker stays until finish().
    Error begin(const std::vector<std::string_view>& outside) const;

    /// Finishes one whose marker is there; no marker: nothing happens. Errc::owed: the marker stays.
    Error finish(const Lock& lock, WipeEnd how) const;

    /// Goes on with one whose marker is there, for a reader that found it: what is owed waits for who may do it, since
    /// a browser may still be there.
    void go_on() const;

    /// Every copy of a secret, and what else is of one pairing.
    Error erase_all() const;

  private:
    Result<Lock> try_lock() const;

    std::filesystem::path folder_;
    const Seal& seal_;
    const WipeMarker& marker_;
    Owed owed_;
};

}  // namespace credentials
