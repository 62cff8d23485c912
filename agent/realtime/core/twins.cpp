#include "agent/realtime/core/twins.hpp"

#include <algorithm>
#include <utility>

namespace realtime {

std::string_view to_string(Twin twin) noexcept {
    switch (twin) {
        case Twin::none:
            return "none";
        case Twin::yielding:
            return "yielding";
        case Twin::empty:
            return "empty";
    }
    return "?";
}

void Twins::elder(bool present, TimePoint now) {
    if (!present) {
        state_ = Twin::none;
        look_at_ = TimePoint::max();
        return;
    }
    if (state_ != Twin::none) return;
    state_ = now < distrusted_until_ ? Twin::empty : Twin::yielding;
    if (state_ == Twin::yielding) return;
    look_at_ = now + look_every;
    life_seen_ = false;
}

void Twins::command(std::string_view id, TimePoint now) {
    if (state_ == Twin::none || id.empty() || id.size() > id_most) return;
    if (watched_.size() == watched_most) {
        leave_over(std::move(watched_.front()));
        watched_.pop_front();
    }
    watched_.push_back({std::string{id}, now + answer_within, silent()});
}

void Twins::foreign_result(std::string_view id, TimePoint now) {
    expire(now);
    const auto is_it = [id](const Watched& one) { return one.id == id; };
    const auto found = std::find_if(watched_.begin(), watched_.end(), is_it);
    if (found == watched_.end()) return;
    watched_.erase(found);
    life_seen_ = true;
    unanswered_ = std::max(unanswered_ - 1, 0);
}

void Twins::expire(TimePoint now) {
    while (!watched_.empty() && watched_.front().until <= now) {
        Watched over = std::move(watched_.front());
        watched_.pop_front();
        if (!over.left) continue;  // relayed: whether somebody else answers it too is no matter
        ++unanswered_;
        leave_over(std::move(over));
    }
}

void Twins::leave_over(Watched command) {
    if (!command.left) return;
    if (left_over_.size() == watched_most) left_over_.pop_front();
    left_over_.push_back(std::move(command));
}

/// Nobody answered what was left to the elder.
void Twins::give_way_no_more(TimePoint now) {
    unanswered_ = 0;
    distrusted_until_ = now + distrust;
    if (state_ != Twin::yielding) return;  // it went meanwhile; its claim is remembered
    state_ = Twin::empty;
    look_at_ = now + look_every;
    life_seen_ = false;
    // Those that still had time are answered by nobody else either.
    for (Watched& one : watched_) leave_over(std::move(one));
    watched_.clear();
}

void Twins::tick(TimePoint now) {
    expire(now);
    if (unanswered_ >= unanswered_most) give_way_no_more(now);
    if (state_ != Twin::empty || now < look_at_) return;
    look_at_ = now + look_every;
    distrusted_until_ = now + distrust;
    if (!std::exchange(life_seen_, false)) return;
    state_ = Twin::yielding;
    distrusted_until_ = TimePoint::min();
    look_at_ = TimePoint::max();
}

TimePoint Twins::due() const noexcept {
    const TimePoint first = watched_.empty() ? TimePoint::max() : watched_.front().until;
    return std::min(first, look_at_);
}

std::vector<std::string> Twins::take_left_over(TimePoint now) {
    std::vector<std::string> ids;
    if (silent()) return ids;
    for (Watched& one : std::exchange(left_over_, {})) {
        if (now < one.until + left_over_for) ids.push_back(std::move(one.id));
    }
    return ids;
}

}  // namespace realtime
