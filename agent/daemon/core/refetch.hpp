// When to ask the backend again for something that it says has changed: once after a burst of such words, at a random
// moment, for a whole fleet hears the same word; and again, ever later, while it does not answer.
// Pure: the caller brings time and chance.
#pragma once

#include "platform/core/backoff.hpp"

namespace agent::daemon {

class Refetch {
  public:
    struct Limits {
        /// The debounce: the question is asked after this time without a notice.
        Duration settle = std::chrono::seconds{1};
        /// Upper bound of the debounce: a steady stream of notices still leads to a question.
        Duration settle_most = std::chrono::seconds{30};
        Duration retry_first = std::chrono::seconds{5};
        Duration retry_most = std::chrono::minutes{5};
    };
    static constexpr TimePoint never = TimePoint::max();

    explicit Refetch(Limits limits) noexcept;

    /// Something changed. `later`: how long this one of the fleet waits beyond the quiet.
    void schedule(TimePoint now, Duration later) noexcept;

    /// When to ask; `never`: there is nothing to ask.
    TimePoint due() const noexcept { return due_; }

    /// The question is on its way. A notice from now on needs another question.
    void asked() noexcept;

    void answered() noexcept;

    /// No answer: again after a while. `random` is uniform in [0, 1).
    void failed(TimePoint now, double random) noexcept;

  private:
    Limits limits_;
    platform::Backoff backoff_;
    TimePoint first_asked_ = never;
    TimePoint due_ = never;
};

}  // namespace agent::daemon
