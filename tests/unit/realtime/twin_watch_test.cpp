#include "agent/realtime/twin_watch.hpp"

#include <gtest/gtest.h>

#include "tests/unit/realtime/parts_fixture.hpp"

namespace {

using realtime::Frame;
using realtime::FrameKind;
using realtime::Twin;

constexpr const char* an_elder = R"({"k":{"metas":[{"phx_ref":"1","instance":"elder","joined_at":5},)"
                                 R"({"phx_ref":"2","instance":"me","joined_at":17}]}})";

class StandstillCount final : public realtime::StandstillCheck {
  public:
    void look_for_standstill() override { ++looks; }
    int looks = 0;
};

class TwinWatchPart : public parts::Fixture {
  protected:
    void SetUp() override {
        settings.instance = "me";
        memory.own.joined_at_ms = 17;
        start([this] { return watch.run(); });
        settle();
    }
    void see(FrameKind kind, std::string_view payload) {
        Frame frame;
        frame.kind = kind;
        frame.payload = payload;
        watch.on_presence(frame);
        settle();
    }
    void hear(std::string_view event, std::string_view payload) {
        Frame frame;
        frame.event = event;
        frame.payload = payload;
        watch.on_broadcast(frame);
        settle();
    }

    StandstillCount standstill;
    realtime::TwinWatch watch{
        io.get_executor(), {settings, memory.status, ears, memory.twins, memory.own, memory.sent_by_http}, standstill};
};

TEST_F(TwinWatchPart, AnElderSilencesAndItsLeaveEndsIt) {
    see(FrameKind::presence_state, an_elder);
    EXPECT_EQ(memory.status.shown().twin, Twin::yielding);
    EXPECT_TRUE(memory.status.shown().silenced);
    EXPECT_NE(memory.status.shown().warning.find("instance elder"), std::string::npos);
    see(FrameKind::presence_diff, R"({"joins":{},"leaves":{"k":{"metas":[{"phx_ref":"1"}]}}})");
    EXPECT_EQ(memory.status.shown().twin, Twin::none);
    EXPECT_FALSE(memory.status.shown().silenced);
    EXPECT_TRUE(memory.status.shown().warning.empty());
}

TEST_F(TwinWatchPart, OneWhoIsAbsentGivesWayToEverybody) {
    see(FrameKind::presence_state, R"({"k":{"metas":[{"phx_ref":"1","instance":"younger","joined_at":99}]}})");
    EXPECT_FALSE(memory.status.shown().silenced);
    memory.own.present = false;
    watch.judge();
    EXPECT_TRUE(memory.status.shown().silenced);
}

TEST_F(TwinWatchPart, AJoinForgetsWhoWasThere) {
    see(FrameKind::presence_state, an_elder);
    watch.joined();
    EXPECT_FALSE(memory.status.shown().silenced);
}

TEST_F(TwinWatchPart, CommandsThatAreLeftToTheElderAreWatched) {
    see(FrameKind::presence_state, an_elder);
    EXPECT_EQ(memory.twins.due(), TimePoint::max());
    hear("cdp-command", R"({"id":1,"method":"Page.reload"})");
    EXPECT_LT(memory.twins.due(), TimePoint::max());
    hear("cdp-result", R"({"id":1,"ok":true})");
    EXPECT_EQ(memory.twins.due(), TimePoint::max());
}

TEST_F(TwinWatchPart, AResultOfOursThatWentOverHttpIsNoSignOfTheElder) {
    see(FrameKind::presence_state, an_elder);
    memory.sent_by_http.add("1");
    hear("cdp-command", R"({"id":1,"method":"Page.reload"})");
    hear("cdp-result", R"({"id":1,"ok":true})");
    EXPECT_LT(memory.twins.due(), TimePoint::max());
}

TEST_F(TwinWatchPart, PresenceThatCannotBeReadIsCounted) {
    see(FrameKind::presence_state, "[]");
    EXPECT_EQ(memory.status.counters().frames_unreadable, 1u);
}

}  // namespace
