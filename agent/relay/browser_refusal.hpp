// What the agent says of a command that the browser did not answer.
#pragma once

#include <string_view>

#include "agent/relay/core/result.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

/// `text` is the browser link's own sentence; where that says no more, ours stands. Not for Fate::result and
/// Fate::error, which the browser answered.
Refusal refusal_of(cdp::Fate fate, std::string_view text);

}  // namespace relay
