// What the agent shows of itself: one report, as JSON for tools, in words for people, as OpenMetrics for scrapers.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/control/exit_code.hpp"
#include "agent/credentials/credential.hpp"
#include "agent/hooks/hooks.hpp"
#include "agent/realtime/status.hpp"
#include "cdp/browser.hpp"
#include "cdp/settings.hpp"

namespace control {

/// Commands by outcome, for status and metrics: closed sets, so that nobody outside makes label values.
struct CommandCounters {
    std::uint64_t received = 0;
    std::vector<std::pair<std::string_view, std::uint64_t>> outcomes = {};  // "result", "error", the refusals' reasons
    std::vector<std::pair<double, std::uint64_t>> latency = {};             // up to so many seconds; the rest is last
    double latency_sum = 0;                                                 // seconds
    std::size_t in_flight = 0;
    std::size_t streams = 0;  // results over the payload limit that are kept for reading
};

/// Controllers that speak the whole protocol.
struct ClientCounters {
    std::size_t count = 0;
    std::size_t bytes = 0;                                               // held for them
    std::size_t disk_bytes = 0;                                          // of these, in files
    std::vector<std::pair<std::string_view, std::uint64_t>> ended = {};  // by reason: a closed set
    std::uint64_t sealed_ignored = 0;                                    // posts that were none of a sealed stream
};

/// A snapshot. Pointers live during the call alone.
struct Report {
    std::string profile;
    long pid = 0;
    Duration uptime = Duration::zero();
    bool paired = false;
    std::string gate_reason;  // why it stands at the gate; empty when paired
    std::string gate_remedy;  // what to do about it; empty where the reason says it
    std::string backend;      // the one in force, and who named it: pairing::describe_backend()
    std::string device_uuid, device_name, account;
    std::string fingerprint;    // of the device's key; empty: it is not read yet
    std::string trust_require;  // what has to be sealed: off, clients, all
    std::size_t trusted_keys = 0;
    std::optional<credentials::WallTime> token_expires;
    bool token_refreshable = false;
    bool token_in_address = false;  // without an API key the token travels in the address
    std::string token_trouble;
    std::optional<std::chrono::seconds> token_left;  // by the server's clock; negative: it has run out
    bool token_refreshed = false;                    // by itself, which reading a file again is not
    bool token_given = false;                        // from outside: a file, the service manager, --ephemeral
    std::string token_remedy;                        // how another one comes
    std::string audit_trouble;                       // why no audit line can be written; empty: they are
    bool audit_refuses = false;                      // commands are refused for that
    std::uint64_t audit_lost = 0;                    // lines, since the start
    std::string spool_trouble;                       // why there is no room; empty: there is
    std::size_t spool_bytes = 0, spool_files = 0;
    std::string paused;                 // "until it is resumed"; empty: not paused
    std::string message;                // live-activity-message; from outside, cleaned
    std::string settings;               // effective settings, JSON text, secrets hidden; empty: never fetched
    bool device_removed = false;        // its row at the backend is gone
    std::uint64_t foreign_results = 0;  // on the channel, and not sent by this agent
    std::vector<std::string> notices;   // sentences about what is going to be, or may be, wrong
    cdp::BrowserMode browser_mode = cdp::BrowserMode::launch;
    bool open_port = false;  // the browser has a DevTools port: others can go around the policy
    std::uint64_t resident_bytes = 0;
    std::uint64_t allocated_bytes = 0;
    const realtime::Status* link = nullptr;       // null at the gate
    const cdp::BrowserStatus* browser = nullptr;  // likewise
    const hooks::HookCounters* hooks = nullptr;
    std::uint64_t events_ignored = 0;  // broadcasts that mean nothing to the agent
    std::optional<CommandCounters> commands;
    std::optional<ClientCounters> clients;
};

std::string status_json(const Report& report, TimePoint now);
std::string metrics_text(const Report& report, TimePoint now);

/// The JSON of a running agent, in words.
std::string status_for_people(std::string_view json, credentials::WallTime now);

/// Resident memory of this process, in bytes; 0 where the system does not tell.
std::uint64_t resident_bytes();

/// What this process has allocated and not freed, in bytes: unlike resident memory it falls as soon as something is
/// freed, so a leak shows. 0 where the allocator does not tell.
std::uint64_t allocated_bytes();

}  // namespace control
