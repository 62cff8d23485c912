#include "agent/bridge/core/for_people.hpp"

namespace bridge {
namespace {

/// 74 tenths as "7.4".
std::string with_tenth(std::uint64_t tenths) {
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

}  // namespace

std::string size_for_people(std::uint64_t bytes) {
    constexpr std::uint64_t kilo = 1000, mega = 1000 * 1000;
    if (bytes < kilo) return std::to_string(bytes) + " B";
    if (bytes < mega) return with_tenth(bytes / (kilo / 10)) + " kB";
    return with_tenth(bytes / (mega / 10)) + " MB";
}

std::string time_for_people(Duration took) {
    const auto ms = static_cast<std::uint64_t>(took / std::chrono::milliseconds{1});
    constexpr std::uint64_t in_seconds = 10'000;
    constexpr std::uint64_t tenth = 100;
    return ms < in_seconds ? std::to_string(ms) + " ms" : with_tenth(ms / tenth) + " s";
}

}  // namespace bridge
