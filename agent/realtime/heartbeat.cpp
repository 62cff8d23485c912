#include "agent/realtime/heartbeat.hpp"

#include <algorithm>

#include "agent/realtime/wait.hpp"

namespace realtime {

Heartbeat::Heartbeat(const net::any_io_executor& executor, const Settings& settings, Pulse& pulse, Pusher& pusher,
                     ConnectionEnd& ending)
    : settings_{settings}, pulse_{pulse}, pusher_{pusher}, ending_{ending}, timer_{executor} {}

awaitable<void> Heartbeat::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    heard_ = platform::BootClock::now();
    TimePoint next_beat = heard_ + settings_.heartbeat;
    seen_bytes_ = pulse_.bytes_read();
    for (;;) {
        const TimePoint dead = dead_at();
        const bool go_on = co_await wait_until(timer_, std::min(next_beat, dead));
        if (!go_on) co_return;
        const TimePoint now = platform::BootClock::now();
        listen(now, dead);
        if (now >= dead_at()) {
            ending_.finish({.kind = Signal::Kind::silence});
            co_return;
        }
        if (now >= next_beat) {
            send(now);
            next_beat = now + settings_.heartbeat;
            pulse_.on_beat(now);
        }
    }
}

/// A message that takes long to arrive is heard by its bytes before it is there as a whole.
void Heartbeat::listen(TimePoint now, TimePoint deadline) {
    const auto bytes = pulse_.bytes_read();
    if (bytes == seen_bytes_) return;
    seen_bytes_ = bytes;
    heard_ = std::max(heard_, std::min(now, pulse_.last_heard()));
    if (now >= deadline) heard_ = now;
    if (pulse_.last_heard() >= sent_) check_by_ = {};
}

Duration Heartbeat::patience() const {
    return pulse_.joining() ? settings_.silence_joining : settings_.silence;
}

TimePoint Heartbeat::dead_at() const {
    const TimePoint silent_too_long = heard_ + patience();
    return check_by_ == TimePoint{} ? silent_too_long : std::min(silent_too_long, check_by_);
}

void Heartbeat::send(TimePoint now) {
    const Ref ref = pusher_.push(no_ref, heartbeat_topic, "heartbeat", "{}");
    // Over a slow link several are on their way: the first unanswered one is the one that is timed.
    if (awaited_ != no_ref) return;
    awaited_ = ref;
    sent_ = now;
}

void Heartbeat::check_now() {
    const TimePoint now = platform::BootClock::now();
    stale_ = true;
    awaited_ = no_ref;  // only what is sent from now on proves anything
    send(now);
    check_by_ = now + answer_within;
    timer_.cancel();
}

void Heartbeat::on_frame(const Frame& frame) {
    if (frame.kind != FrameKind::reply || frame.ref != awaited_ || awaited_ == no_ref) return;
    awaited_ = no_ref;
    stale_ = false;
    check_by_ = {};
    pulse_.on_answer(platform::BootClock::now() - sent_);
    timer_.cancel();  // the answer has put off the end of the patience: an idle link is not to wake for it
}

}  // namespace realtime
