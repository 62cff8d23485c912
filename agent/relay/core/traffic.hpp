// Counts what went through the relay since the start, for status and metrics. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "agent/relay/core/result.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

/// Upper bounds of the latency histogram's buckets; one more bucket holds the rest.
inline constexpr std::array<std::chrono::milliseconds, 10> latency_bounds{
    std::chrono::milliseconds{1},    std::chrono::milliseconds{3},    std::chrono::milliseconds{10},
    std::chrono::milliseconds{30},   std::chrono::milliseconds{100},  std::chrono::milliseconds{300},
    std::chrono::milliseconds{1000}, std::chrono::milliseconds{3000}, std::chrono::milliseconds{10000},
    std::chrono::milliseconds{30000}};

/// How long commands took from their arrival to their answer.
class Latency {
  public:
    void count(Duration took) noexcept;

    /// How many took at most so long as the bound of the same place, and longer than the one before.
    const std::array<std::uint64_t, latency_bounds.size() + 1>& buckets() const noexcept { return buckets_; }
    Duration sum() const noexcept { return sum_; }

  private:
    std::array<std::uint64_t, latency_bounds.size() + 1> buckets_{};
    Duration sum_{};
};

struct Traffic {
    std::uint64_t commands = 0;                // all that arrived
    std::uint64_t results = 0;                 // answered with the browser's result
    std::uint64_t errors = 0;                  // answered with the browser's error
    std::array<std::uint64_t, 10> refusals{};  // answered by the agent, by Reason
    std::uint64_t acknowledged = 0;
    std::uint64_t expired = 0;  // never acknowledged in time
    std::uint64_t dropped = 0;  // refusals that had to make room, a sender's answers beyond its share of what may wait
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    Latency latency;

    void command(std::uint64_t bytes) noexcept { ++commands, bytes_in += bytes; }
    void refusal(Reason reason) noexcept { ++refusals[static_cast<std::size_t>(reason)]; }
};

}  // namespace relay
