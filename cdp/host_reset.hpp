// How an agent has the browser host end its browser (cdp/browser_host.hpp says how the two speak).
#pragma once

#include <string>
#include <string_view>

#include "platform/net.hpp"
#include "platform/unique_fd.hpp"

namespace cdp {

/// What an agent sends to have the browser ended.
inline constexpr std::string_view host_reset_message = R"({"host":"reset"})";

/// That message as it is sent: a NUL in front ends a message that may have been half written before.
std::string host_reset_bytes();

/// Has the browser host at that socket end its browser, for who has no session with it. Blocks, for five seconds at
/// most. No host there: there is no browser either.
Error reset_host(const std::string& socket);

/// Sends the message on a connection to the host that there is. Does not block.
Error send_host_reset(const platform::UniqueFd& line);

/// Sends the message on a new connection, and leaves it to the host to read it. Does not block. No host there: there is
/// no browser either.
Error leave_host_reset(const std::string& socket);

}  // namespace cdp
