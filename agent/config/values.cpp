#include "agent/config/values.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace config {
namespace {

using namespace std::chrono_literals;

struct DurationUnit {
    std::string_view name;
    Duration length;
};
// From long to short: the longest that divides a value writes it.
constexpr std::array<DurationUnit, 5> duration_units{{{"d", 24h}, {"h", 1h}, {"min", 1min}, {"s", 1s}, {"ms", 1ms}}};

struct ByteUnit {
    std::string_view name;
    std::uint64_t bytes;
};
constexpr std::array<ByteUnit, 7> byte_units{{{"GiB", 1ULL << 30},
                                              {"MiB", 1ULL << 20},
                                              {"KiB", 1ULL << 10},
                                              {"GB", 1'000'000'000},
                                              {"MB", 1'000'000},
                                              {"KB", 1'000},
                                              {"B", 1}}};

/// The number in front and the unit behind.
std::optional<std::pair<double, std::string_view>> number_and_unit(std::string_view text) {
    double number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || number < 0 || !std::isfinite(number)) return std::nullopt;
    auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
    while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
    return std::pair(number, unit);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    const auto parts = number_and_unit(text);
    if (!parts) return std::nullopt;
    const auto [number, unit] = *parts;
    if (number == 0 && unit.empty()) return Duration::zero();
    for (const auto& [name, length] : duration_units) {
        if (unit != name) continue;
        const double nanoseconds = number * static_cast<double>(length.count());
        if (nanoseconds > 9e18) return std::nullopt;
        return Duration(static_cast<Duration::rep>(std::llround(nanoseconds)));
    }
    return std::nullopt;
}

std::string to_text(Duration duration) {
    if (duration == Duration::zero()) return "0";
    for (const auto& [name, length] : duration_units) {
        if (duration % length == Duration::zero()) return std::to_string(duration / length).append(name);
    }
    return std::to_string(duration / 1ms) + "ms";
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
    const auto parts = number_and_unit(text);
    if (!parts) return std::nullopt;
    const auto [number, unit] = *parts;
    std::uint64_t factor = unit.empty() ? 1 : 0;
    for (const auto& [name, bytes] : byte_units) {
        if (unit == name) factor = bytes;
    }
    const double total = number * static_cast<double>(factor);
    if (factor == 0 || total > 9e18 || total != std::floor(total)) return std::nullopt;
    return static_cast<std::uint64_t>(total);
}

std::string bytes_text(std::uint64_t bytes) {
    for (const auto& [name, size] : byte_units) {
        if (bytes != 0 && name != "B" && bytes % size == 0) return std::to_string(bytes / size).append(name);
    }
    return std::to_string(bytes);
}

std::optional<bool> parse_bool(std::string_view text) {
    for (const auto* yes : {"true", "yes", "on", "1"}) {
        if (text == yes) return true;
    }
    for (const auto* no : {"false", "no", "off", "0"}) {
        if (text == no) return false;
    }
    return std::nullopt;
}

}  // namespace config
