#include "agent/relay/core/downloads.hpp"

#include <algorithm>

namespace relay {

std::vector<DownloadBound::Order> DownloadBound::orders(std::vector<DownloadInWork> in_work, TimePoint now) {
    std::map<std::string, Told, std::less<>> still;
    std::vector<Order> orders;
    std::vector<const DownloadInWork*> free;
    std::size_t bytes = 0;
    for (const DownloadInWork& one : in_work) {
        const auto told = told_.find(one.guid);
        if (told == told_.end()) {
            free.push_back(&one);
            bytes += one.bytes;
            continue;
        }
        Told& now_told = still[one.guid] = told->second;
        if (now_told.step != DownloadStep::cut && now - now_told.since >= limits_.obey_within) {
            now_told.step = now_told.step == DownloadStep::cancel ? DownloadStep::close_page : DownloadStep::cut;
            now_told.since = now;
            orders.push_back({one.guid, now_told.step});
        } else if (now_told.step == DownloadStep::cut && one.bytes > 0) {
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
    told_ = std::move(still);
    return orders;
}

}  // namespace relay
