#include "agent/relay/patience.hpp"

#include <algorithm>

#include "cdp/core/targets.hpp"

namespace relay {

Awaited awaited(const cdp::Message& event) {
    if (waits_for_client(event.method)) return Awaited::event;
    return is_progress_event(event.method, event.body) ? Awaited::progress : Awaited::news;
}

void gather(Client& client, Awaited how, const ClientSettings& settings, Duration between_two, TimePoint now) {
    if (how == Awaited::progress) return client.gather.progress(settings.gather_most_news, now);
    if (how == Awaited::news) {
        return client.gather.news(std::max(between_two, settings.gather_news), settings.gather_most_news, now);
    }
    const Duration patience = how == Awaited::last    ? settings.gather_last_reply
                              : how == Awaited::reply ? settings.gather_replies
                                                      : settings.gather_events;
    client.gather.came(patience, settings.gather_most, now);
}

}  // namespace relay
