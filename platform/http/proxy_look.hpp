// What a proxy speaks that made no sense of what it was asked: the address in the configuration may name the other
// kind.
#pragma once

#include <cstdint>
#include <string>

#include "platform/core/time_point.hpp"

namespace platform {

enum class ProxySpeaks {
    nothing,  // that we know: it ended the connection, or kept silent
    http,
    socks,
};

/// Connects and asks in that language. Blocks for `limit` at most: for the network's worker.
ProxySpeaks ask_proxy(const std::string& host, std::uint16_t port, ProxySpeaks language, Duration limit);

}  // namespace platform
