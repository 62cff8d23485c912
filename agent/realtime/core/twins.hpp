// Whether this agent gives way to another one that claims to be the same device. Presence is a claim that any member of
// the channel can forge: silence has to be deserved by showing life, that is, by answering the commands that come.
//
// While an elder is present this agent is silent and watches: each command that it leaves to the elder has to be
// answered by somebody within `answer_within`. After `unanswered_most` that nobody answered it relays again, and looks
// each `look_every` whether somebody else answers commands after all: then it gives way again. One that comes and goes
// gains nothing: what was unanswered stays counted, and for `distrust` after a claim was found empty an elder that
// comes anew has to show life first.
// Pure: time is an argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/time_point.hpp"

namespace realtime {

enum class Twin : std::uint8_t {
    none,      // no elder agent of this device is present
    yielding,  // one is, and shows life as far as is known: nothing is relayed
    empty,     // one claims to be, and answers nothing: commands are relayed
};

/// Words for status and metrics.
std::string_view to_string(Twin twin) noexcept;

class Twins {
  public:
    static constexpr Duration answer_within = std::chrono::seconds{10};
    static constexpr int unanswered_most = 3;
    static constexpr Duration look_every = std::chrono::seconds{60};
    static constexpr Duration distrust = std::chrono::minutes{10};
    /// Commands that are watched at once; beyond it the oldest is forgotten.
    static constexpr std::size_t watched_most = 64;
    /// A command that was left to an elder is answered so long after its time at most: nobody waits for it longer.
    static constexpr Duration left_over_for = std::chrono::seconds{30};
    /// Of an id that is watched, in bytes; longer ones are no ids of a command.
    static constexpr std::size_t id_most = 256;

    Twin state() const noexcept { return state_; }
    bool silent() const noexcept { return state_ == Twin::yielding; }

    /// Whether an elder agent of this device is present now.
    void elder(bool present, TimePoint now);

    /// A command came that has an answer; `id` is the bytes of its id. Called before it is relayed or left alone.
    void command(std::string_view id, TimePoint now);

    /// A result came on the channel that this agent did not send.
    void foreign_result(std::string_view id, TimePoint now);

    /// Deadlines that have passed. Call it when due() has come.
    void tick(TimePoint now);

    /// When tick() has something to do; TimePoint::max(): never.
    TimePoint due() const noexcept;

    /// Results may have been missed (the channel was left, the process stood still): what is watched says nothing.
    void missed() noexcept { watched_.clear(); }

    /// The ids of commands that were left to the elder, that nobody answered, and that are this agent's to answer now
    /// that it relays. Each is handed out once.
    std::vector<std::string> take_left_over(TimePoint now);

  private:
    struct Watched {
        std::string id;
        TimePoint until;
        bool left = false;  // to the elder, not relayed
    };
    void expire(TimePoint now);
    void leave_over(Watched command);
    void give_way_no_more(TimePoint now);

    Twin state_ = Twin::none;
    int unanswered_ = 0;  // less those that were answered since
    bool life_seen_ = false;
    TimePoint look_at_ = TimePoint::max();  // while `empty`
    TimePoint distrusted_until_ = TimePoint::min();
    std::deque<Watched> watched_;  // by their time
    std::deque<Watched> left_over_;
};

}  // namespace realtime
