// Up to which pace a Budget comes back within minutes after a closure. A closure that this agent had a part in lowers
// it to a part of the agent's use. Then it is raised in tries, each after a patience of minutes. The patience grows
// when a try is followed by a closure. Pure: time is an argument. Paces are in broadcasts a second.
#pragma once

#include "platform/core/time_point.hpp"

namespace realtime {

class BudgetCeiling {
  public:
    /// `most`: the setting, which the ceiling never exceeds.
    BudgetCeiling(double start, double most) noexcept : value_{start}, most_{most} {}

    double value() const noexcept { return value_ < most_ ? value_ : most_; }
    /// A closure lowered it, and the setting has fallen below since then: that holds the pace, not the ceiling.
    bool bounded() const noexcept { return lowered_ && value_ > most_; }
    /// A closure lowered it, and it is not yet back at the setting.
    bool lowered() const noexcept { return lowered_; }

    /// There is another setting. A ceiling that no closure lowered stands there; one that was lowered is remembered.
    void bound(double most) noexcept;

    /// The pace is at the ceiling and holds messages back: raises it, if its patience is over.
    void try_higher(TimePoint now) noexcept;

    /// A closure in which this agent had a part. `used`: its own use. `stood`: for minutes there was no closure, so the
    /// use may well be bearable. `least`: the ceiling never falls below.
    void lower(double used, bool stood, double least) noexcept;

    /// After any closure, this agent's or not: the next try waits for its patience, and is a small one.
    void wait_again(TimePoint now) noexcept;

    static constexpr Duration first_patience = std::chrono::minutes{5};  // between two tries
    static constexpr Duration most_patience = std::chrono::hours{3};

  private:
    static constexpr double first_try = 0.1;  // beyond the ceiling: a fleet finds the limit by a hair, not in a rush

    double value_;
    double most_;
    bool lowered_ = false;
    TimePoint patient_until_{};
    Duration patience_ = first_patience;
    double step_ = first_try;  // of the next try
    bool tried_ = false;       // it rose since it was lowered
};

}  // namespace realtime
