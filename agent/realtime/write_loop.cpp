// Writes what waits: the outbox at the pace of the budget, everything queued in one go.
#include <algorithm>

#include "agent/realtime/session.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/log.hpp"

namespace realtime {

using namespace std::chrono_literals;

awaitable<void> Session::write_loop() {
    co_await net::this_coro::throw_if_cancelled(false);
    bool closed = false;
    for (;;) {
        const TimePoint now = platform::BootClock::now();
        const TimePoint again = std::min(show_presence(now), fill(now));
        Error ec;
        if (socket_.queued() > 0) {
            ec = co_await socket_.flush();
        } else if (closing_ && !closed) {
            closed = true;
            ec = co_await socket_.close();
        } else {
            writer_waits_ = true;
            writer_until_ = again;
            co_await wait_until(writer_, again);
            writer_waits_ = false;
        }
        const bool over = co_await cancelled();
        if (over) co_return;
        if (!ec) continue;
        // The reader knows more: a close frame may lie in front of the reset. It gets a moment to say so.
        co_await wait_until(writer_, platform::BootClock::now() + 1s);
        finish({.kind = core::Signal::Kind::socket, .number = 1006, .text = ec.message()});
        co_return;
    }
}

void Session::at_turn_end() {
    if (!writer_waits_ || end_) return;
    const TimePoint now = platform::BootClock::now();
    const TimePoint again = std::min(show_presence(now), fill(now));
    socket_.flush_now();
    if (socket_.queued() > 0 || again < writer_until_ || closing_) writer_.cancel();
}

TimePoint Session::fill(TimePoint now) {
    if (!device_joined() || closing_) return never;
    if (link_.outbox.empty()) return never;
    if (now < link_.device_send_after) return link_.device_send_after;
    const TimePoint answers = fill_lane(Lane::answer, now);
    const TimePoint refusals = fill_lane(Lane::refusal, now);
    return std::min(answers, refusals);
}

TimePoint Session::fill_lane(Lane lane, TimePoint now) {
    while (const Message* message = link_.outbox.next(lane)) {
        if (message->payload.size() > link_.payload_limit) {
            link_.outbox.too_large_to_send(lane);
            link_.tell_settled();
            continue;
        }
        if (socket_.queued() >= platform::WebSocket::flush_at) return now;
        if (!link_.may_send(lane, now)) return link_.budget.ready_at(lane, now);
        send(lane, *message, now);
    }
    return never;
}

void Session::send(Lane lane, const Message& message, TimePoint now) {
    const Seat& device = seats_.front();
    const Ref ref = ++last_ref_;
    head_.clear();
    const auto made = append_broadcast_head(head_, link_.settings.vsn,
                                            {device.channel.join_ref(), ref, device.channel.topic(), message.event});
    socket_.queue(made.binary, head_, message.payload, made.tail);
    ++link_.status.counters.sent;
    if (link_.outbox.next_is_copy(lane)) ++link_.status.counters.resent;
    link_.outbox.sent(lane, ref, link_.joined_time(now));
}

void Session::push(Ref join_ref, std::string_view topic, std::string_view event, std::string_view payload) {
    head_.clear();
    append_push(head_, link_.settings.vsn, {join_ref, ++last_ref_, topic, event}, payload);
    socket_.queue(false, head_);
    wake();
}

}  // namespace realtime
