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
    for (const DownloadInWork* const one : free) {
        if (bytes <= limits_.bytes && count <= limits_.count) break;
        bytes -= one->bytes;
        --count;
        still[one->guid] = {DownloadStep::cancel, now};
        orders.push_back({one->guid, DownloadStep::cancel});
    }
    asked_ = std::move(still);
    return orders;
}

}  // namespace relay
