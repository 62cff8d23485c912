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
constexpr Duration growth_step = 10s;
constexpr double growth = 1.05;         // of the pace, each step in which it held messages back
constexpr double safe_part = 0.5;       // of the pace that was too fast
constexpr double ceiling_growth = 1.1;  // after each patience: a fleet finds the limit by a hair, not in a rush
constexpr Duration first_patience = 1h;
constexpr Duration most_patience = 6h;
constexpr double memory_seconds = 30;  // of the measured use

double seconds(Duration duration) noexcept {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

Budget::Budget(double start, double most) noexcept
    : rate_{most > 0 ? std::clamp(start, std::min(floor, most), most) : 0}, most_{most}, patience_{first_patience} {}

double Budget::pace(Lane lane) const noexcept {
    return lane == Lane::answer ? rate_ : rate_ * refusal_part;
}

double Budget::capacity(Lane lane) const noexcept {
    const double warmth = std::clamp(seconds(filled_ - began_) / window_seconds, 0.0, 1.0);
    const double burst = first_burst_seconds + warmth * (burst_seconds - first_burst_seconds);
    return std::max(pace(lane) * burst, lane == Lane::answer ? least_capacity : least_refusal_capacity);
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
    used_ *= std::exp(-passed / memory_seconds);
    for (const Lane lane : {Lane::answer, Lane::refusal}) {
        Bucket& one = bucket(lane);
        one.tokens = std::min(one.tokens + passed * pace(lane), capacity(lane));
    }
    grow(now);
}

void Budget::grow(TimePoint now) noexcept {
    if (now - grown_ < growth_step) return;
    grown_ = now;
    if (!std::exchange(held_back_, false)) return;
    if (ceiling_ > 0 && now >= patient_until_) {
        ceiling_ *= ceiling_growth;
        patient_until_ = now + patience_;
    }
    const double bound = ceiling_ > 0 ? std::min(most_, ceiling_) : most_;
    if (rate_ < bound) rate_ = std::min(rate_ * growth, bound);
}

bool Budget::take(Lane lane, TimePoint now) noexcept {
    if (!paced()) return true;
    fill(now);
    Bucket& one = bucket(lane);
    if (one.tokens < 1) {
        if (lane == Lane::answer) held_back_ = true;
        return false;
    }
    one.tokens -= 1;
    taken_ = now;
    used_ += 1 / memory_seconds;
    return true;
}

TimePoint Budget::ready_at(Lane lane, TimePoint now) noexcept {
    if (!paced()) return now;
    fill(now);
    const double missing = 1 - bucket(lane).tokens;
    if (missing <= 0) return now;
    const auto wait = std::chrono::duration<double>(missing / pace(lane));
    // A little more, so that rounding never finds the bucket a hair short.
    return now + std::chrono::duration_cast<Duration>(wait) + 1ms;
}

double Budget::used_lately() const noexcept {
    // Who began a moment ago is measured over that moment.
    const double measured = std::max(seconds(filled_ - began_), 1.0);
    return used_ / (1 - std::exp(-measured / memory_seconds));
}

void Budget::closed_for_rate(TimePoint now) noexcept {
    if (!paced()) return;
    fill(now);
    // What was in use counts, not what was allowed: the allowance of an idle agent says nothing about the limit.
    const double used = used_lately();
    const double in_use = std::clamp(used, 2 * floor, rate_);
    const bool ours = used > floor;
    if (ours) {
        if (ceiling_ > 0) patience_ = std::min<Duration>(patience_ * 2, most_patience);
        ceiling_ = in_use * safe_part;
        patient_until_ = now + patience_;
    }
    rate_ = std::max(in_use / 2, std::min(floor, most_));
    answers_.tokens = std::min(answers_.tokens, 1.0);
    refusals_.tokens = 0;
    grown_ = now;
    held_back_ = false;
}

}  // namespace realtime
