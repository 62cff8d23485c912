// The words by which Supabase Realtime says what is wrong, each with its class and a sentence for people. For
// core/failure.cpp.
#pragma once

#include <array>
#include <string_view>

#include "agent/realtime/core/failure.hpp"

namespace realtime::rules {

struct Rule {
    std::string_view text;
    Class what;
    std::string_view sentence;
};

/// Stands for Signal::renewal.
inline constexpr std::string_view renew_mark = "{renew}";

inline constexpr std::string_view expired =
    "the access token has expired: the agent refreshes it by itself where it can; else {renew}";
inline constexpr std::string_view wrong_token =
    "the access token is not one that this server accepts: {renew}, or check that address and token "
    "belong to the same project";
inline constexpr std::string_view no_rights =
    "the token may not join this channel: the device is not yours and you are no admin, or your role lacks the "
    "capability; check device and role, or, as its owner, {renew}";
inline constexpr std::string_view database =
    "the backend's database is away or too busy: nothing to do here, the agent goes on trying";
inline constexpr std::string_view overrun = "a limit of the project is reached: the agent waits and sends less";

// clang-format off
/// Codes of join errors, the part in front of ": ".
inline constexpr auto codes = std::to_array<Rule>({
    {"MalformedJWT", Class::rights, wrong_token},
    {"JwtSignatureError", Class::rights, wrong_token},
    {"JwtSignerError", Class::rights, wrong_token},
    {"Unauthorized", Class::rights, no_rights},
    {"TopicNameRequired", Class::configuration, "the channel's name is empty: the device's uuid is missing from the credential; {renew}"},
    {"PrivateOnly", Class::configuration, "the project takes private channels only, and a public one was asked for: join it as private"},
    {"TenantNotFound", Class::configuration, "the server knows no project of this host name: check the configured address"},
    {"RealtimeDisabledForConfiguration", Class::configuration, "the server's Realtime configuration does not allow this channel"},
    {"UnableToReplayMessages", Class::transient, "the stored messages could not be replayed"},
    {"RealtimeDisabledForTenant", Class::switched_off, "Realtime is switched off for the project: its operator must switch it on"},
    {"ConnectionRateLimitReached", Class::limit, "the project has too many connected users: the agent waits for a free place"},
    {"ClientJoinRateLimitReached", Class::limit, "the project sees too many joins a second: the agent waits"},
    {"ChannelRateLimitReached", Class::limit, "too many channels on this connection: turn optional channels off"},
    {"DatabaseConnectionRateLimitReached", Class::limit, database},
    {"InitializingProjectConnection", Class::transient, database},
    {"UnableToConnectToProject", Class::transient, database},
    {"DatabaseLackOfConnections", Class::transient, database},
    {"IncreaseConnectionPool", Class::transient, database},
    {"QueryCanceled", Class::transient, database},
    {"MissingPartition", Class::transient, database},
    {"TimeoutOnRpcCall", Class::transient, database},
    {"ErrorOnRpcCall", Class::transient, database},
    {"UnableToSetPolicies", Class::transient, database},
    {"MusterJoinError", Class::transient, database},
    {"UnknownErrorOnCounter", Class::transient, database},
    {"UnknownErrorOnChannel", Class::transient, "the server could not handle the join"},
    {"PostgresChangesSubscribeTimeout", Class::transient, "the subscription to database changes took too long"},
    {"RealtimeRestarting", Class::restart, "the server restarts"},
});

/// Beginnings of texts without a code: join errors, system messages, bodies of refused upgrades, acks.
inline constexpr auto texts = std::to_array<Rule>({
    {"Token has expired", Class::reauthenticate, expired},
    {"Fields `role` and `exp` are required", Class::rights, wrong_token},
    {"Token expiration time is invalid", Class::rights, wrong_token},
    {"The token provided is not a valid JWT", Class::rights, wrong_token},
    {"Failed to validate JWT signature", Class::rights, wrong_token},
    {"Failed to generate JWT signer", Class::rights, wrong_token},
    {":signature_error", Class::rights, wrong_token},
    {"You do not have permissions", Class::rights, no_rights},
    {"You no longer have permission", Class::rights, no_rights},
    {"unauthorized", Class::rights, "the token may read the channel but not write to it: results cannot be delivered; check the role"},
    {"API key is missing", Class::rights, "the server got no key: set the project's public key (api.key)"},
    {"Invalid authentication credentials", Class::rights, wrong_token},
    {"No API key found", Class::rights, "the gateway got no key: set the project's public key (api.key)"},
    {"Invalid API key", Class::rights, "the project's public key is wrong: check api.key"},
    {"Too many messages per second", Class::limit, "the project sends too many messages a second: the agent waits, then sends at half the pace"},
    {"Too many presence messages per second", Class::limit, "the project sends too many presence messages a second: the agent waits"},
    {"Client presence rate limit exceeded", Class::limit, "too many presence calls on this channel: the agent waits out the window"},
    {"Track message size exceeded", Class::configuration, "the presence payload is too large: shorten the device's name"},
    {"Too many connected users", Class::limit, "the project has too many connected users: the agent waits for a free place"},
    {"Too many joins per second", Class::limit, "the project sees too many joins a second: the agent waits"},
    {"Realtime was disabled for this tenant", Class::switched_off, "Realtime is switched off for the project: its operator must switch it on"},
    {"Tenant is suspended", Class::switched_off, "the project is suspended: its operator must bring it back"},
    {"Tenant not found", Class::configuration, "the server knows no project of this host name: check the configured address"},
    {"unmatched topic", Class::transient, "the server no longer knows this channel: it is joined again"},
    {"join crashed", Class::transient, "the channel crashed during the join"},
    {"channel_crash", Class::transient, "the channel crashed at the server"},
    {"Server requested disconnect", Class::restart, "the server asked to disconnect (a deploy, or changed settings of the project)"},
    {"Replication connection was not established", Class::transient, database},
    {"Realtime was unable to connect to the project database", Class::transient, database},
    {"Query was cancelled", Class::transient, database},
    {"Node request timeout", Class::transient, database},
    {"RPC call error", Class::transient, database},
    {":increase_connection_pool", Class::transient, database},
    {"Unknown Error on Channel", Class::transient, "the server could not handle the join"},
    {"Error connecting to Realtime", Class::transient, "the server failed to take the connection; if it stays so, the key's claims are wrong"},
});
// clang-format on

}  // namespace realtime::rules
