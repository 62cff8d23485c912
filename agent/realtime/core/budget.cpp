#include "agent/realtime/core/budget.hpp"

#include <algorithm>
#include <cmath>

namespace realtime {

namespace {

using namespace std::chrono_literals;

constexpr double burst_seconds = 10;         // for who has been sending for the server's whole window
constexpr double first_burst_seconds = 0.5;  // for who begins to
constexpr double window_seconds = 60;        // the longest that the server averages over
constexpr Duration forgotten_after = 10min;  // of silence: a server may have dropped its counter, and begins anew
constexpr double least_capacity = 3;         // messages, so that a slow pace still answers a handful at once
constexpr double least_refusal_capacity = 2;
constexpr double minutes_of_use = 180;  // seconds, over which the use is measured

constexpr Duration growth_step = 10s;
constexpr Duration quiet = 1min;   // after a closure, before the pace comes back: the server's own memory
constexpr double recovery = 1.25;  // of the pace on its way back, each step

constexpr double little_part = 0.25;     // of the pace: who used less did not cause the closure
constexpr double back_part = 0.7;        // of the ceiling: a closure of a pace that is not yet back says nothing of it
constexpr Duration stands_after = 5min;  // unclosed: the use may well be bearable, and the flood somebody else's

double seconds(Duration duration) noexcept {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

void Budget::Use::pass(double passed) noexcept {
    value *= std::exp(-passed / memory_seconds);
}

double Budget::Use::of(double measured_seconds) const noexcept {
    // Who began a moment ago is measured over that moment.
    return value / (1 - std::exp(-std::max(measured_seconds, 1.0) / memory_seconds));
}

Budget::Budget(double start, double most) noexcept
    : rate_{most > 0 ? std::clamp(start, std::min(floor, most), most) : 0},
      most_{most},
      ceiling_{rate_, most},
      minutes_{minutes_of_use} {}

double Budget::pace(Lane lane) const noexcept {
    return lane == Lane::answer ? rate_ : rate_ * refusal_part;
}

void Budget::pass(TimePoint now) noexcept {
    if (paced() && started_) fill(now);
}

std::string_view to_string(Budget::Why why) noexcept {
    switch (why) {
        case Budget::Why::setting:
            return "setting";
        case Budget::Why::closure:
            return "closure";
        case Budget::Why::ceiling:
            return "ceiling";
    }
    return "?";
}

Budget::Why Budget::why() const noexcept {
    if (rate_ < ceiling_.value()) return Why::closure;
    return ceiling_.lowered() ? Why::ceiling : Why::setting;
}

double Budget::capacity(Lane lane) const noexcept {
    const double warmth = std::clamp(seconds(filled_ - began_) / window_seconds, 0.0, 1.0);
    const double burst = first_burst_seconds + warmth * (burst_seconds - first_burst_seconds);
    // With clients there may be many who send: a few broadcasts from each at once add up to a burst.
    const double least = lane == Lane::refusal ? least_refusal_capacity : bursts_ ? 1 : least_capacity;
    return std::max(pace(lane) * burst, weight_ * least);
}

void Budget::fill(TimePoint now) noexcept {
    if (!started_) {
        started_ = true;
        filled_ = grown_ = began_ = taken_ = now;
        answers_.tokens = capacity(Lane::answer);
        refusals_.tokens = capacity(Lane::refusal);
        return;
    }
    if (now <= filled_) return;
    const double passed = seconds(now - filled_);
    filled_ = now;
    if (now - taken_ > forgotten_after) began_ = taken_ = now;
    minutes_.pass(passed);
    for (const Lane lane : {Lane::answer, Lane::refusal}) {
        Bucket& one = bucket(lane);
        one.tokens = std::min(one.tokens + passed * pace(lane), capacity(lane));
    }
    grow(now);
}

void Budget::grow(TimePoint now) noexcept {
    const auto steps = (now - grown_) / growth_step;
    if (steps <= 0) return;
    grown_ += steps * growth_step;
    const bool held_back = std::exchange(held_back_, false);
    if (held_back && rate_ >= ceiling_.value()) ceiling_.try_higher(now);
    if (closed_at_ == TimePoint::min()) {
        rate_ = ceiling_.value();
    } else if (now >= closed_at_ + quiet) {
        rate_ = std::min(rate_ * std::pow(recovery, static_cast<double>(steps)), ceiling_.value());
    }
}

bool Budget::take(Lane lane, TimePoint now) noexcept {
    if (!paced()) return true;
    fill(now);
    Bucket& one = bucket(lane);
    const bool in_burst = bursts_ && lane == Lane::answer && bursts_->allows(weight_, rate_, now);
    if (one.tokens < weight_ && !in_burst) {
        if (lane == Lane::answer) held_back_ = true;
        return false;
    }
    one.tokens -= weight_;  // below zero by a burst, which is paid for before the next token is there
    if (bursts_) bursts_->add(weight_, now);
    taken_ = now;
    minutes_.add(weight_);
    return true;
}

TimePoint Budget::ready_at(Lane lane, TimePoint now, std::size_t ahead) noexcept {
    if (!paced()) return now;
    fill(now);
    const TimePoint ready = has_room_at(lane, weight_ * static_cast<double>(1 + ahead), now);
    if (lane == Lane::answer && ready > now) held_back_ = true;
    return ready;
}

TimePoint Budget::has_room_at(Lane lane, double weight, TimePoint now) noexcept {
    const double missing = weight - bucket(lane).tokens;
    if (missing <= 0) return now;
    const auto wait = std::chrono::duration<double>(missing / pace(lane));
    // A little more, so that rounding never finds the bucket a hair short.
    const TimePoint ready = now + std::chrono::duration_cast<Duration>(wait) + 1ms;
    if (!bursts_ || lane != Lane::answer) return ready;
    return std::min(ready, bursts_->allows_at(weight, rate_, now));
}

void Budget::share(std::size_t controllers) noexcept {
    // The setting supposes one that listens.
    weight_ = std::max(1.0, (1 + static_cast<double>(std::min(controllers, most_sharers))) / 2);
    if (controllers == 0) bursts_.reset();
    if (controllers > 0 && !bursts_) bursts_.emplace();
}

double Budget::left_for_each(std::size_t controllers) const noexcept {
    if (!paced()) return 0;
    // All of them together take as many events as the agent, and each of their broadcasts is heard by all others.
    const double many = static_cast<double>(std::clamp<std::size_t>(controllers, 1, most_sharers));
    return std::max(rate_ * 2 / (1 + many) / many, least_left);
}

void Budget::be_given(double broadcasts, TimePoint now) noexcept {
    pass(now);
    most_ = broadcasts;
    if (!paced()) return;
    ceiling_.bound(most_);
    const bool closed = closed_at_ != TimePoint::min();
    const double before = rate_;
    rate_ = std::max(closed ? std::min(rate_, ceiling_.value()) : ceiling_.value(), std::min(floor, most_));
    if (rate_ < before) answers_.tokens = std::max(answers_.tokens, 0.0);  // a burst was lent at the pace before
    if (!bursts_) bursts_.emplace();
}

void Budget::closed_for_rate(TimePoint now) noexcept {
    if (!paced()) return;
    fill(now);
    // What was in use counts, not what was allowed: the allowance of an idle agent says nothing about the limit.
    const double use = minutes_.of(seconds(filled_ - began_));
    const double least = std::min(floor, most_);
    const double used = std::clamp(use, least, std::max(rate_, least));
    const bool stood = now - (closed_at_ != TimePoint::min() ? closed_at_ : began_) >= stands_after;
    const bool was_back = rate_ >= back_part * ceiling_.value();
    const bool little = use < little_part * rate_ && (stood || closed_at_ == TimePoint::min());
    if (use > floor && was_back && !little && !ceiling_.bounded()) ceiling_.lower(used, stood, least);
    ceiling_.wait_again(now);
    closed_at_ = now;
    rate_ = std::max(std::min(used, ceiling_.value()) / 2, least);
    answers_.tokens = std::clamp(answers_.tokens, 0.0, weight_);
    refusals_.tokens = 0;
    grown_ = now;
    held_back_ = false;
}

}  // namespace realtime
