// How fast broadcasts may leave. The backend's limit is the whole tenant's and nobody can ask how much of it is used:
// the pace is halved when the server closes the channel for it, and grown while it is what holds us back.
// Pure: time is an argument.
//
// The server averages over up to a minute, so a bucket of ten seconds' worth lets short bursts through. It begins with
// the first event after a long silence, though, and then averages over as little as five seconds: who begins to send
// has a bucket of half a second, which grows to its size within that minute.
//
// A closure says that all together were too fast, not who was. So there are two numbers. The pace is what may leave
// now: it is halved by every closure, and comes back within minutes when nothing closes. The ceiling is where it comes
// back to. A closure lowers it only where this agent's own use, measured over minutes, had a part in it: to a part of
// that use. Beyond the ceiling growth is a try of a tenth or more, after a patience of minutes, which grows when a try
// is followed by a closure. So one flood of somebody else's costs minutes, and a fleet that shares a limit comes to
// rest: the server closes mostly controllers, which no agent sees, and closures become ever rarer.
//
// Where controllers keep clients, they send as much as the agent does. A delivery to each member of the channel is an
// event, so with every further controller each broadcast costs more, and there are more who share. The agent's budget
// knows how many there are. It pays for each broadcast by that number, and says what is left for each of them. All of
// them may then send in bursts (core/burst_window).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/realtime/core/budget_ceiling.hpp"
#include "agent/realtime/core/burst_window.hpp"
#include "agent/realtime/core/outbox.hpp"
#include "platform/core/time_point.hpp"

namespace realtime {

class Budget {
  public:
    /// What holds the pace where it is.
    enum class Why : std::uint8_t {
        setting,  // nothing but the setting
        closure,  // halved by a closure, on its way back to the ceiling
        ceiling,  // at the ceiling that closures left; beyond it by a try at a time
    };

    /// Broadcasts a second: to start with, and at most. A `most` of 0 means no pacing.
    Budget(double start, double most) noexcept;

    bool paced() const noexcept { return most_ > 0; }

    /// Whether a message of that lane may leave now; takes it from the budget if so.
    bool take(Lane lane, TimePoint now) noexcept;

    /// When take() will say yes to one more message, once `ahead` others have left. Not before `now`. Who asks has
    /// something to send.
    TimePoint ready_at(Lane lane, TimePoint now, std::size_t ahead = 0) noexcept;

    /// The server closed the channel for the tenant's rate.
    void closed_for_rate(TimePoint now) noexcept;

    /// So many controllers have clients. 0: there are none, and nothing is known of who listens.
    void share(std::size_t controllers) noexcept;
    /// Broadcasts a second that are left for each of so many controllers; 0 when not paced.
    double left_for_each(std::size_t controllers) const noexcept;

    /// Of a controller: the agent says what is left for it. 0: it is not paced.
    void be_given(double broadcasts, TimePoint now) noexcept;

    /// Time went on without a message: for who looks at the numbers.
    void pass(TimePoint now) noexcept;

    /// Broadcasts a second now, each to one listener; 0 when not paced.
    double rate() const noexcept { return paced() ? rate_ : 0; }
    /// Up to which the pace comes back within minutes; 0 when not paced.
    double ceiling() const noexcept { return paced() ? ceiling_.value() : 0; }

    Why why() const noexcept;
    /// The last closure; TimePoint::min(): none yet.
    TimePoint closed_at() const noexcept { return closed_at_; }

    /// It never falls below.
    static constexpr double floor = 0.2;
    /// Left for each controller at least, in broadcasts a second: its clients keep their leases (120 s) with it.
    static constexpr double least_left = 0.5;
    /// More controllers do not share any further: a name costs nothing, and closures hold back those who are too many.
    static constexpr std::size_t most_sharers = 8;
    /// Refusals get this part of the pace.
    static constexpr double refusal_part = 0.1;

  private:
    struct Bucket {
        double tokens = 0;
    };
    /// Messages a second, over about so long; decays.
    struct Use {
        double memory_seconds;
        double value = 0;  // too low for who just began: of() corrects it
        void pass(double seconds) noexcept;
        void add(double weight) noexcept { value += weight / memory_seconds; }
        double of(double measured_seconds) const noexcept;
    };
    Bucket& bucket(Lane lane) noexcept { return lane == Lane::answer ? answers_ : refusals_; }
    double capacity(Lane lane) const noexcept;
    double pace(Lane lane) const noexcept;
    void fill(TimePoint now) noexcept;
    TimePoint has_room_at(Lane lane, double weight, TimePoint now) noexcept;
    void grow(TimePoint now) noexcept;

    double rate_;
    double most_;
    Bucket answers_;
    Bucket refusals_;
    TimePoint filled_{};
    TimePoint began_{};  // to send, after a silence
    TimePoint taken_{};
    bool started_ = false;
    double weight_ = 1;                    // of a broadcast: 1 for one that one member hears
    std::optional<BurstWindow> bursts_{};  // nothing: there are no clients

    // Growth
    TimePoint grown_{};
    bool held_back_ = false;  // a message had to wait since the last step of growth
    BudgetCeiling ceiling_;
    TimePoint closed_at_ = TimePoint::min();
    Use minutes_;
};

/// Words for status and metrics.
std::string_view to_string(Budget::Why why) noexcept;

}  // namespace realtime
