// The line that the service manager shows (systemctl status).
#pragma once

#include <string>

#include "platform/core/time_point.hpp"

namespace control {

struct Report;

/// The link's state, what is wrong, the message.
std::string manager_line(const Report& report, TimePoint now);

}  // namespace control
