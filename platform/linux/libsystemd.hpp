// libsystemd's functions, looked up when the first message is due and not at the program's start: a machine without
// libsystemd runs the agent too, and sends no messages.
#pragma once

#include <cstdint>

struct iovec;

namespace platform::libsystemd {

/// The functions of one library; null where it is absent. As <systemd/sd-daemon.h> and <systemd/sd-journal.h> declare
/// them.
struct Library {
    int (*notify)(int unset_environment, const char* state) = nullptr;
    int (*watchdog_enabled)(int unset_environment, std::uint64_t* microseconds) = nullptr;
    int (*journal_sendv)(const iovec* parts, int count) = nullptr;
};

/// Loads the library of that name, which is never unloaded.
Library load(const char* name);

/// The system's. Loaded by the first call; it never changes afterwards.
const Library& library();

}  // namespace platform::libsystemd
