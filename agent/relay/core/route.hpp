// Where a command goes. Source: the device channel's contract, "Where a command goes".
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/relay/core/command.hpp"

namespace relay {

enum class Place : std::uint8_t {
    session,            // the session it names
    browser,            // the browser target
    browser_then_page,  // a stream: the browser target, and on `Invalid stream handle` the default page
    default_page,       // the page that stands in when none was named
    agent,              // the agent answers it itself
};

/// What Chrome answers for a handle that the asked target does not know.
inline constexpr std::string_view invalid_stream_handle = "Invalid stream handle";

/// Handles of results that the agent keeps begin with this.
inline constexpr std::string_view agent_stream_prefix = "agent:";

/// Whether the method works on the browser target, so that a command without a session is meant for it.
bool is_browser_level(std::string_view method) noexcept;

/// The place of a command. An `agent:` handle and the Agent domain are the agent's own whatever session is named: no
/// handle of Chrome's looks like that, and Chrome has no such domain.
Place route(const Command& command);

/// The handle of an IO.read or IO.close, decoded; empty where there is none. `scratch` holds it if it had escapes.
std::string_view stream_handle(std::string_view params, std::string& scratch);

}  // namespace relay
