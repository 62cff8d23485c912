// A server that falls silent while a join is pending, in real time and with the settings as they are: noticed within
// 60 s, and not before the patience that a joined channel has.
#include <gtest/gtest.h>

#include "tests/loop/realtime/cloud.hpp"
#include "tests/loop/realtime/scripted_server.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using scripted::Peer;

/// Everything that waits on the connection has its default.
realtime::Settings usual(const scripted::Server& server) {
    const realtime::Settings defaults;
    auto made = cloud::quick_settings(server.url());
    made.heartbeat = defaults.heartbeat;
    made.silence = defaults.silence;
    made.silence_joining = defaults.silence_joining;
    made.join_timeout = defaults.join_timeout;
    return made;
}

TEST(HalfOpen, IsNoticedWithin60SecondsWhileAJoinIsPending) {
    net::io_context io;
    scripted::Server first{io};   // never answers the device channel's join
    scripted::Server second{io};  // falls silent at an optional one
    TimePoint silent_since[2]{};
    TimePoint ended[2]{};
    const auto note = [](TimePoint& when) {  // of the first connection
        if (when == TimePoint{}) when = platform::BootClock::now();
    };
    first.then([&](Peer& peer) -> awaitable<void> {
        peer.answer_heartbeats = false;
        co_await peer.expect("phx_join");
        note(silent_since[0]);
        co_await peer.wait_for_end();
        note(ended[0]);
    });
    second.then([&](Peer& peer) -> awaitable<void> {
        peer.answer_heartbeats = false;
        co_await peer.accept_join();
        co_await peer.expect("phx_join");
        note(silent_since[1]);
        co_await peer.wait_for_end();
        note(ended[1]);
    });
    Agent device{io, usual(first), "token"};
    auto with_another = usual(second);
    with_another.join_settings_global = true;
    with_another.optional_spread = 0s;
    Agent optional{io, with_another, "token"};
    device.start();
    optional.start();
    const auto over = [&] { return ended[0] != TimePoint{} && ended[1] != TimePoint{}; };
    ASSERT_TRUE(cloud::run_until(io, over, 90s));
    for (int which = 0; which < 2; ++which) {
        EXPECT_LE(ended[which] - silent_since[which], 60s) << which;
        EXPECT_GE(ended[which] - silent_since[which], 35s) << which << ": a join takes its time at the server";
    }
    EXPECT_TRUE(device.stop(400ms));
    EXPECT_TRUE(optional.stop(400ms));
}

}  // namespace
