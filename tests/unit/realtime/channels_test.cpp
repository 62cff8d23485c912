#include "agent/realtime/channels.hpp"

#include <gtest/gtest.h>

#include "tests/unit/realtime/parts_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using realtime::Channel;
using realtime::ChannelEvent;
using realtime::End;
using realtime::Frame;
using realtime::FrameKind;
using realtime::State;
using realtime::Subscription;

constexpr const char* joined_device_topic = "realtime:device:d-1";
constexpr const char* settings_topic = "realtime:settings:global";

class Witness final : public realtime::ChannelListener {
  public:
    void on_join_sent(const Subscription&, const credentials::Token&) override { ++sent; }
    void on_joined(const Subscription& one) override { joined.emplace_back(one.channel.name()); }
    bool on_lost(const Subscription& one, const realtime::ChannelLoss& loss) override {
        lost.emplace_back(one.channel.name());
        closed = loss.closed;
        return again;
    }
    void on_leaving(const Subscription&) override { ++leaving; }
    void on_left() override { ++left; }
    void on_event(const Subscription&, ChannelEvent event, const Frame&) override { events.push_back(event); }

    int sent = 0;
    int leaving = 0;
    int left = 0;
    bool closed = false;
    bool again = true;
    std::vector<std::string> joined;
    std::vector<std::string> lost;
    std::vector<ChannelEvent> events;
};

/// The ordinary next join, which is drawn anywhere in the backoff, does not come.
class ChannelsPart : public parts::Fixture {
  protected:
    static realtime::Settings patient() {
        auto patient = parts::quick_settings();
        patient.backoff_base = patient.backoff_cap = 1000h;
        return patient;
    }
    explicit ChannelsPart(realtime::Settings with = patient()) : Fixture{std::move(with)} {}
    void SetUp() override { pair(); }
    void begin() {
        memory.status.on(realtime::Event::opened);
        channels.begin("d-1");
        start([this] { return channels.run(); });
        settle();
    }
    void answer(const char* topic, bool ok = true, std::string_view text = {}) {
        Frame frame = parts::reply_to(pushes.last, ok, text);
        frame.join_ref = pushes.last;
        frame.topic = topic;
        channels.on_frame(frame);
        settle();
    }
    /// The loop does not run on: what follows from it at once can be seen.
    void close(const char* topic, realtime::Ref join_ref) {
        Frame frame;
        frame.kind = FrameKind::close;
        frame.ref = frame.join_ref = join_ref;
        frame.topic = topic;
        channels.on_frame(frame);
    }

    Witness witness;
    realtime::Channels channels{
        io.get_executor(),
        {settings, tokens, memory.status, memory.replay, memory.reconnect, memory.delivery.outbox(), memory.stop_by},
        pushes,
        witness,
        ending};
};

/// It does, after milliseconds.
class ChannelsThatComeBack : public ChannelsPart {
  protected:
    ChannelsThatComeBack() : ChannelsPart{parts::quick_settings()} {}
};

TEST_F(ChannelsPart, TheDeviceComesFirstAndTheOthersOneAtATime) {
    settings.join_settings_device = true;
    begin();
    EXPECT_EQ(pushes.names(), std::vector<std::string>{std::string{"phx_join "} + joined_device_topic});
    EXPECT_TRUE(channels.joining());
    EXPECT_EQ(channels.joined_device(), nullptr);
    answer(joined_device_topic);
    ASSERT_NE(channels.joined_device(), nullptr);
    ASSERT_TRUE(until([&] { return pushes.said.size() == 2; }));
    EXPECT_EQ(pushes.said[1].topic, settings_topic);
    settle();
    EXPECT_EQ(pushes.said.size(), 2u);
    answer(settings_topic);
    ASSERT_TRUE(until([&] { return pushes.said.size() == 3; }));
    EXPECT_EQ(pushes.said[2].topic, "realtime:settings_device:all");
    EXPECT_EQ(witness.joined, (std::vector<std::string>{"device:d-1", "settings:global"}));
}

TEST_F(ChannelsPart, AJoinCarriesTheTokenAndItsRefIsItsJoinRef) {
    begin();
    ASSERT_EQ(pushes.said.size(), 1u);
    EXPECT_EQ(pushes.said[0].join_ref, pushes.said[0].ref);
    EXPECT_NE(pushes.said[0].payload.find("token-1"), std::string::npos);
    EXPECT_EQ(witness.sent, 1);
}

// The token may go between the moment that a join is due and the join: the loop must end, for nobody else runs then.
TEST_F(ChannelsPart, WithoutATokenTheConnectionIsOver) {
    tokens.clear();
    begin();
    EXPECT_TRUE(ending.over());
    EXPECT_EQ(ending.end().cause, End::Cause::unpaired);
    EXPECT_EQ(ended, 1);
}

TEST_F(ChannelsThatComeBack, AClosedDeviceChannelIsJoinedAgain) {
    settings.join_settings_global = false;
    begin();
    answer(joined_device_topic);
    memory.status.on(realtime::Event::accepted);
    close(joined_device_topic, pushes.last);
    EXPECT_TRUE(witness.closed);
    EXPECT_EQ(memory.status.state(), State::waiting);
    EXPECT_EQ(memory.status.counters().closes, 1u);
    EXPECT_TRUE(memory.status.shown().next_try.has_value());
    ASSERT_TRUE(until([&] { return pushes.said.size() == 2; }));
    EXPECT_EQ(memory.status.state(), State::joining);
}

TEST_F(ChannelsPart, AJoinThatNobodyAnswersIsLeftAndCountsAsRefused) {
    settings.join_timeout = 10ms;
    begin();
    ASSERT_TRUE(until([&] { return !witness.lost.empty(); }));
    EXPECT_EQ(pushes.said[1].event, "phx_leave");
    EXPECT_FALSE(witness.closed);
    EXPECT_EQ(memory.status.state(), State::waiting);
}

TEST_F(ChannelsPart, ARefusedOptionalChannelIsRememberedForThatToken) {
    begin();
    answer(joined_device_topic);
    ASSERT_TRUE(until([&] { return pushes.said.size() == 2; }));
    answer(settings_topic, false, "Unauthorized: You do not have permissions to read from this Channel topic");
    EXPECT_EQ(witness.lost, std::vector<std::string>{"settings:global"});
    ASSERT_EQ(memory.status.shown().channels.size(), 1u);
    EXPECT_FALSE(memory.status.shown().channels[0].joined);
    EXPECT_NE(memory.reconnect.refused("settings:global", tokens.generation()), nullptr);
    pair(2);
    channels.another_token(platform::BootClock::now());
    EXPECT_EQ(memory.reconnect.refused("settings:global", tokens.generation()), nullptr);
    ASSERT_TRUE(until([&] { return pushes.said.size() == 3; }));
    EXPECT_EQ(pushes.said[2].topic, settings_topic);
}

TEST_F(ChannelsPart, OneThatIsToBeLeftAloneIsNotJoinedAgain) {
    witness.again = false;
    begin();
    answer(joined_device_topic);
    ASSERT_TRUE(until([&] { return pushes.said.size() == 2; }));
    answer(settings_topic, false, "anything");
    channels.another_token(platform::BootClock::now());
    settle();
    EXPECT_EQ(pushes.said.size(), 2u);
}

TEST_F(ChannelsPart, OptionalChannelsWaitWhileCommandsCome) {
    begin();
    Frame command;
    command.kind = FrameKind::broadcast;
    command.topic = joined_device_topic;
    Frame reply = parts::reply_to(pushes.last);
    reply.topic = joined_device_topic;
    channels.on_frame(reply);
    channels.on_frame(command);
    settle();
    EXPECT_EQ(witness.events, std::vector<ChannelEvent>{ChannelEvent::broadcast});
    EXPECT_EQ(pushes.said.size(), 1u);
}

TEST_F(ChannelsPart, ATokenGoesToTheJoinedThatAreBehind) {
    begin();
    answer(joined_device_topic);
    EXPECT_FALSE(channels.behind(tokens.generation()));
    pair(2);
    ASSERT_TRUE(channels.behind(tokens.generation()));
    const auto before = pushes.said.size();
    channels.push_token(tokens.generation(), tokens.current()->access, platform::BootClock::now());
    EXPECT_FALSE(channels.behind(tokens.generation()));
    ASSERT_EQ(pushes.said.size(), before + 1);
    EXPECT_EQ(pushes.said.back().event, "access_token");
    EXPECT_EQ(memory.status.counters().tokens_pushed, 1u);
}

TEST_F(ChannelsPart, AtAStopWhatWaitsGetsOneJoinMore) {
    begin();
    answer(joined_device_topic, false, "anything");
    const auto before = pushes.said.size();
    memory.delivery.publish({.ticket = 1, .event = "cdp-result", .payload = "{}"});
    memory.stop_by = platform::BootClock::now() + 1h;
    EXPECT_TRUE(channels.can_deliver());
    channels.stopping();
    settle();
    ASSERT_EQ(pushes.said.size(), before + 1);
    answer(joined_device_topic, false, "anything");
    channels.stopping();
    settle();
    EXPECT_FALSE(channels.can_deliver());
    EXPECT_EQ(pushes.said.size(), before + 1);
}

TEST_F(ChannelsPart, LeavesWhatIsJoinedAndKnowsItsOwnLeave) {
    settings.join_settings_global = false;
    begin();
    answer(joined_device_topic);
    const auto join_ref = pushes.said[0].ref;
    channels.leave_all();
    EXPECT_EQ(witness.leaving, 1);
    EXPECT_EQ(pushes.said.back().event, "phx_leave");
    close(joined_device_topic, join_ref);
    EXPECT_EQ(witness.left, 1);
    EXPECT_TRUE(witness.lost.empty());
}

TEST_F(ChannelsPart, AFrameOfNoTopicOfOursIsStale) {
    begin();
    Frame frame;
    frame.topic = "realtime:another";
    channels.on_frame(frame);
    EXPECT_EQ(memory.status.counters().frames_stale, 1u);
}

}  // namespace
