// Which devices the token may see, which of them are online, and what they run: rows by REST, presence on
// `devices:all`, and the browser by asking each agent that is online.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/bridge/controller.hpp"
#include "agent/realtime/core/failure.hpp"
#include "platform/net.hpp"

namespace bridge {

struct FarDevice {
    std::string uuid;
    std::string name;            // cleaned, like all text here
    std::optional<bool> online;  // nothing: presence could not be seen
    std::string version;         // of the agent; empty where it is not online
    std::string browser;         // empty where its agent is not online or did not answer
};

struct RollCall {
    std::vector<FarDevice> devices;  // by name
    std::string problem;             // why there is no list: a sentence
    realtime::Cause cause = realtime::Cause::passing;
    std::string presence_problem;  // why `online` is not known; empty: it is known
};

awaitable<RollCall> call_the_roll(Controller& controller);

/// The agents in the payload of a presence_state of `devices:all`: versions by the device's uuid. Nothing: unreadable.
std::optional<std::map<std::string, std::string>> read_presence(std::string_view payload);

}  // namespace bridge
