#include "agent/realtime/results.hpp"

#include <algorithm>

namespace realtime {

namespace {
constexpr TimePoint not_by_itself = TimePoint::max();
}

TimePoint Results::fill(TimePoint now) {
    const Channel* channel = device_.joined_device();
    if (channel == nullptr || delivery_.outbox().empty()) return not_by_itself;
    if (now < delivery_.send_after()) return delivery_.send_after();
    const TimePoint answers = fill_lane(*channel, Lane::answer, now);
    const TimePoint refusals = fill_lane(*channel, Lane::refusal, now);
    return std::min(answers, refusals);
}

TimePoint Results::fill_lane(const Channel& channel, Lane lane, TimePoint now) {
    while (const Message* message = delivery_.outbox().next(lane)) {
        if (delivery_.drop_too_large(lane, *message)) continue;
        if (sink_.full()) return now;
        if (!delivery_.may_send(lane, now)) return delivery_.budget().ready_at(lane, now);
        send(channel, lane, *message, now);
    }
    return not_by_itself;
}

void Results::send(const Channel& channel, Lane lane, const Message& message, TimePoint now) {
    const Ref ref = sink_.broadcast(channel.join_ref(), channel.topic(), message);
    ++status_.counters().sent;
    if (delivery_.outbox().next_is_copy(lane)) ++status_.counters().resent;
    delivery_.sent(lane, ref, status_.joined_time(now));
}

}  // namespace realtime
