// Heartbeats, and the deadline by which something must have come. Any inbound byte counts as a sign of life.
#include <algorithm>

#include "agent/realtime/session.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/log.hpp"

namespace realtime {

awaitable<void> Session::heartbeat_loop() {
    co_await net::this_coro::throw_if_cancelled(false);
    TimePoint heard = platform::BootClock::now();
    TimePoint next_beat = heard + link_.settings.heartbeat;
    std::uint64_t seen_bytes = socket_.bytes_read();
    for (;;) {
        // The server says nothing while it handles a join: more patience then.
        const Duration patience = joining() ? link_.settings.silence_joining : link_.settings.silence;
        TimePoint dead_at = heard + patience;
        if (check_by_ != TimePoint{}) dead_at = std::min(dead_at, check_by_);
        const bool go_on = co_await wait_until(heart_, std::min(next_beat, dead_at));
        if (!go_on) co_return;
        const TimePoint now = platform::BootClock::now();
        // A message that takes long to arrive is heard by its bytes before it is there as a whole.
        if (const auto bytes = socket_.bytes_read(); bytes != seen_bytes) {
            heard = std::max(heard, std::min(now, std::max(socket_.last_heard(), heard)));
            if (now >= dead_at) heard = now;
            seen_bytes = bytes;
            if (socket_.last_heard() >= heartbeat_sent_) check_by_ = {};
        }
        const Duration allowed = joining() ? link_.settings.silence_joining : link_.settings.silence;
        const bool unanswered = check_by_ != TimePoint{} && now >= check_by_;
        if (now >= heard + allowed || unanswered) {
            finish({.kind = core::Signal::Kind::silence});
            co_return;
        }
        if (now >= next_beat) {
            send_heartbeat(now);
            next_beat = now + link_.settings.heartbeat;
            link_.outbox.expire(link_.joined_time(now));
            link_.tell_settled();
        }
    }
}

void Session::send_heartbeat(TimePoint now) {
    // Over a slow link several are on their way: the first unanswered one is the one that is timed.
    if (heartbeat_ref_ == no_ref) {
        heartbeat_ref_ = last_ref_ + 1;  // the ref that push() takes
        heartbeat_sent_ = now;
    }
    push(no_ref, heartbeat_topic, "heartbeat", "{}");
}

void Session::on_heartbeat_reply(const Frame& frame) {
    if (frame.kind != FrameKind::reply || frame.ref != heartbeat_ref_ || heartbeat_ref_ == no_ref) return;
    heartbeat_ref_ = no_ref;
    link_.status.round_trip = platform::BootClock::now() - heartbeat_sent_;
    stale_ = false;
    check_by_ = {};
    if (device_joined()) link_.note_joined();
}

}  // namespace realtime
