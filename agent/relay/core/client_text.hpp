// The texts of a client's life on the bus (contract, "Clients"): what Agent.open asks for, what is answered, and what
// the browser tells, in the browser's own words. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/time_point.hpp"

namespace relay {

/// The event that a client's stream comes down as.
inline constexpr std::string_view client_event = "cdp-event";

inline constexpr std::string_view open_client = "Agent.open";
inline constexpr std::string_view post_to_client = "Agent.post";
inline constexpr std::string_view close_client = "Agent.close";
inline constexpr std::string_view read_client_file = "Agent.fileRead";
inline constexpr std::string_view put_client_file = "Agent.filePut";
/// Inside of a seal: a command as it would be without a client.
inline constexpr std::string_view call_inside = "Agent.call";

inline constexpr Duration default_lease = std::chrono::seconds{120};
inline constexpr Duration most_lease = std::chrono::minutes{10};
/// A lease of less would end with the next hiccup of the network.
inline constexpr Duration least_lease = std::chrono::seconds{1};
inline constexpr std::size_t max_label_bytes = 64;

/// What Agent.open asks for.
struct OpenRequest {
    std::string target;  // of the page whose session is the client's; empty: a session of the browser target
    std::string label;   // for people, cleaned
    Duration lease = default_lease;
    bool exclusive = false;
    bool tls = false;        // it is to be sealed
    bool binary = false;     // its controller takes raw broadcasts, and can send them
    std::string hello = {};  // what the controller's TLS begins with
    std::string_view wrong;  // why it cannot be opened, as Chrome would say; empty: it can
};
OpenRequest read_open(std::string_view params);

/// The member `client` of an Agent.post or Agent.close; empty where there is none, or more than one.
std::string client_named(std::string_view params);

/// The limits that a client may rely on, in the answer to its Agent.open.
struct ClientLimits {
    std::size_t payload = 0;  // bytes of one broadcast
    std::size_t window = 0;   // bytes without an acknowledgement
    std::size_t message = 0;  // bytes of one message, in parts or not
    Duration lease{};
    double pace = 0;  // broadcasts a second; 0: as many as it likes
};
/// Why clients end: all reasons that write_client_ended() is given for one that there was.
inline constexpr std::array<std::string_view, 13> client_end_reasons = {
    "closed",     "lease",     "session_lost", "browser_lost", "stopping",  "bad_request", "denied",
    "overloaded", "too_large", "unreadable",   "not_trusted",  "handshake", "bad_record"};

/// What the answer to a sealed client's Agent.open has besides.
struct SealedAnswer {
    std::string_view records;  // what the agent's TLS answers; empty for a client that is not sealed
    bool binary = false;       // raw broadcasts go both ways
};
/// The result of Agent.open.
std::string write_opened(std::string_view client, std::string_view instance, const ClientLimits& limits,
                         const SealedAnswer& sealed = {});

/// `{"client":…,"instance":…,` and the members of a stream's broadcast. `pace`: another one than at the open; nothing:
/// the same.
std::string write_client_broadcast(std::string_view client, std::string_view instance, std::string_view members,
                                   std::optional<double> pace = std::nullopt);
/// What write_client_broadcast() adds to the members, at most, beside the two names.
inline constexpr std::size_t client_envelope = 96;

/// The member of `limits` that holds the pace.
inline constexpr std::string_view pace_member = "broadcastsPerSecond";

/// `{"client":…,"instance":…,"ended":{"reason":…}}`
std::string write_client_ended(std::string_view client, std::string_view instance, std::string_view reason);

/// A reply as the browser writes it. `kind` is "result" or "error", `body` its object, `session` empty for none.
std::string write_client_reply(std::string_view id, std::string_view kind, std::string_view body,
                               std::string_view session);
/// An event as the browser writes it.
std::string write_browser_event(std::string_view method, std::string_view params, std::string_view session);

/// Whether the text of an id is a 32-bit integer, as the browser wants it.
bool is_browser_id(std::string_view id) noexcept;

/// Whether the browser, or a page, stands still until the client has done something about that event.
bool waits_for_client(std::string_view method) noexcept;
/// Whether nobody waits for the answer to that command: the browser tells by an event what comes of it.
bool is_acknowledgement(std::string_view method) noexcept;
/// Whether an event tells that something is under way, such as a request or a page that loads: another one tells how it
/// ends. `params` are the event's.
bool is_progress_event(std::string_view method, std::string_view params);

/// Whether an event tells only of a target's life (it loads, has moved, has crashed): such events pass also where
/// nothing of the page may be read, or a client would wait for them for ever.
bool is_lifecycle_event(std::string_view method) noexcept;

}  // namespace relay
