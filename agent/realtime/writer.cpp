#include "agent/realtime/writer.hpp"

#include "agent/realtime/wait.hpp"
#include "platform/secret.hpp"

namespace realtime {

using namespace std::chrono_literals;

namespace {
/// How long a failed write waits for the reader, which knows more: a close frame may lie in front of the reset.
constexpr auto readers_word = 1s;
}  // namespace

Writer::Writer(const net::any_io_executor& executor, platform::WebSocket& socket, Vsn vsn, WriteSource& source,
               ConnectionEnd& ending)
    : TurnEnd{platform::Turns::of(executor)},
      socket_{socket},
      vsn_{vsn},
      source_{source},
      ending_{ending},
      timer_{executor} {}

Ref Writer::push(Ref join_ref, std::string_view topic, std::string_view event, std::string_view payload) {
    head_.clear();
    const Ref ref = ++last_ref_;
    append_push(head_, vsn_, {join_ref, ref, topic, event}, payload);
    socket_.queue(false, head_);
    platform::cleanse(head_);  // a join and an access_token carry the token
    wake();
    return ref;
}

Ref Writer::push_join(std::string_view topic, std::string_view payload) {
    return push(last_ref_ + 1, topic, "phx_join", payload);
}

Ref Writer::broadcast(Ref join_ref, std::string_view topic, const Message& message) {
    head_.clear();
    const Ref ref = ++last_ref_;
    const auto made = append_broadcast_head(head_, vsn_, {join_ref, ref, topic, message.event, message.raw});
    if (message.payload.is_shared()) {
        socket_.queue_shared(made.binary, head_, message.payload, made.tail);
    } else {
        socket_.queue(made.binary, head_, message.payload, made.tail);
    }
    return ref;
}

void Writer::wake() {
    const bool in_turn = turns_.at_end(*this);
    if (!in_turn && waits_) timer_.cancel();
}

void Writer::close() {
    ending_.closing();
    wake();
}

awaitable<void> Writer::wait(TimePoint until) {
    waits_ = true;
    until_ = until;
    co_await wait_until(timer_, until);
    waits_ = false;
}

awaitable<void> Writer::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    bool closed = false;
    for (;;) {
        const TimePoint again = source_.fill(platform::BootClock::now());
        Error ec;
        if (socket_.queued() > 0) {
            ec = co_await socket_.flush();
        } else if (ending_.is_closing() && !closed) {
            closed = true;
            ec = co_await socket_.close();
        } else {
            co_await wait(again);
        }
        const bool over = co_await cancelled();
        if (over) co_return;
        if (!ec) continue;
        co_await wait_until(timer_, platform::BootClock::now() + readers_word);
        ending_.finish({.kind = Signal::Kind::socket, .number = 1006, .text = ec.message()});
        co_return;
    }
}

void Writer::at_turn_end() {
    if (!waits_ || ending_.over()) return;
    const TimePoint again = source_.fill(platform::BootClock::now());
    socket_.flush_now();
    if (socket_.queued() > 0 || again < until_ || ending_.is_closing()) timer_.cancel();
}

}  // namespace realtime
