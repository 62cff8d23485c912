// The exit codes of the agent, documented in --help and agent(1). Those from 64 up are sysexits.h's.
#pragma once

#include <array>
#include <string_view>

#include "agent/control/core/health.hpp"
#include "agent/realtime/core/failure.hpp"

namespace control {

/// exit_meanings says what each code means.
enum class Exit : int {
    ok = 0,
    failure = 1,
    not_running = 3,
    not_joined = 4,
    unpaired = 5,
    paused = 6,
    join_timeout = 7,
    not_revoked = 8,
    yielding = 9,
    disputed = 10,
    no_browser = 11,
    token_ends = 12,
    audit_stopped = 13,
    spool_full = 14,
    not_accepted = 15,
    not_reloaded = 16,
    policy_refuses = 17,
    unanswered = 18,
    no_device = 19,
    untrusted = 20,
    usage = 64,
    unavailable = 69,
    temporary = 75,
    refused = 77,
    bad_configuration = 78,
};

/// The code of a command that failed for that cause.
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

/// The code of `--status` if that is the worst trouble.
Exit exit_of(Trouble trouble) noexcept;

/// The code of `--status` for the running agent's status as JSON: Exit::ok if the agent is healthy, else the code of
/// its worst trouble.
Exit exit_of_status(std::string_view status);

struct ExitMeaning {
    Exit code;
    std::string_view meaning;
};

inline constexpr std::array<ExitMeaning, 25> exit_meanings{{
    {Exit::ok,
     "success; --status: the agent is healthy: it serves commands, and none of the troubles below is present"},
    {Exit::failure, "failure: the message says why; --call: the browser returned an error"},
    {Exit::not_running, "--status, --metrics, --pause, --resume, --reload: no agent runs for this profile"},
    {Exit::not_joined, "--status: the agent has not joined its channel"},
    {Exit::unpaired,
     "--status: the agent stands at its gate, not paired; --call, --bridge and others: this machine has no "
     "credential to send commands with"},
    {Exit::paused, "--status: the agent is paused"},
    {Exit::join_timeout, "--exec: the agent did not join within --join-timeout"},
    {Exit::not_revoked,
     "--unpair, --logout: the credential was wiped here, but the server did not confirm its revocation"},
    {Exit::yielding, "--status: the agent relays nothing, because another agent of this device was there before"},
    {Exit::disputed,
     "--status: commands are served, but another member of the channel claims this device and answers nothing"},
    {Exit::no_browser, "--status, --call: no browser answers"},
    {Exit::token_ends,
     "--status: commands are served, but the token runs out within a day (one that was handed in: within 5 minutes) "
     "and nothing replaces it"},
    {Exit::audit_stopped,
     "--status: the audit trail cannot be written; with audit.on_error = refuse every command is refused for that"},
    {Exit::spool_full, "--status: commands are served, but the spool has no room for downloads and uploads"},
    {Exit::not_accepted, "--status: the backend does not accept the agent's results"},
    {Exit::not_reloaded, "--reload: the configuration is wrong, so the running agent keeps its settings"},
    {Exit::policy_refuses, "--call: the policy refuses the command; --policy-check: it would refuse it"},
    {Exit::unanswered, "--call: nobody answers for the device, or its browser does not answer in time"},
    {Exit::no_device, "--call, --watch, --bridge: no device has that name, or several have it"},
    {Exit::untrusted,
     "--call, --bridge: the device's key is not known or has changed, or its machine does not list this controller's "
     "key"},
    {Exit::usage, "the command line is wrong, or the token that was handed in"},
    {Exit::unavailable,
     "the backend or the service could not be reached, or a proxy, a portal or a certificate is in the way"},
    {Exit::temporary,
     "--call: try again later, the device is paused or busy; at a start: another agent runs for this profile"},
    {Exit::refused, "the credential was refused, or a right is missing"},
    {Exit::bad_configuration, "the configuration is wrong, including an address or a proxy in it"},
}};

}  // namespace control
