#include "agent/pairing/polling.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pairing {

Polling::Next Polling::after(const credentials::TokenAnswer& answer, TimePoint now) {
    Next next;
    if (answer.error == "authorization_pending" || answer.error == "slow_down") {
        if (answer.error == "slow_down") interval_ = std::min(interval_ + slow_down_by, longest_interval);
        pause_ = Duration::zero();
        trouble_.clear();
        next.wait = std::max<Duration>(interval_, answer.retry_after);
    } else if (answer.passing()) {
        // RFC 8628, section 3.5: a lost request is a reason to back off.
        pause_ = std::min<Duration>(std::max<Duration>(2 * pause_, interval_), longest_interval);
        next.wait = std::max<Duration>(pause_, answer.retry_after);
        if (trouble_ != answer.description) next.text = answer.description;
        trouble_ = answer.description;
    } else {
        next.kind = Next::Kind::refused;
        return next;
    }
    return now + next.wait < end_ ? next : late();
}

Polling::Next Polling::late() const {
    Next over;
    over.kind = Next::Kind::late;
    over.text = "nobody logged in before the code ran out: begin again with  agent --pair";
    if (trouble_.empty()) return over;
    over.text = fmt::format("the code ran out before the login server answered as it should; at last: {}", trouble_);
    over.cause = realtime::Cause::passing;
    return over;
}

std::optional<Duration> Patience::again(std::chrono::seconds retry_after, TimePoint now) {
    if (++done_ >= tries) return std::nullopt;
    const auto wait = std::max<Duration>(pause_, retry_after);
    pause_ *= 2;
    if (now + wait > end_) return std::nullopt;
    return wait;
}

}  // namespace pairing
