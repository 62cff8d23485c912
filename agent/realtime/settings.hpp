// What the owner may set about the cloud link, with the defaults. Beside them stand constants that only tests change:
// each says so with "no option" and its reason.
// A plain struct that the configuration fills; Supervisor keeps a reference to it, so it must outlive the Supervisor.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "agent/realtime/core/frame.hpp"
#include "platform/core/time_point.hpp"
#include "platform/net_options.hpp"

namespace credentials {
class DeviceMemory;
}

namespace realtime {

struct Settings {
    // --- where
    /// Base address of Realtime: https://, http:// (loopback only), or their ws spellings. "/websocket" is appended.
    std::string url = "https://api.busymate.net/realtime/v1";
    Vsn vsn = Vsn::v2;
    /// The project's public key, for the address; empty: the credential's, and where that has none the access token
    /// serves as key (and travels in the address).
    std::string api_key;

    /// Random, one a run of the program: tells two agents on one device apart.
    std::string instance;
    /// Shown in presence.
    std::string version = BMC_VERSION;

    /// What this connection is for, where it is not the machine's own link: its changes of state are logged under this
    /// name, and only in the detailed log.
    std::string purpose;

    /// The way there: proxy, certificate authorities, time to connect.
    platform::NetOptions net;

    // --- liveness
    Duration heartbeat = std::chrono::seconds{20};
    /// A socket without any inbound byte counts as dead after this time; …_joining while a join is pending, since the
    /// server reads and writes nothing else meanwhile. A second or two below 35 s and 60 s, for a busy machine's sake.
    Duration silence = std::chrono::seconds{34};
    Duration silence_joining = std::chrono::seconds{58};  // no option: follows from the server's own limit of 60 s
    /// From the first packet to the answer to the upgrade. No option: the server takes 2 s to refuse one, and slow
    /// networks have net.connect_timeout.
    Duration upgrade_timeout = std::chrono::seconds{30};
    Duration join_timeout = std::chrono::seconds{40};  // at least 30 s: cold databases

    // --- coming back
    /// The greatest first delay, and the greatest of all. No options: what a fleet has to spread is reconnect_spread.
    Duration backoff_base = std::chrono::milliseconds{500};
    Duration backoff_cap = std::chrono::seconds{60};
    /// The first try after a lost or restarting server falls anywhere in it. Fleets: their size / 20 s.
    Duration reconnect_spread = std::chrono::seconds{3};
    /// How long a link must hold until the failures before it are forgotten. No option: longer than any flapping seen.
    Duration held_after = std::chrono::seconds{30};

    // --- delivery
    /// The greatest payload of one broadcast, in bytes. Lowered by itself when the server refuses a smaller one.
    std::size_t payload_limit = 3'000'000;
    /// The greatest message read, in bytes. A longer one is skipped, and answered `too_large` if it is a command.
    /// Presence and 3 MB broadcasts fit well.
    std::size_t read_limit = 32U << 20U;
    /// Answers and refusals that wait for their acknowledgement, in bytes.
    std::size_t outbox_bytes = 64U << 20U;
    /// Kept free beyond outbox_bytes for the small `overloaded` errors that stand in for what no longer fits. No
    /// option: room for more than ten thousand of them.
    std::size_t outbox_reserve_bytes = 4U << 20U;
    /// A sent but unacknowledged result is given up after so much joined time.
    Duration result_ttl = std::chrono::seconds{120};

    /// Whether results are posted over HTTP while the socket is away (after http_fallback_after). The server reads and
    /// writes their JSON again: numbers beyond a double's precision are rounded on that way.
    bool http_fallback = false;
    Duration http_fallback_after = std::chrono::seconds{10};  // no option: most reconnects take less

    // --- the sending budget, broadcasts a second; the backend's 100 events/s are shared by the whole tenant
    double budget_start = 20;
    // A command and its result are four events: 20 a second leave a machine alone below the limit for good.
    double budget_max = 20;  // 0: no pacing at all (a backend of one's own without a limit)

    // --- other channels
    /// Joined in the device channel's place by `agent --listen`, without "realtime:"; empty: the device channel.
    std::string main_topic;
    bool main_private = true;
    std::string postgres_changes = "[]";  // of the main channel: JSON text of an array of subscriptions

    /// Tracks itself on the device channel, and looks there for another agent of the same device.
    bool track_presence = true;
    /// In which a channel takes five calls of presence, before the server closes it.
    Duration presence_window = std::chrono::seconds{30};
    /// Stored broadcasts are asked for since then at each join (Unix milliseconds; negative: not at all).
    std::int64_t replay_since_ms = -1;
    /// For the device at work alone: they are asked for since the device channel was joined last, in this run or an
    /// earlier one, and since the pairing at the earliest. replay_since_ms is then a lower bound.
    bool catches_up = false;
    /// Where the last join is kept over restarts; null: nowhere. Only with catches_up. It outlives the worker for
    /// files.
    const credentials::DeviceMemory* memory = nullptr;
    /// How often it is written while joined, besides at each join and at each orderly end.
    Duration last_joined_every = std::chrono::hours{1};
    bool join_settings_global = true;
    bool join_settings_device = false;
    bool join_devices_all = true;
    /// Optional channels join at a random moment within it after the device channel.
    Duration optional_spread = std::chrono::seconds{60};
    /// Everybody hears of changed global settings at once: each fetches them at a random moment within it.
    Duration settings_spread = std::chrono::seconds{10};
    /// How long a refused optional channel is left alone, unless the token changes before. No option: each refusal
    /// stalls the whole socket for seconds.
    Duration refused_for = std::chrono::hours{6};
};

/// The same way to the backend, for who joins a channel beside the device at work: `--listen`, the proof of a pairing,
/// the doctor. A visitor shows no presence, joins no other channel, asks for no stored broadcast, posts nothing over
/// HTTP, and keeps nothing on disk.
Settings settings_of_visitor(Settings settings);

}  // namespace realtime
