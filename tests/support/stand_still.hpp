// The loop of a test stands still, as under a stop signal: nothing of its thread runs meanwhile.
#pragma once

#include <poll.h>

#include "platform/standstill.hpp"

namespace support {

/// For somewhat longer than a standstill takes to be noticed.
inline void stand_still() {
    constexpr auto how_long =
        std::chrono::ceil<std::chrono::milliseconds>(platform::Standstills::least) + std::chrono::milliseconds{300};
    ::poll(nullptr, 0, static_cast<int>(how_long.count()));
}

}  // namespace support
