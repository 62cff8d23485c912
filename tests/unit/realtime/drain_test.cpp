#include "agent/realtime/drain.hpp"

#include <gtest/gtest.h>

#include "tests/unit/realtime/parts_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using realtime::End;

class Leaver final : public realtime::DrainTarget {
  public:
    bool can_deliver() const override { return deliverable; }
    void leave() override { ++left; }

    bool deliverable = true;
    int left = 0;
};

class DrainPart : public parts::Fixture {
  protected:
    void stop_within(Duration grace) {
        memory.stop_by = platform::BootClock::now() + grace;
        drain.wake();
        settle();
    }

    Leaver target;
    realtime::Drain drain{io.get_executor(), memory.stop_by, memory.delivery.outbox(), target, ending};
};

TEST_F(DrainPart, WaitsForAStop) {
    start([this] { return drain.run(); });
    drain.wake();
    settle();
    EXPECT_EQ(target.left, 0);
    stop_within(1h);
    EXPECT_EQ(target.left, 1);
    EXPECT_FALSE(ending.over());
}

TEST_F(DrainPart, WhatWaitsIsDeliveredFirst) {
    memory.delivery.publish({.ticket = 1, .event = "cdp-result", .payload = "{}"});
    start([this] { return drain.run(); });
    stop_within(1h);
    EXPECT_EQ(target.left, 0);
    memory.delivery.outbox().delivered(1);
    drain.wake();
    settle();
    EXPECT_EQ(target.left, 1);
}

TEST_F(DrainPart, WhatCannotBeDeliveredHoldsNothingUp) {
    memory.delivery.publish({.ticket = 1, .event = "cdp-result", .payload = "{}"});
    target.deliverable = false;
    start([this] { return drain.run(); });
    stop_within(1h);
    EXPECT_EQ(target.left, 1);
}

TEST_F(DrainPart, KeepsAPartOfTheGraceForTheCloseAndEndsWithIt) {
    memory.delivery.publish({.ticket = 1, .event = "cdp-result", .payload = "{}"});
    start([this] { return drain.run(); });
    stop_within(800ms);  // the part is 200 ms: more than a busy machine lets a process wait
    EXPECT_EQ(target.left, 0);
    ASSERT_TRUE(until([&] { return target.left == 1; }));
    EXPECT_LT(platform::BootClock::now(), *memory.stop_by);
    ASSERT_TRUE(until([&] { return ending.over(); }));
    EXPECT_GE(platform::BootClock::now(), *memory.stop_by);
    EXPECT_EQ(ending.end().cause, End::Cause::stopped);
}

}  // namespace
