// Sizes and times as a person reads them. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "platform/core/time_point.hpp"

namespace bridge {

/// "999 B", "1.2 kB", "3.4 MB".
std::string size_for_people(std::uint64_t bytes);

/// "132 ms", from ten seconds on "12.3 s".
std::string time_for_people(Duration took);

}  // namespace bridge
