// Durations and sizes as people write them in the configuration, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/time_point.hpp"

namespace config {

/// "250ms", "20s", "1.5s", "5min", "2h", "7d"; "0" needs no unit. Nothing for anything else.
std::optional<Duration> parse_duration(std::string_view text);
std::string to_text(Duration duration);

/// "4096", "64KiB", "3MB", "1GiB" (KB, MB, GB are powers of 1000).
std::optional<std::uint64_t> parse_bytes(std::string_view text);
std::string bytes_text(std::uint64_t bytes);

std::optional<bool> parse_bool(std::string_view text);

}  // namespace config
