// One client: its session, its stream, its lease, and what it left in the browser. Plain data of Clients.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "agent/realtime/core/outbox.hpp"
#include "agent/relay/core/lease.hpp"
#include "agent/relay/core/numbered_stream.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

struct Client {
    enum class State : std::uint8_t {
        opening,    // its session was asked for
        open,       // it is served
        finishing,  // it takes nothing new, and ends when it has what it was sent
    };
    State state = State::opening;
    std::string id;
    std::string label;
    std::string session = {};   // the browser's name of its own session
    realtime::Ticket open = 0;  // the Agent.open that waits for an answer
    realtime::SenderId sender = 0;
    bool exclusive = false;
    NumberedStream stream;
    Lease lease;
    bool blocked = false;                              // the outbox had no room
    bool pumped = true;                                // nothing came since the last look at its stream
    std::set<std::string, std::less<>> contexts = {};  // browser contexts that it made
    TimePoint finish_by = TimePoint::max();
};

}  // namespace relay
