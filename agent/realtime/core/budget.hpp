// How fast broadcasts may leave. The backend's limit is the whole tenant's and nobody is told how much of it is used:
// the pace is halved when the server closes the channel for it, and grown slowly while it is what holds us back.
// Pure: time is an argument.
//
// The server averages over up to a minute, so a bucket of ten seconds' worth lets short bursts through. It begins with
// the first event after a long silence, though, and then averages over as little as five seconds: who begins to send
// has a bucket of half a second, which grows to its size within that minute. What was once too fast is remembered:
// growth stops well below it, at a ceiling that rises by a tenth after a patience, which doubles each time it turns out
// to be too fast again. The server closes mostly controllers, of which no agent is told: a fleet that shares a limit
// comes to rest where some agents are, and the further its controllers are away, the more are.
#pragma once

#include <cstdint>

#include "agent/realtime/core/outbox.hpp"
#include "platform/time_point.hpp"

namespace realtime {

class Budget {
  public:
    /// Broadcasts a second: to start with, and at most. A `most` of 0 means no pacing.
    Budget(double start, double most) noexcept;

    bool paced() const noexcept { return most_ > 0; }

    /// Whether a message of that lane may leave now; takes it from the budget if so.
    bool take(Lane lane, TimePoint now) noexcept;

    /// When take() will say yes. Not before `now`.
    TimePoint ready_at(Lane lane, TimePoint now) noexcept;

    /// The server closed the channel for the tenant's rate.
    void closed_for_rate(TimePoint now) noexcept;

    /// Broadcasts a second now; 0 when not paced.
    double rate() const noexcept { return paced() ? rate_ : 0; }

    /// It never falls below.
    static constexpr double floor = 0.2;
    /// Refusals get this part of the pace.
    static constexpr double refusal_part = 0.1;

  private:
    struct Bucket {
        double tokens = 0;
    };
    Bucket& bucket(Lane lane) noexcept { return lane == Lane::answer ? answers_ : refusals_; }
    double capacity(Lane lane) const noexcept;
    double pace(Lane lane) const noexcept;
    void fill(TimePoint now) noexcept;
    void grow(TimePoint now) noexcept;
    double used_lately() const noexcept;

    double rate_;
    double most_;
    Bucket answers_;
    Bucket refusals_;
    TimePoint filled_{};
    TimePoint began_{};  // to send, after a silence
    TimePoint taken_{};
    bool started_ = false;

    // Growth
    TimePoint grown_{};
    bool held_back_ = false;  // a message had to wait since the last step of growth
    double ceiling_ = 0;      // of growth, since a closure; 0: none yet
    TimePoint patient_until_{};
    Duration patience_;
    double used_ = 0;  // messages a second, decaying; too low for who just began: used_lately() corrects it
};

}  // namespace realtime
