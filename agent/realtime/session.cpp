#include "agent/realtime/session.hpp"

#include <utility>

#include "platform/wait.hpp"

namespace realtime {

using namespace net::experimental::awaitable_operators;

Session::Session(LinkMemory& m)
    : memory_{m},
      ending_{m.executor},
      socket_{m.executor, {m.network, m.settings, m.tokens, m.status.counters()}, *this, ending_},
      writer_{m.executor, socket_.websocket(), m.settings.vsn, *this, ending_},
      channels_{m.executor,
                {m.settings, m.tokens, m.status, m.replay, m.reconnect, m.delivery.outbox(), m.stop_by},
                writer_,
                *this,
                ending_},
      results_{m.delivery, m.status, channels_, writer_},
      heartbeat_{m.executor, m.settings, *this, writer_, ending_},
      presence_{m.executor, {m.settings, m.tokens, m.own, m.stop_by}, writer_},
      twin_watch_{m.executor, {m.settings, m.status, m.listener, m.twins, m.own, m.sent_by_http}, *this},
      broadcasts_{m.status, m.replay, twin_watch_, m.listener},
      token_push_{m.executor, m.tokens, m.stop_by, channels_, ending_},
      drain_{m.executor, m.stop_by, m.delivery.outbox(), *this, ending_},
      standstills_{platform::Standstills::of(m.executor)},
      standstills_seen_{standstills_.count()} {}

awaitable<std::optional<End>> Session::open(Duration connect_timeout) {
    return socket_.open(connect_timeout);
}

awaitable<End> Session::serve() {
    const auto* credential = memory_.tokens.credential();
    if (credential == nullptr) {
        ending_.finish({.cause = End::Cause::unpaired});
    } else {
        for (const Subscription& one : channels_.begin(credential->device_uuid)) {
            const bool left_alone = !one.device && memory_.own.closures >= Presence::closures_max;
            if (one.tracks && !left_alone) presence_.add(one.channel, one.device);
        }
        co_await run_group();
    }
    socket_.websocket().drop();
    const End end = ending_.end();
    memory_.delivery.link_lost(end.number == platform::close_code::too_big);
    memory_.twins.missed();
    memory_.delivery.report_settled();
    channels_.reset();
    co_return end;
}

/// The first loop to end ends all.
awaitable<void> Session::run_group() {
    auto talking = platform::ignoring(socket_.run() || writer_.run() || channels_.run());
    auto tending = platform::ignoring(heartbeat_.run() || presence_.run() || twin_watch_.run());
    auto leaving = platform::ignoring(token_push_.run() || drain_.run());
    co_await (std::move(talking) || std::move(tending) || std::move(leaving) || ending_.run());
}

void Session::wake() {
    writer_.wake();
    if (!memory_.stop_by) return;
    drain_.wake();
    channels_.stopping();
}

/// What is read after a standstill may have waited for as long as it lasted.
void Session::look_for_standstill() {
    const auto count = standstills_.count();
    if (std::exchange(standstills_seen_, count) != count) resumed();
}

void Session::on_message() {
    if (standstills_.idle()) standstills_.arrived(socket_.websocket().age_of_newest());
    look_for_standstill();
}

void Session::resumed() {
    memory_.twins.missed();
    heartbeat_.check_now();
    token_push_.wake();
}

void Session::follow_presence() {
    twin_watch_.judge();
    presence_.wake();
}

void Session::on_frame(const Frame& frame) {
    if (frame.topic == heartbeat_topic) {
        heartbeat_.on_frame(frame);
    } else {
        channels_.on_frame(frame);
    }
}

void Session::on_beat(TimePoint now) {
    memory_.delivery.expire(now);
    presence_.wake();  // another credential may name the device otherwise
}

void Session::on_answer(Duration round_trip) {
    memory_.status.shown().round_trip = round_trip;
    if (channels_.joined_device() != nullptr) memory_.note_joined();
}

void Session::on_join_sent(const Subscription& subscription, const credentials::Token& token) {
    if (subscription.device) token_push_.joined_with(token);
    heartbeat_.wake();
}

void Session::on_joined(const Subscription& subscription) {
    token_push_.wake();  // a newer token may have come while the join was under way
    if (subscription.device) on_device_joined();
    presence_.joined(subscription.channel);
    if (subscription.device) writer_.wake();
}

void Session::on_device_joined() {
    broadcasts_.joined();
    twin_watch_.joined();
    memory_.note_joined();
    memory_.status.on(Event::accepted);
    memory_.on_joined();
}

bool Session::on_lost(const Subscription& subscription, const ChannelLoss& loss) {
    presence_.lost(subscription.channel);
    if (!subscription.device) return !presence_.closed_for_limits(subscription.channel, loss.words);
    on_device_lost(loss);
    return true;
}

void Session::on_device_lost(const ChannelLoss& loss) {
    const TimePoint now = platform::BootClock::now();
    if (loss.closed) {
        memory_.delivery.link_lost(false);
        memory_.twins.missed();
    }
    if (loss.judgement.rate) memory_.delivery.closed_for_rate(now);
    if (loss.judgement.replay) memory_.replay.refused(loss.used, now + memory_.settings.refused_for);
    if (memory_.stop_by) drain_.wake();
}

void Session::on_event(const Subscription& subscription, ChannelEvent event, const Frame& frame) {
    if (event == ChannelEvent::broadcast) {
        standstills_.attend();
        return broadcasts_.on_frame(subscription, frame, heartbeat_.stale());
    }
    if (event == ChannelEvent::reply) return on_reply(frame);
    const bool presence = event == ChannelEvent::presence_state || event == ChannelEvent::presence_diff;
    if (presence && subscription.device && subscription.tracks) twin_watch_.on_presence(frame);
    memory_.listener.on_event(subscription.channel.name(), frame.event, frame.payload);
}

void Session::on_reply(const Frame& frame) {
    const bool refused = memory_.delivery.on_reply(frame, platform::BootClock::now());
    if (refused) wake();
    if (memory_.stop_by && memory_.delivery.outbox().empty()) drain_.wake();
}

void Session::leave() {
    channels_.leave_all();
    writer_.close();
}

}  // namespace realtime
