#include "agent/relay/patience.hpp"

#include <algorithm>

#include "cdp/core/targets.hpp"

namespace relay {
namespace {

/// A receipt waits for so many broadcasts of the pace. Who acknowledges as often as a third of the pace allows has two
/// broadcasts each time, or three where the receipt goes alone: after so long, three of them are within the same share.
constexpr int receipt_turns = 5;

}  // namespace

Awaited awaited(const cdp::Message& event) {
    if (waits_for_client(event.method)) return Awaited::event;
    return is_progress_event(event.method, event.body) ? Awaited::progress : Awaited::news;
}

Awaited awaited_answer(std::string_view method, std::size_t unanswered) noexcept {
    if (is_acknowledgement(method)) return Awaited::receipt;
    return unanswered > 0 ? Awaited::reply : Awaited::last;
}

void gather(Client& client, Awaited how, const ClientSettings& settings, Duration between_two, TimePoint now) {
    if (how == Awaited::receipt) {
        const Duration most = std::max(receipt_turns * between_two, settings.gather_most_news);
        return client.gather.progress(most, now);
    }
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
