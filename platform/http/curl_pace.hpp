// How often libcurl may be called for one transfer (a turn). libcurl asks for a call whenever a socket that it watches
// has something to read, but does not always read it. So 7.88 and 8.14 keep a core busy if a SOCKS 5 proxy closes the
// connection while they look up a host's name. Pure: the caller says what time it is.
#pragma once

#include <chrono>

#include "platform/core/time_point.hpp"

namespace platform {

class CurlPace {
  public:
    /// As many turns come at once: a transfer of 4 MB takes them, 16 KiB at a time.
    static constexpr int turns_at_once = 256;
    /// Then one in this time. With 16 KiB a turn a transfer still gets 4 MB in a second.
    static constexpr Duration turn_time = std::chrono::milliseconds{4};

    /// How long to rest before the next turn: zero, or at most turn_time.
    Duration rest(TimePoint now) noexcept;

  private:
    TimePoint due_ = TimePoint::min();  // of the next turn if no two ever came at once
};

}  // namespace platform
