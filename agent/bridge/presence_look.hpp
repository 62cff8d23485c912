// One look at a channel's presence: joins it as a visitor, takes its presence_state, and leaves.
#pragma once

#include <optional>
#include <string>

#include "agent/bridge/channel.hpp"
#include "platform/net.hpp"

namespace bridge {

struct PresenceLook {
    std::optional<std::string> state;  // the payload of the presence_state
    std::string problem;               // why there is none: a sentence
};

/// Within `limit`. `topic` is without "realtime:".
awaitable<PresenceLook> look_at_presence(Channel::Needs needs, std::string topic, Duration limit);

}  // namespace bridge
