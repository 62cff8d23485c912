#include "agent/credentials/core/refresh_pace.hpp"

#include <algorithm>

namespace credentials {
namespace {

using std::chrono::seconds;

/// The longest life of a token that is believed: a longer one would not fit into a deadline.
constexpr seconds longest_life{std::chrono::hours(24 * 366 * 5)};

}  // namespace

void RefreshPace::start_over(WallTime at_server, TimePoint now) {
    note_token(at_server, now);
    not_before_ = TimePoint::min();
    session_not_before_ = TimePoint::min();
    pause_ = refresh_retry_first;
    last_error_ = {};
}

TimePoint RefreshPace::due(std::uint64_t generation, std::optional<WallTime> expires, Moment at_server,
                           TimePoint now) const {
    if (wanted_for_ == generation) return now;
    if (!expires) return TimePoint::max();
    // In whole seconds as long as they may be far away: finer units would overflow.
    const auto second = std::chrono::floor<seconds>(at_server);
    const auto left = std::clamp<seconds>(*expires - second, -longest_life, longest_life);
    // The wall clock may have run ahead when the token came. Where it ran behind the life looks too long: the token is
    // asked for too early, which does no harm.
    const auto taken_at = std::min(taken_at_, std::chrono::floor<seconds>(at_server - (now - taken_)));
    const auto life = std::clamp<seconds>(*expires - taken_at, seconds::zero(), longest_life);
    const auto ahead = std::min<Duration>(refresh_ahead, Duration{life} / 5);
    const TimePoint usual = std::max(now + left - ahead, not_before_);
    return in_session_ ? std::min(usual, due_for_session(life, now + left - (at_server - second))) : usual;
}

TimePoint RefreshPace::due_for_session(seconds life, TimePoint over_at) const {
    const TimePoint wanted = over_at - std::min<Duration>(session_ahead, Duration{life} / 2);
    if (last_error_) return std::max({wanted, session_not_before_, not_before_});
    // Where a fresh token has run out already one of the clocks is wrong, and another token would not be better.
    return life == seconds::zero() ? std::max(wanted, session_not_before_) : wanted;
}

void RefreshPace::note(Error ec) {
    ++tries_;
    wanted_for_ = 0;
    last_error_ = ec;
}

void RefreshPace::note_success(TimePoint now) {
    note({});
    pause_ = refresh_retry_first;
    not_before_ = now + refresh_least_pause;
    session_not_before_ = now + session_retry;
}

void RefreshPace::note_failure(Error why, bool hopeless, TimePoint now, double random) {
    note(why);
    const seconds drawn{1 + static_cast<seconds::rep>(random * static_cast<double>(pause_.count()))};
    session_not_before_ = now + session_retry;
    not_before_ = now + (hopeless ? refresh_refused_pause : drawn);
    pause_ = std::min(pause_ * 2, refresh_retry_most);
}

void RefreshPace::note_failure_without_credential(Error why) {
    note(why);
}

}  // namespace credentials
