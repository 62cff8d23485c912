// What time it is at the server, and whether this machine's clock is far from it. Thread rule: the loop's thread.
#pragma once

#include <chrono>

#include "agent/credentials/core/server_clock.hpp"
#include "agent/credentials/credential.hpp"

namespace credentials {

class ServerTime {
  public:
    /// A Date of the server's came. A wrong clock is reported once, and once more after it was right in between.
    void learn(std::chrono::system_clock::time_point theirs);

    std::chrono::system_clock::time_point now() const;
    WallTime wall_now() const;

  private:
    ServerClock clock_;
    bool ours_is_wrong_ = false;  // by the last Date
};

}  // namespace credentials
