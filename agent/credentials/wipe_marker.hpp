// The marker of a wipe, and the tokens from outside that were wiped here and are refused from then on. The marker knows
// their hashes until they are in refused.json. Thread rule: any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/credentials/credential.hpp"
#include "platform/core/result.hpp"

namespace credentials {

class WipeMarker {
  public:
    /// The tokens that others have put on this machine: what a marker that was cut off may be about.
    using Outside = std::function<std::vector<Secret>()>;

    WipeMarker(std::filesystem::path folder, Outside outside)
        : folder_(std::move(folder)), outside_(std::move(outside)) {}

    /// Whether there is any trace of a wipe: the marker, whole or not, or its temporary file.
    bool is_there() const;

    /// The hashes of the tokens that a wipe is about: of `wiped`, and those of a wipe that did not finish.
    std::vector<std::string> hashes_of(const std::vector<std::string_view>& wiped) const;

    /// Writes it durably.
    Error set(const std::vector<std::string>& hashes) const;

    /// They are refused from now on, marker or none.
    Error refuse(const std::vector<std::string>& hashes) const;

    /// Moves the marker's hashes into refused.json. The marker stays.
    Error remember() const;

    /// The last step of a wipe.
    Error remove() const;

    /// Whether this token from outside was wiped here.
    bool refuses(std::string_view token) const;

  private:
    std::vector<std::string> own_hashes() const;
    std::filesystem::path file() const;
    std::filesystem::path refused_file() const;

    std::filesystem::path folder_;
    Outside outside_;
};

}  // namespace credentials
