// The service manager (systemd; elsewhere nothing happens): readiness, the status line, the watchdog.
// Every call is a datagram that does not block for long; without NOTIFY_SOCKET all are no-ops.
#pragma once

#include <optional>
#include <string_view>

#include "platform/core/time_point.hpp"

namespace platform::service_manager {

/// READY=1, once the configuration is valid and the loop runs; again at the end of a reload. With the status line in
/// the same message: who waited for the start reads what is so, and not an empty line.
void ready(std::string_view line);

/// RELOADING=1 with MONOTONIC_USEC, at the start of a reload.
void reloading();

/// STOPPING=1, at the start of an orderly stop.
void stopping();

/// STATUS=, a line for people. The text is cleaned here too: a newline in it would be a command to the manager.
void status(std::string_view line);

/// WATCHDOG=1. To be sent from the real event loop, so that a loop that hangs is noticed.
void alive();

/// ERRNO-free reason why the start failed, shown by `systemctl status`.
void failed(std::string_view line);

/// How often alive() is due (half of what the manager allows), or nothing when no watchdog is set for this process.
std::optional<Duration> watchdog_interval();

/// Whether a service manager started us and would start us again: systemd with NOTIFY_SOCKET, or as the direct parent
/// of a unit of another type; launchd.
bool managed() noexcept;

}  // namespace platform::service_manager
