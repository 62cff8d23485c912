#include "agent/realtime/core/reconnect.hpp"

#include <algorithm>
#include <utility>

namespace realtime {

namespace {
constexpr Duration at_once = Duration::zero();
}

Reconnect::Reconnect(const Pace& pace, Random random)
    : pace_{pace},
      random_{std::move(random)},
      connections_{pace.backoff_base, pace.backoff_cap, pace.held_after},
      joins_{pace.backoff_base, pace.backoff_cap, pace.held_after},
      posts_{post_first, post_longest, Duration::zero()} {}

/// `lost`: a standing socket went, so that the first try is spread.
Duration Reconnect::wait(const Judgement& judgement, platform::Backoff& doubling, bool lost) {
    const auto& wait = judgement.wait;
    if (sends_all_away(judgement.what)) return spread(at_once, pace_.reconnect_spread);
    if (!wait.backoff) return spread(wait.least, wait.most);
    const bool first = doubling.ceiling() <= pace_.backoff_base;
    const Duration backed_off = doubling.next(random_());
    if (lost && first && wait.most == Duration::zero()) return spread(at_once, pace_.reconnect_spread);
    return spread(wait.least, wait.most) + backed_off;
}

Duration Reconnect::wait_after(const Judgement& judgement, const Failure& failure, TimePoint now) {
    if (!failure.offline) {
        search_.answered();
    } else if (search_.missed(now)) {
        return spread(at_once, Search::cap);
    }
    const Duration drawn = wait(judgement, connections_, failure.stood);
    const Duration longest = longest_wait(judgement, failure, now);
    // Drawn anew, for at the bound itself all that lost the same server would come back together.
    return drawn <= longest ? drawn : spread(longest / 2, longest);
}

/// Doubling alone lets few unlucky tries in a short outage make the next wait several times as long as the outage.
Duration Reconnect::longest_wait(const Judgement& judgement, const Failure& failure, TimePoint now) {
    if (failure.stood && !away_since_) away_since_ = now;
    const bool others_decide = !judgement.wait.backoff || judgement.wait.most > Duration::zero();
    if (!away_since_ || others_decide) return Duration::max();
    return std::max(pace_.reconnect_spread, (now - *away_since_) / 2);
}

void Reconnect::connection_held(Duration how_long) noexcept {
    connections_.held(how_long);
    if (how_long >= pace_.held_after) away_since_.reset();
}

Reconnect::Next Reconnect::connection_failed(const Judgement& judgement, const Failure& failure, TimePoint now) {
    Next next;
    next.how = after({judgement.what, failure.used, failure.present, refused_generation_});
    // A fresh token once; when that one is refused as well, slowly.
    if (wants_fresh_token(judgement.what) && failure.used != 0) refused_generation_ = failure.used;
    next.at = next.how == NextTry::at_once ? now : now + wait_after(judgement, failure, now);
    // No connection before there is something to join.
    if (failure.stood) next.at = std::max(next.at, device_not_before_);
    return next;
}

void Reconnect::device_joined(TimePoint now) noexcept {
    device_joined_at_ = now;
    refused_generation_ = 0;
}

Reconnect::Next Reconnect::device_refused(const Judgement& judgement, Generation used, Generation present,
                                          TimePoint now) {
    Next next;
    next.how = after({judgement.what, used, present, refused_generation_});
    if (wants_token(judgement.what)) refused_generation_ = used;
    next.at = next.how == NextTry::at_once ? now : now + wait(judgement, joins_, false);
    device_not_before_ = next.at;
    return next;
}

Reconnect::Next Reconnect::optional_refused(std::string_view name, const Judgement& judgement, Generation used,
                                            Generation present, TimePoint now) {
    Next next;
    next.at = now;
    if (after({judgement.what, used, present, used}) == NextTry::at_once) {
        next.how = NextTry::at_once;
        return next;
    }
    next.lasting = lasting(judgement.what);
    if (next.lasting) {
        next.at += pace_.refused_for;
        refused_[std::string{name}] = {used, next.at, judgement};
        return next;
    }
    const Duration asked = spread(judgement.wait.least, judgement.wait.most);
    next.at += std::max(asked, spread(optional_least, optional_most));
    return next;
}

const Reconnect::Refused* Reconnect::refused(std::string_view name, Generation present) const {
    const auto known = refused_.find(name);
    return known != refused_.end() && known->second.token == present ? &known->second : nullptr;
}

TimePoint Reconnect::post_limited(TimePoint now) {
    return now + spread(post_limited_least, post_limited_most);
}

void Reconnect::another_token() {
    refused_.clear();
    device_not_before_ = {};
}

}  // namespace realtime
