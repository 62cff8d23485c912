// The service manager's watchdog, fed from the loop itself: a loop that hangs is noticed.
#pragma once

#include "platform/net.hpp"

namespace platform {

/// Feeds the watchdog until it is cancelled. Returns at once where none is set for this process.
awaitable<void> feed_watchdog();

}  // namespace platform
