// Which devices the token may see, which of them are online, and what they run: rows by REST, presence on
// `devices:all`, and the browser by asking each agent that is online.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/bridge/controller.hpp"
#include "agent/bridge/presence_watch.hpp"
#include "agent/bridge/sealing.hpp"
#include "agent/realtime/core/failure.hpp"
#include "platform/net.hpp"

namespace bridge {

struct FarDevice {
    std::string uuid;
    std::string name;            // cleaned, like all text here
    std::optional<bool> online;  // nothing: presence could not be seen
    std::string version;         // of the agent; empty where it is not online
    std::string browser;         // empty where its agent is not online or did not answer
    std::string refusal;         // why it is not spoken to, or not trusted: a sentence; empty: it is
};

struct RollCall {
    std::vector<FarDevice> devices;  // by name
    std::string problem;             // why there is no list: a sentence
    realtime::Cause cause = realtime::Cause::passing;
    std::string presence_problem;  // why `online` is not known; empty: it is known
};

/// With what keys a device is spoken to, or why it is not.
struct RollKeys {
    std::string refusal = {};           // a sentence; empty: it is spoken to
    std::optional<SealKeys> keys = {};  // nothing: in plain
};
using KeysOf = std::function<RollKeys(const Device&)>;

awaitable<RollCall> call_the_roll(Controller& controller, KeysOf keys_of);

/// Which of the devices are online, and their agents' versions.
void note_presence(RollCall& out, const PresenceLook& look);

}  // namespace bridge
