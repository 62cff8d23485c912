// Whether this machine's clock agrees with the backend's. Pure: both times are arguments.
#pragma once

#include <chrono>
#include <optional>

#include "agent/doctor/finding.hpp"

namespace doctor {

/// `theirs`: the server's time; nothing: it sent none.
Finding judge_clock(std::optional<std::chrono::system_clock::time_point> theirs,
                    std::chrono::system_clock::time_point now);

}  // namespace doctor
