// When a login server is asked again: for the outcome of a device login (RFC 8628), and after an answer that says
// nothing about what was asked. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "agent/credentials/token_endpoint.hpp"
#include "agent/realtime/core/failure.hpp"
#include "platform/core/time_point.hpp"

namespace pairing {

/// What a server may make us wait between two polls, and how long a device code may live.
inline constexpr std::chrono::seconds shortest_interval{1};
inline constexpr std::chrono::seconds longest_interval{60};
inline constexpr std::chrono::seconds slow_down_by{5};
inline constexpr std::chrono::seconds longest_device_code{1800};

/// The polls of one device login, until its code runs out.
class Polling {
  public:
    struct Next {
        enum class Kind : std::uint8_t {
            again,    // after `wait`
            refused,  // the server said no
            late,     // the code runs out first
        };
        Kind kind = Kind::again;
        Duration wait = Duration::zero();
        std::string text = {};  // `again`: a trouble that is new, or empty; `late`: why it is over
        realtime::Cause cause = realtime::Cause::credential;  // of what is over
    };

    Polling(std::chrono::seconds interval, TimePoint end) : interval_{interval}, end_{end} {}

    /// Before the first poll.
    std::chrono::seconds interval() const noexcept { return interval_; }
    /// After an answer that brought no token.
    Next after(const credentials::TokenAnswer& answer, TimePoint now);

  private:
    Next late() const;

    std::chrono::seconds interval_;
    TimePoint end_;
    Duration pause_ = Duration::zero();  // after trouble, doubled each time
    std::string trouble_;
};

/// Bounds for a request that is asked again after trouble: number and time.
class Patience {
  public:
    static constexpr int tries = 4;
    static constexpr std::chrono::seconds first_pause{1};
    static constexpr std::chrono::seconds limit{30};

    explicit Patience(TimePoint now) : end_{now + limit} {}

    /// The wait before the next try; nothing: it is given up. `retry_after`: what the server wants; zero: nothing.
    std::optional<Duration> again(std::chrono::seconds retry_after, TimePoint now);

  private:
    TimePoint end_;
    int done_ = 0;
    Duration pause_ = first_pause;
};

}  // namespace pairing
