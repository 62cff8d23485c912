// Which process listens at a TCP port of this machine, read from what Linux shows (proc(5), /proc/net/tcp and tcp6).
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace platform {

/// The user id that the table `text` names for a socket that listens at that port, at loopback or at any address.
/// Nothing: none does, or the text is no such table.
std::optional<std::uint32_t> listener_owner(std::string_view text, std::uint16_t port);

}  // namespace platform
