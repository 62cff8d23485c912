// What outlives a single connection: the parts of the cloud link that its connections use one after the other. Owned
// by the Supervisor; each part is a type, and is handed to the types that need it. One thread, the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "agent/credentials/tokens.hpp"
#include "agent/realtime/core/recent_ids.hpp"
#include "agent/realtime/core/reconnect.hpp"
#include "agent/realtime/core/replay.hpp"
#include "agent/realtime/core/twins.hpp"
#include "agent/realtime/delivery.hpp"
#include "agent/realtime/link_status.hpp"
#include "agent/realtime/settings.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace realtime {

/// How the agent shows itself in presence.
struct OwnPresence {
    bool present = true;             // off while a person has the machine
    std::uint64_t joined_at_ms = 0;  // first join of this run, Unix milliseconds by the server's clock; 0: not yet
    int closures = 0;                // of devices:all, for presence limits
};

struct LinkMemory {
    LinkMemory(net::any_io_executor on, platform::Worker& worker, const Settings& set, credentials::Tokens& held,
               Listener& told);

    /// The server just answered on the joined channel (or accepted the join, which says nothing yet of what it missed).
    void note_joined();

    const net::any_io_executor executor;
    platform::Worker& network;
    const Settings& settings;
    credentials::Tokens& tokens;
    Listener& listener;

    LinkStatus status;
    Delivery delivery;
    Reconnect reconnect;
    Replay replay;
    Twins twins;  // whether this agent gives way to another one of the same device
    OwnPresence own;
    std::function<void()> on_joined = [] {};  // told of each join of the device channel
    RecentIds sent_by_http;                   // ids of results that went over HTTP: they may come back from the channel

    /// stop() was called: until when everything has to be over.
    std::optional<TimePoint> stop_by;
};

}  // namespace realtime
