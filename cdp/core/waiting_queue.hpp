// Commands that cannot be written yet: the browser is away, or the default page is still being attached. Plain data,
// bounded by the caller who adds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cdp/core/pending.hpp"
#include "platform/core/time_point.hpp"

namespace cdp {

/// A command that owns its texts.
struct WaitingCommand {
    std::uint64_t ticket = 0;
    std::uint8_t kind = 0;  // Destination::Kind
    std::string session;
    std::string method;
    std::string params;
    TimePoint deadline;
    TimePoint arrived;
    std::size_t sender = 0;
    std::uint64_t standstills = 0;  // of the process, when it arrived
    bool content = false;           // see Request

    std::size_t bytes() const noexcept { return method.size() + params.size() + session.size(); }
};

class WaitingQueue {
  public:
    using Wanted = std::function<bool(const WaitingCommand& command)>;

    void add(WaitingCommand command);
    /// Takes out, in order, what `wanted` says yes to.
    std::vector<WaitingCommand> take(const Wanted& wanted);
    /// The first moment at which a deadline passes, or a grace (if there is one) counted from the arrival.
    std::optional<TimePoint> next(std::optional<Duration> grace) const noexcept;

    /// Whether the sender may have one more waiting.
    bool admits(std::size_t sender, std::size_t most) const noexcept { return counts_.admits(sender, most); }
    std::size_t size() const noexcept { return commands_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }

  private:
    std::deque<WaitingCommand> commands_;
    SenderCounts counts_;
    std::size_t bytes_ = 0;
};

}  // namespace cdp
