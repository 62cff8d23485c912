// A topic that a connection joins: its channel, what the join asks for, and when it is due; and which ones there are by
// the settings.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/realtime/core/channel.hpp"
#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/core/frame.hpp"
#include "agent/realtime/core/given_tokens.hpp"
#include "agent/realtime/settings.hpp"
#include "platform/core/time_point.hpp"

namespace realtime {

struct Subscription {
    Channel channel;
    JoinConfig config = {};
    bool device = false;  // the device's channel, or the one that stands in for it
    bool tracks = false;  // the agent shows itself there in presence
    TimePoint not_before = {};
    std::optional<Judgement> trouble = {};  // of the last refusal or close
    bool refused = false;                   // left alone until another token comes, or for hours
    GivenTokens tokens = {};                // that the server was given for it
    std::size_t shown = 0;                  // index in Status::channels, for others than the device's

    bool is(Channel::State state) const noexcept { return channel.state() == state; }
};

/// The device's channel first, then the optional ones. `uuid` is the device's.
std::vector<Subscription> subscriptions_of(const Settings& settings, const std::string& uuid);

}  // namespace realtime
