// What this machine gives a browser: what explains one that did not come up.
#pragma once

#include <cstddef>

namespace cdp {

/// Bytes of /dev/shm; 0: unknown.
std::size_t shared_memory();

/// We seem to run in a container.
bool in_container();

/// AppArmor's restriction of user namespaces is on: no sandbox without a profile that allows them.
bool user_namespaces_barred();

}  // namespace cdp
