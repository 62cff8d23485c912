// What the cloud link is doing, for people: status command, service manager, metrics, doctor.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/realtime/core/budget.hpp"
#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/core/lifecycle.hpp"
#include "agent/realtime/core/twins.hpp"
#include "platform/core/time_point.hpp"

namespace realtime {

/// Counted since the start of the program; none of them ever falls.
struct Counters {
    std::uint64_t connections = 0;                  // sockets opened
    std::uint64_t joins = 0;                        // of the device channel
    std::uint64_t closes = 0;                       // device channel closed by the server on a live socket
    std::uint64_t rate_closures = 0;                // of those, for the tenant's rate limit
    std::array<std::uint64_t, classes> failures{};  // connections and joins lost or refused, by Class
    std::uint64_t frames_in = 0;
    std::uint64_t frames_too_long = 0;    // beyond Settings::read_limit: commands among them were refused
    std::uint64_t frames_unreadable = 0;  // skipped: broken text, unknown kinds, wrong shapes
    std::uint64_t frames_stale = 0;       // of an earlier join, or of a topic that is not joined
    std::uint64_t broadcasts_in = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t sent = 0;    // broadcasts written, copies included
    std::uint64_t resent = 0;  // of those, copies after a rejoin
    std::uint64_t acknowledged = 0;
    std::uint64_t expired = 0;
    std::uint64_t too_large = 0;
    std::uint64_t dropped = 0;       // refusals that had to make room
    std::uint64_t refused_full = 0;  // publish() that found no room
    std::uint64_t ack_errors = 0;    // answered with an error other than the size
    std::uint64_t tokens_pushed = 0;
    std::uint64_t sent_by_http = 0;
    std::uint64_t silenced = 0;  // commands not relayed for an elder agent of the same device
};

/// One channel besides the device's.
struct ChannelStatus {
    std::string topic;  // without "realtime:"
    bool joined = false;
    std::string reason;  // why not; empty while joined
};

/// A snapshot; the Supervisor's own lives as long as it does.
struct Status {
    State state = State::connecting;
    /// Why it is not joined, a sentence that names the remedy where there is one; empty while joined.
    std::string reason;
    Class failure = Class::unknown;  // of what; only meaningful with a reason
    /// Who ends it; passing also where the next try has something new to offer, such as a fresh token.
    Cause cause = Cause::passing;
    std::optional<TimePoint> next_try;  // while waiting
    bool newer_token = false;  // the failure speaks of a token that was replaced meanwhile: the next try is at once
    std::int64_t last_joined_ms = 0;        // last known joined, Unix milliseconds by the server's clock; 0: never
    std::optional<TimePoint> joined_since;  // while joined
    Twin twin = Twin::none;                 // another agent that claims to be this device, and was there before
    bool silenced = false;                  // for it: nothing is relayed
    bool younger_twin = false;              // another one came later, and gives way to this one
    std::string warning;                    // joined, and yet something is wrong; else empty
    std::string not_accepted;               // why the last result was not accepted; empty: it was
    double budget = 0;                      // broadcasts a second allowed now; 0: not paced
    double ceiling = 0;                     // up to which that comes back within minutes; 0: not paced
    Budget::Why budget_why = Budget::Why::setting;  // what holds it where it is
    std::optional<TimePoint> rate_closed_at;        // the last closure for the tenant's rate
    std::size_t outbox_messages = 0;
    std::size_t outbox_bytes = 0;
    std::size_t payload_limit = 0;
    /// Round trip of the last answered heartbeat.
    std::optional<Duration> round_trip;
    std::vector<ChannelStatus> channels;
    Counters counters;
};

}  // namespace realtime
