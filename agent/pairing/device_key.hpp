// The fingerprint of the device's key in its row at the backend, for people who compare it there. Defined beside the
// other requests about the row, in device.cpp.
#pragma once

#include <string>

#include "agent/pairing/device.hpp"

namespace pairing {

/// Asks once. False: the row has no such column, this token may not change the row, or the backend is away. The device
/// needs none of it, so the reason is not told.
awaitable<bool> show_fingerprint(const RestAccess& rest, std::string uuid, std::string fingerprint);

}  // namespace pairing
