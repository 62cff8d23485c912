// What the stand-in of the backend can be told: limits of the tenant, penalties, the key that signs tokens.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hub {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Limits of the one tenant. The defaults are those of the recorded server (2.129.8).
struct Limits {
    /// Broadcasts accepted plus broadcasts delivered, a second, averaged over up to a minute; 0 switches the limit off.
    std::uint32_t events_per_second = 100;
    std::uint32_t joins_per_second = 100;
    std::uint32_t channels_per_socket = 100;
    std::uint32_t concurrent_users = 200;
    /// Thousands of bytes of a broadcast's payload, counted as the server counts it (external_size.hpp).
    std::uint32_t payload_kb = 3000;
    std::uint32_t presence_calls = 5;  ///< per channel and `presence_window`
    seconds presence_window{30};
    std::size_t message_bytes = 5'000'000;  ///< one WebSocket message; beyond it: close 1009
    std::size_t body_bytes = 8'000'000;     ///< one HTTP request's body; beyond it: 413
    /// What may wait for one slow receiver. The server's process is killed when it grows too far: the socket is cut.
    std::size_t queue_bytes = std::size_t{1} << 30;
    bool private_only = false;  ///< public channels are refused
    bool suspended = false;     ///< the tenant is switched off
    bool no_sockets = false;    ///< upgrades get a gateway's 503, while HTTP works
    int page_for_posts = 0;     ///< broadcasts over HTTP get a page with this status, as from a CDN; 0: they do not
    /// Answer as later revisions of the server do (around 2.140): errors of acks are objects, a denied write is told,
    /// replay needs no `since`, the first track of a channel without presence brings the state.
    bool later_server = false;
    /// As stock Phoenix: a push whose join_ref is not the channel's is dropped without a word.
    bool strict_join_ref = false;
};

struct Settings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: any free one
    /// Signs and verifies every token (HS256). Public on purpose: nothing real is behind it.
    std::string secret = "hub-development-secret-0123456789abcdef";
    /// When set, requests whose Host has another first label are answered 404 "Tenant not found".
    std::string tenant;
    std::string tls_cert, tls_key;  ///< PEM files; both or none
    /// When set, who may do what on a private topic is asked there (rights.hpp), not decided by the hub's own rules.
    std::string rights_socket;

    /// Private topics that nobody but the service may join.
    std::vector<std::string> closed_topics;

    Limits limits;
    milliseconds join_penalty{5000};      ///< the whole socket stands still that long after a refused join
    milliseconds upgrade_penalty{2000};   ///< before a refusal of the upgrade
    milliseconds idle_tick{6000};         ///< a socket that sent nothing for ten of these is closed with 1000
    milliseconds rate_tick{5000};         ///< one bucket of the event rate
    milliseconds sweep_period{600'000};   ///< how often sockets that left their last channel are cut
    milliseconds drain_grace{5000};       ///< after SIGTERM, for sockets without a channel
    milliseconds database_warmup{12000};  ///< joins fail that long after the database is back

    std::string issuer;               ///< of the OAuth side; empty: the hub's own address
    seconds access_token_life{3600};  ///< of tokens from the OAuth side
    seconds device_token_life{90 * 86400};
    seconds reuse_window{10};   ///< a rotated refresh token may be used again that long
    bool device_grant = false;  ///< RFC 8628 offered
};

}  // namespace hub
