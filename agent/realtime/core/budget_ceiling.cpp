#include "agent/realtime/core/budget_ceiling.hpp"

#include <algorithm>

namespace realtime {
namespace {

constexpr double growth = 1.05;     // of a ceiling that no closure lowered
constexpr double try_growth = 1.5;  // of the next try, while none is followed by a closure
constexpr double most_try = 0.25;
constexpr int impatience_lost = 8;  // by it the patience grows when a try was too much
constexpr double stood_part = 0.7;  // of a use that stood for minutes
constexpr double safe_part = 0.5;   // of one that did not

}  // namespace

void BudgetCeiling::try_higher(TimePoint now) noexcept {
    if (now < patient_until_ || (lowered_ && value_ >= most_)) return;
    if (!lowered_) {
        value_ = std::min(value_ * growth, most_);
        return;
    }
    value_ *= 1 + step_;
    step_ = std::min(step_ * try_growth, most_try);
    patient_until_ = now + patience_;
    tried_ = true;
    if (value_ < most_) return;
    value_ = most_;
    patience_ = first_patience;
    lowered_ = tried_ = false;
}

void BudgetCeiling::bound(double most) noexcept {
    most_ = most;
    if (!lowered_) value_ = most;
}

void BudgetCeiling::lower(double used, bool stood, double least) noexcept {
    value_ = std::max(std::min(value_, used) * (stood ? stood_part : safe_part), least);
    if (tried_) patience_ = std::min<Duration>(patience_ * impatience_lost, most_patience);
    tried_ = false;
    lowered_ = true;
}

void BudgetCeiling::wait_again(TimePoint now) noexcept {
    patient_until_ = now + patience_;
    step_ = first_try;
}

}  // namespace realtime
