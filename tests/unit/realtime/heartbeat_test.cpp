#include "agent/realtime/heartbeat.hpp"

#include <gtest/gtest.h>

#include "tests/unit/realtime/parts_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using realtime::Signal;

class PulseInHand final : public realtime::Pulse {
  public:
    std::uint64_t bytes_read() const override { return bytes; }
    TimePoint last_heard() const override { return heard; }
    bool joining() const override { return is_joining; }
    void on_beat(TimePoint) override { ++beats; }
    void on_answer(Duration) override { ++answers; }

    std::uint64_t bytes = 0;
    TimePoint heard{};
    bool is_joining = false;
    int beats = 0;
    int answers = 0;
};

class HeartbeatPart : public parts::Fixture {
  protected:
    void begin(Duration beat, Duration silence, Duration silence_joining) {
        settings.heartbeat = beat;
        settings.silence = silence;
        settings.silence_joining = silence_joining;
        start([this] { return heart.run(); });
        settle();
    }

    PulseInHand pulse;
    realtime::Heartbeat heart{io.get_executor(), settings, pulse, pushes, ending};
};

TEST_F(HeartbeatPart, BeatsOnTheTopicOfItsOwn) {
    begin(5ms, 1h, 1h);
    ASSERT_TRUE(until([&] { return pulse.beats == 2; }));
    EXPECT_EQ(pushes.names(), (std::vector<std::string>{"heartbeat phoenix", "heartbeat phoenix"}));
    EXPECT_EQ(pushes.said[0].join_ref, realtime::no_ref);
    EXPECT_FALSE(ending.over());
}

TEST_F(HeartbeatPart, TheFirstUnansweredOneIsTheOneThatCounts) {
    begin(5ms, 1h, 1h);
    ASSERT_TRUE(until([&] { return pulse.beats == 2; }));
    heart.on_frame(parts::reply_to(2));
    EXPECT_EQ(pulse.answers, 0);
    heart.on_frame(parts::reply_to(1));
    EXPECT_EQ(pulse.answers, 1);
    heart.on_frame(parts::reply_to(1));
    EXPECT_EQ(pulse.answers, 1);
}

TEST_F(HeartbeatPart, SilenceEndsTheConnection) {
    begin(1h, 20ms, 1h);
    ASSERT_TRUE(until([&] { return ending.over(); }));
    EXPECT_EQ(ending.end().kind, Signal::Kind::silence);
    EXPECT_TRUE(until([&] { return ended == 1; }));
}

TEST_F(HeartbeatPart, AJoinUnderWayHasMorePatience) {
    pulse.is_joining = true;
    begin(5ms, 10ms, 1h);
    ASSERT_TRUE(until([&] { return pulse.beats >= 4; }));
    EXPECT_FALSE(ending.over());
    pulse.is_joining = false;
    heart.wake();
    ASSERT_TRUE(until([&] { return ending.over(); }));
}

TEST_F(HeartbeatPart, AnyByteIsASignOfLife) {
    begin(5ms, 40ms, 1h);
    const auto begun = platform::BootClock::now();
    const auto heard_for_long = [&] {
        ++pulse.bytes;
        pulse.heard = platform::BootClock::now();
        return pulse.heard > begun + 120ms;
    };
    ASSERT_TRUE(until(heard_for_long));
    EXPECT_FALSE(ending.over());
    ASSERT_TRUE(until([&] { return ending.over(); }));
}

TEST_F(HeartbeatPart, ACheckIsStaleUntilItsOwnHeartbeatIsAnswered) {
    begin(1h, 1h, 1h);
    EXPECT_FALSE(heart.stale());
    heart.check_now();
    EXPECT_TRUE(heart.stale());
    ASSERT_EQ(pushes.said.size(), 1u);
    heart.on_frame(parts::reply_to(pushes.last + 1));
    EXPECT_TRUE(heart.stale());
    heart.on_frame(parts::reply_to(pushes.last));
    EXPECT_FALSE(heart.stale());
    EXPECT_EQ(pulse.answers, 1);
}

TEST_F(HeartbeatPart, AnEarlierHeartbeatsAnswerProvesNothingAfterACheck) {
    begin(5ms, 1h, 1h);
    ASSERT_TRUE(until([&] { return pulse.beats == 1; }));
    heart.check_now();
    heart.on_frame(parts::reply_to(1));
    EXPECT_TRUE(heart.stale());
}

}  // namespace
