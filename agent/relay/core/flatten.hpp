// Sessions of the old kind, which Chrome gives where `flatten` is not true, take commands only inside of
// Target.sendMessageToTarget and answer by events: nothing can be sent to them over the channel. Pure.
#pragma once

#include <string_view>

#include "agent/relay/core/policy.hpp"

namespace relay {

/// Whether the command opens sessions of either kind.
bool opens_sessions(std::string_view method) noexcept;

/// `rewrite`: with `flatten` where it was left out. `bad_request`: the session would be of no use, or `flatten` is
/// repeated. Where the policy passes Target.sendMessageToTarget, who asks for a session of the old kind gets one.
Judgement flatten(std::string_view params, const Policy& policy);

}  // namespace relay
