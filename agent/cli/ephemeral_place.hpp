// Where an --ephemeral agent keeps its lock and its sockets when its user has no folder: in a container with a number
// for a user there is neither a home nor an entry that names one.
#pragma once

#include <filesystem>
#include <string>

#include "platform/paths.hpp"

namespace cli {

/// A folder of this run alone, removed with the object; none where the user's own folders can be used.
class EphemeralPlace {
  public:
    EphemeralPlace() = default;
    EphemeralPlace(const EphemeralPlace&) = delete;
    EphemeralPlace& operator=(const EphemeralPlace&) = delete;
    ~EphemeralPlace();

    /// Points `input` to a folder below $TMPDIR, /tmp or /dev/shm where it has to. A sentence where there is none.
    std::string find(platform::PathInput& input);

  private:
    std::filesystem::path folder_;
};

}  // namespace cli
