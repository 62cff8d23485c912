#include "agent/realtime/incoming_broadcasts.hpp"

#include "platform/log/log.hpp"

namespace realtime {

/// An elder agent of the device answers. Its results are no commands, and are counted further on.
bool IncomingBroadcasts::is_silenced(const Frame& frame) const {
    return status_.shown().silenced && frame.event != "unpair" && frame.event != "cdp-result";
}

void IncomingBroadcasts::on_frame(const Subscription& subscription, const Frame& frame, bool stale) {
    ++status_.counters().broadcasts_in;
    if (frame.replayed && ++replayed_ == subscription.config.replay_limit) {
        platform::log::warning(
            "realtime: {} stored messages came at the join, as many as can: an older one may have been cut off",
            replayed_);
    }
    const bool first = replay_.first_sight(frame.meta_id);
    if (!first && frame.replayed) return;
    if (subscription.device && !frame.replayed) watch_.on_broadcast(frame);
    if (subscription.device && is_silenced(frame)) {
        ++status_.counters().silenced;
        return;
    }
    Broadcast broadcast;
    broadcast.topic = subscription.channel.name();
    broadcast.event = frame.event;
    broadcast.payload = frame.payload;
    broadcast.meta_id = frame.meta_id;
    broadcast.raw = frame.raw;
    broadcast.replayed = frame.replayed;
    broadcast.stale = stale;
    broadcast.overlong = frame.overlong;
    listener_.on_broadcast(broadcast);
}

}  // namespace realtime
