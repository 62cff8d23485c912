// Reads the socket and says what each frame means. Nothing that arrives ends the process; what can't be read is
// counted.
#include "agent/realtime/session.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/log.hpp"
#include "platform/text.hpp"

namespace realtime {

namespace log = platform::log;

namespace {

/// Messages handled in one go before the other loops get a turn.
constexpr int messages_a_turn = 128;

End end_of(const platform::WebSocket& socket, Error ec) {
    End end;
    end.kind = core::Signal::Kind::socket;
    end.number = 1006;
    if (ec == platform::WebSocketErrc::closed) end.number = socket.peer_close_code();
    if (ec == platform::WebSocketErrc::invalid_utf8) end.number = platform::close_code::invalid_payload;
    if (ec == platform::WebSocketErrc::protocol) end.number = platform::close_code::protocol_error;
    end.text = ec.message();
    return end;
}

}  // namespace

awaitable<void> Session::read_loop() {
    co_await net::this_coro::throw_if_cancelled(false);
    for (;;) {
        auto message = co_await socket_.read();
        const bool over = co_await cancelled();
        if (over) co_return;
        if (!message) {
            if (message.error() == platform::WebSocketErrc::invalid_utf8) ++link_.status.counters.frames_unreadable;
            finish(closing_ ? End{.cause = End::Cause::stopped} : end_of(socket_, message.error()));
            co_return;
        }
        const int handled = on_messages(*message);
        if (handled == messages_a_turn) co_await net::post(link_.executor, no_throw);
    }
}

int Session::on_messages(const platform::Incoming& first) {
    const platform::Turn turn{turns_};
    on_message(first);
    int handled = 1;
    while (handled < messages_a_turn) {
        const auto more = socket_.poll();
        if (!more || !*more) break;  // an error comes again with the next read()
        on_message(**more);
        ++handled;
    }
    link_.tell_settled();
    return handled;
}

void Session::on_message(const platform::Incoming& message) {
    look_for_standstill();
    ++link_.status.counters.frames_in;
    Frame frame;
    const auto why =
        message.too_long() ? Unreadable::wrong_shape : decoder_.decode(message.data, message.binary, frame);
    if (why != Unreadable::none) {
        ++link_.status.counters.frames_unreadable;
        log::debug("realtime: skipped a frame of {} bytes: {}", message.size, to_string(why));
        return;
    }
    on_frame(frame);
}

void Session::on_frame(const Frame& frame) {
    if (frame.topic == heartbeat_topic) {
        on_heartbeat_reply(frame);
        return;
    }
    for (Seat& seat : seats_) {
        if (seat.channel.topic() != frame.topic) continue;
        const Told told = seat.channel.on_frame(frame);
        on_told(seat, told, frame);
        return;
    }
    ++link_.status.counters.frames_stale;
}

void Session::on_told(Seat& seat, Told told, const Frame& frame) {
    using Kind = core::Signal::Kind;
    switch (told) {
        case Told::broadcast:
            on_broadcast(seat, frame);
            return;
        case Told::reply:
            on_reply(frame);
            return;
        case Told::stale:
            ++link_.status.counters.frames_stale;
            return;
        case Told::accepted:
            on_joined(seat);
            return;
        case Told::refused:
            on_lost(seat, {Kind::join, 0, seat.channel.words()}, core::Event::refused);
            return;
        case Told::closed:
            on_lost(seat, {Kind::system, 0, seat.channel.words()}, core::Event::closed);
            return;
        case Told::crashed:
        case Told::unmatched:
            on_lost(seat, {Kind::channel, 0, seat.channel.words()}, core::Event::closed);
            return;
        case Told::left:
            stop_.cancel();
            return;
        case Told::presence_state:
        case Told::presence_diff:
            if (seat.device && seat.tracks) on_presence(told, frame);
            break;
        case Told::notice:
        case Told::postgres_changes:
        case Told::other:
            break;
    }
    link_.listener.on_event(seat.channel.name(), frame.event, frame.payload);
}

void Session::on_reply(const Frame& frame) {
    if (frame.ok) {
        link_.outbox.acknowledged(frame.ref);
    } else if (link_.refused(frame.ref, frame.text, platform::BootClock::now())) {
        wake();
    }
    if (link_.stop_by && link_.outbox.empty()) stop_.cancel();
}

void Session::on_broadcast(Seat& seat, const Frame& frame) {
    ++link_.status.counters.broadcasts_in;
    if (seat.device) last_command_ = platform::BootClock::now();
    if (frame.replayed && ++replayed_ == seat.config.replay_limit) {
        log::warning(
            "realtime: {} stored messages came at the join, as many as can: an older one may have been cut off",
            replayed_);
    }
    if (!link_.first_sight(frame.meta_id) && frame.replayed) return;
    if (seat.device && !frame.replayed) watch_twins(frame);
    // The elder's results are no commands: whoever counts results of others hears them.
    if (seat.device && link_.status.silenced && frame.event != "unpair" && frame.event != "cdp-result") {
        ++link_.status.counters.silenced;
        return;
    }
    Broadcast broadcast;
    broadcast.topic = seat.channel.name();
    broadcast.event = frame.event;
    broadcast.payload = frame.payload;
    broadcast.meta_id = frame.meta_id;
    broadcast.raw = frame.raw;
    broadcast.replayed = frame.replayed;
    broadcast.stale = stale_;
    link_.listener.on_broadcast(broadcast);
}

}  // namespace realtime
