// The exit codes of the agent, documented in --help and agent(1). Those from 64 up are sysexits.h's.
#pragma once

#include <array>
#include <string_view>

#include "agent/control/core/health.hpp"
#include "agent/realtime/core/failure.hpp"

namespace control {

enum class Exit : int {
    ok = 0,
    failure = 1,
    not_running = 3,      // --status: no agent runs for this profile
    not_joined = 4,       // --status: runs, not joined
    unpaired = 5,         // --status: runs, stands at its gate
    paused = 6,           // --status: joined, relays nothing
    join_timeout = 7,     // --exec: not joined within --join-timeout
    not_revoked = 8,      // --unpair: wiped here, the revocation at the server not confirmed
    yielding = 9,         // --status: joined, gives way to another agent of the same device
    disputed = 10,        // --status: joined and relays, while another one claims the device and answers nothing
    no_browser = 11,      // --status: joined, no browser answers; --call: likewise
    token_ends = 12,      // --status: serves, and its token runs out soon with nothing to replace it
    audit_stopped = 13,   // --status: no audit line can be written
    spool_full = 14,      // --status: serves, and the spool has no room
    not_accepted = 15,    // --status: joined, the backend does not take the results
    not_reloaded = 16,    // --reload: the running agent keeps its settings as they were
    policy_refuses = 17,  // --policy-check: the command would be refused
    unanswered = 18,      // --call: nobody answers for the device
    no_device = 19,       // --call and its like: no device has the name, or several have
    usage = 64,
    unavailable = 69,  // neither backend nor service is reached, or something on the way does not let us through
    temporary = 75,    // try again later; another agent holds the profile
    refused = 77,      // a credential was refused, or a right is missing: nothing else ends so
    bad_configuration = 78,
};

/// The code of a command that met a failure of that cause.
constexpr Exit exit_of(realtime::Cause cause) noexcept {
    switch (cause) {
        case realtime::Cause::credential:
            return Exit::refused;
        case realtime::Cause::settings:
            return Exit::bad_configuration;
        case realtime::Cause::passing:
        case realtime::Cause::others:
            return Exit::unavailable;
    }
    return Exit::unavailable;
}

/// `--status` ends with it when that is the worst trouble.
Exit exit_of(Trouble trouble) noexcept;

/// The code of `--status` for the JSON that the running agent gave. ok: a command is served now; else that of the worst
/// trouble.
Exit exit_of_status(std::string_view status);

struct ExitMeaning {
    Exit code;
    std::string_view meaning;
};

inline constexpr std::array<ExitMeaning, 24> exit_meanings{{
    {Exit::ok, "all went well; --status: a command is served now"},
    {Exit::failure, "it failed; the message says why"},
    {Exit::not_running, "--status: no agent runs for this profile"},
    {Exit::not_joined, "--status: it runs and is not joined"},
    {Exit::unpaired, "--status: it stands at its gate, not paired"},
    {Exit::paused, "--status: it is joined and paused"},
    {Exit::join_timeout, "--exec: not joined within --join-timeout"},
    {Exit::not_revoked, "--unpair: wiped here, the revocation at the server was not confirmed"},
    {Exit::yielding, "--status: it is joined and relays nothing: another agent of this device was there before"},
    {Exit::disputed,
     "--status: it is joined and relays, but a member of the channel claims its device and answers nothing"},
    {Exit::no_browser, "--status: it is joined, and no browser answers; --call: likewise"},
    {Exit::token_ends,
     "--status: commands are served, but the token runs out within a day (one that was handed in: within 5 minutes) "
     "and nothing replaces it"},
    {Exit::audit_stopped,
     "--status: no line of the audit trail can be written; with audit.on_error = refuse commands are "
     "refused for that"},
    {Exit::spool_full, "--status: commands are served, but downloads and uploads find no room in the spool"},
    {Exit::not_accepted, "--status: it is joined, and the backend does not accept its results"},
    {Exit::not_reloaded, "--reload: the configuration is wrong, and the running agent keeps its settings as they were"},
    {Exit::policy_refuses, "--policy-check: the policy would refuse the command; --call: it did"},
    {Exit::unanswered, "--call: nobody answers for the device, or the browser does not answer in time"},
    {Exit::no_device, "--call, --watch, --bridge: no device has that name, or several have"},
    {Exit::usage, "the command line is wrong"},
    {Exit::unavailable,
     "the backend or the service could not be reached, or a proxy, a portal or a certificate is in the way"},
    {Exit::temporary, "try again later; or another agent holds the profile"},
    {Exit::refused, "the credential was refused, or a right is missing"},
    {Exit::bad_configuration, "the configuration is wrong, or an address or a proxy that it names"},
}};

}  // namespace control
