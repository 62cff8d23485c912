// Which commands of an agent the browser of a browser host has not answered yet: a planned restart waits for them.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "platform/core/time_point.hpp"

namespace cdp {

class HostFlights {
  public:
    /// Chrome leaves some commands without an answer: beyond every limit that an agent has for them they do not count.
    static constexpr Duration forgotten_after = std::chrono::minutes{15};
    /// More are not remembered: the agent's own bounds are far below.
    static constexpr std::size_t most = 1 << 16;

    void begun(std::int32_t id, TimePoint now) {
        if (flights_.size() < most) flights_[id] = now;
    }
    void ended(std::int32_t id) { flights_.erase(id); }
    /// The agent has gone: nobody waits any more.
    void clear() noexcept { flights_.clear(); }

    bool none(TimePoint now) {
        std::erase_if(flights_, [now](const auto& flight) { return now - flight.second > forgotten_after; });
        return flights_.empty();
    }

  private:
    std::unordered_map<std::int32_t, TimePoint> flights_;
};

}  // namespace cdp
