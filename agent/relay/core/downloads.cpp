#include "agent/relay/core/downloads.hpp"

#include <algorithm>

namespace relay {

std::vector<DownloadBound::Order> DownloadBound::orders(std::vector<DownloadInWork> in_work, TimePoint now) {
    std::map<std::string, Asked, std::less<>> still;
    std::vector<Order> orders;
    std::vector<const DownloadInWork*> free;
    std::size_t bytes = 0;
    for (const DownloadInWork& one : in_work) {
        const auto before = asked_.find(one.guid);
        if (before == asked_.end()) {
            free.push_back(&one);
            bytes += one.bytes;
            continue;
        }
        Asked& asked = still[one.guid] = before->second;
        if (asked.step != DownloadStep::cut && now - asked.since >= limits_.obey_within) {
            asked.step = asked.step == DownloadStep::cancel ? DownloadStep::close_page : DownloadStep::cut;
            asked.since = now;
            orders.push_back({one.guid, asked.step});
        } else if (asked.step == DownloadStep::cut && one.bytes > 0) {
            orders.push_back({one.guid, DownloadStep::cut});
        }
    }
    std::sort(free.begin(), free.end(), [](const auto* a, const auto* b) { return a->bytes > b->bytes; });
    std::size_t count = free.size();
    auto one = free.begin();
    for (; one != free.end() && (bytes > limits_.bytes || count > limits_.count); ++one, --count) {
        bytes -= (*one)->bytes;
        still[(*one)->guid] = {DownloadStep::cancel, now};
        orders.push_back({(*one)->guid, DownloadStep::cancel});
    }
    asked_ = std::move(still);
    free.erase(free.begin(), one);
    foresee(free, now);
    return orders;
}

void DownloadBound::foresee(const std::vector<const DownloadInWork*>& going_on, TimePoint now) {
    const double passed = std::chrono::duration<double>(now - seen_at_).count();
    std::map<std::string, Seen, std::less<>> seen;
    double speed = 0;  // of all of them
    double room = static_cast<double>(limits_.bytes);
    for (const DownloadInWork* const one : going_on) {
        Seen& now_seen = seen[one->guid];
        now_seen.bytes = one->bytes;
        const auto before = seen_.find(one->guid);
        if (before != seen_.end() && passed > 0) {
            const auto grown = static_cast<double>(one->bytes) - static_cast<double>(before->second.bytes);
            // One that rests for a moment may go on as it was.
            now_seen.speed = std::max(grown / passed, before->second.speed / 2);
        }
        speed += now_seen.speed;
        room -= static_cast<double>(one->bytes);
    }
    seen_ = std::move(seen);
    seen_at_ = now;
    using Seconds = std::chrono::duration<double>;
    const Seconds longest = std::chrono::hours{1};
    const Seconds half{speed > 0 ? room / speed / 2 : longest.count()};
    until_look_ = std::chrono::duration_cast<Duration>(std::min(half, longest));
}

}  // namespace relay
