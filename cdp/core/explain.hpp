// Why a browser that we started did not come up, in sentences that name the remedy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cdp {

/// What is known after a launched browser has ended, or could not be started.
struct LaunchFacts {
    std::string_view binary;
    std::string_view profile;
    std::string_view said;        // the last of its standard error
    std::string_view exec_error;  // the system's words when it could not even be started; empty: it was
    std::string_view ended;       // "exit status 21", "signal 9 (Killed)"; empty while it runs
    int exit_status = 0;          // meaningful unless it was ended by a signal
    bool signalled = false;
    bool answered = false;                // it had answered a command before
    bool as_root = false;                 // we run as root
    bool snap = false;                    // the binary is a snap wrapper
    bool container = false;               // we seem to run in a container
    bool user_namespaces_barred = false;  // AppArmor's restriction of user namespaces is on
    std::size_t shared_memory = 0;        // bytes of /dev/shm; 0: unknown
    std::uint64_t open_files = 0;         // how many it may have open; 0: unknown
};

/// Why a browser that we started is not there, as far as it can be known.
enum class LaunchCause : std::uint8_t {
    unknown,               // it ended at its start and named no cause
    ended_later,           // it had answered before
    not_started,           // the system did not run it
    not_answering,         // it runs and says nothing
    profile_in_use,        // by another browser
    profile_not_writable,  // by this user, or for want of room
    default_profile,       // Chrome refuses remote control of it
    as_root,               // with the sandbox on
    no_sandbox,            // the system gives none
    no_libraries,          // some are missing
    no_display,            // and it shall have windows
    small_shared_memory,   // /dev/shm
    few_open_files,        // RLIMIT_NOFILE
    snap,                  // and its confinement may be why
};
LaunchCause cause_of_launch(const LaunchFacts& facts);

/// "The browser ended at its start (exit status 21): …"
std::string explain_launch(const LaunchFacts& facts);

/// The line of `said` that a person wants to see: the last one that reports an error, else the last one.
std::string_view explaining_line(std::string_view said);

/// Chrome's exit status for "the profile is in use by another browser".
inline constexpr int exit_profile_in_use = 21;
/// Fewer open files than this, and Chrome ends at its start without a word about them.
inline constexpr std::uint64_t few_open_files = 1024;
/// Docker's default size of /dev/shm, in which Chrome's pages crash.
inline constexpr std::size_t small_shared_memory = std::size_t{64} << 20;

}  // namespace cdp
