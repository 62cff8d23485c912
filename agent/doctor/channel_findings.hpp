// What the doctor says of what it met on the device's channel. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "agent/doctor/finding.hpp"
#include "agent/realtime/core/outbox.hpp"

namespace doctor {

/// `small`: what became of a small broadcast; `warning`: what the server said of it.
Finding judge_write(std::optional<realtime::Settled> small, const std::string& warning);

struct LimitsSeen {
    std::optional<realtime::Settled> great = {};  // what became of a broadcast of the greatest size
    std::size_t wanted = 0;                       // that size: the configured limit
    std::size_t lowered = 0;                      // what the server would have taken, where that was too large
    const nlohmann::json* status = nullptr;       // the running agent's, which has met the limit of the rate
};
Finding judge_limits(const LimitsSeen& seen);

struct TwinSeen {
    bool seen = false;        // by the doctor itself
    bool credential = false;  // there was one to join with
    bool reached = false;     // a websocket to the server opened
    const nlohmann::json* status = nullptr;
};
Finding judge_twin(const TwinSeen& seen);

}  // namespace doctor
