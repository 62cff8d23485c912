#include "agent/realtime/results.hpp"

#include <gtest/gtest.h>

#include "tests/unit/realtime/parts_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using realtime::Channel;
using realtime::Lane;
using realtime::Ref;
using realtime::Settled;

class SinkInHand final : public realtime::BroadcastSink, public realtime::DeviceChannel {
  public:
    Ref broadcast(Ref join_ref, std::string_view topic, const realtime::Message& message) override {
        EXPECT_EQ(join_ref, 5u);
        EXPECT_EQ(topic, channel.topic());
        EXPECT_EQ(message.event, "cdp-result");
        sent.emplace_back(message.payload.view());
        return ++last;
    }
    bool full() const override { return sent.size() >= most; }
    const Channel* joined_device() const override { return joined ? &channel : nullptr; }

    SinkInHand() { channel.join_sent(5); }
    Channel channel{"device:d-1"};
    bool joined = true;
    std::size_t most = 100;
    Ref last = 9;
    std::vector<std::string> sent;
};

class ResultsPart : public parts::Fixture {
  protected:
    void publish(realtime::Ticket ticket, std::string payload) {
        ASSERT_TRUE(delivery.publish({.ticket = ticket, .event = "cdp-result", .payload = std::move(payload)}));
    }

    TimePoint now = platform::BootClock::now();
    SinkInHand sink;
    realtime::Settings own = [] {
        realtime::Settings set;
        set.budget_max = set.budget_start = 0;
        set.payload_limit = 2'000'000;
        return set;
    }();
    realtime::Delivery delivery{own, memory.status, ears};
    realtime::Results results{delivery, memory.status, sink, sink};
};

TEST_F(ResultsPart, GoOutInOrderWhileTheDeviceIsJoined) {
    publish(1, "1");
    publish(2, "2");
    sink.joined = false;
    EXPECT_EQ(results.fill(now), TimePoint::max());
    EXPECT_TRUE(sink.sent.empty());
    sink.joined = true;
    EXPECT_EQ(results.fill(now), TimePoint::max());
    EXPECT_EQ(sink.sent, (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(memory.status.counters().sent, 2u);
    delivery.on_reply(parts::reply_to(10), now);
    delivery.report_settled();
    EXPECT_EQ(ears.settled, (std::vector<std::pair<realtime::Ticket, Settled>>{{1, Settled::acknowledged}}));
}

TEST_F(ResultsPart, StopAtAFullSinkAndComeBackAtOnce) {
    publish(1, "1");
    publish(2, "2");
    sink.most = 1;
    EXPECT_EQ(results.fill(now), now);
    EXPECT_EQ(sink.sent.size(), 1u);
}

TEST_F(ResultsPart, TellTheAuthorOfAStreamWhenItIsSentAndTakeWhatHeAddsThen) {
    publish(1, "1");
    ASSERT_TRUE(delivery.publish({.ticket = 2, .event = "cdp-result", .payload = "2", .streamed = true}));
    ears.on_each_sent = [this] {
        if (ears.sent.size() == 1) {
            delivery.publish({.ticket = 3, .event = "cdp-result", .payload = "3", .streamed = true});
        }
    };
    sink.joined = false;
    results.fill(now);
    EXPECT_TRUE(ears.sent.empty());
    sink.joined = true;
    results.fill(now);
    EXPECT_EQ(ears.sent, (std::vector<realtime::Ticket>{2, 3}));
    EXPECT_EQ(sink.sent, (std::vector<std::string>{"1", "2", "3"}));
    delivery.link_lost(false);
    results.fill(now);
    EXPECT_EQ(ears.sent.size(), 4u) << "of the copies too";
}

TEST_F(ResultsPart, AreSentAgainAfterALossAndCountedAsCopies) {
    publish(1, "1");
    results.fill(now);
    delivery.link_lost(false);
    results.fill(now);
    EXPECT_EQ(sink.sent.size(), 2u);
    EXPECT_EQ(memory.status.counters().resent, 1u);
}

TEST_F(ResultsPart, ThePayloadLimitHoldsToTheByte) {
    publish(1, std::string(own.payload_limit, '1'));
    publish(2, std::string(own.payload_limit + 1, '2'));
    results.fill(now);
    EXPECT_EQ(sink.sent.size(), 1u);
    EXPECT_EQ(ears.settled, (std::vector<std::pair<realtime::Ticket, Settled>>{{2, Settled::too_large}}));
}

TEST_F(ResultsPart, ARefusalForItsSizeLowersTheLimitToTheNextUsualOne) {
    publish(1, std::string(1'500'000, '1'));
    results.fill(now);
    EXPECT_TRUE(delivery.on_reply(parts::reply_to(10, false, "payload_size_exceeded"), now));
    EXPECT_EQ(delivery.payload_limit(), 1'000'000u);
    delivery.report_settled();
    EXPECT_EQ(ears.settled, (std::vector<std::pair<realtime::Ticket, Settled>>{{1, Settled::too_large}}));
}

TEST_F(ResultsPart, TwoLossesWithAGiantInFlightAreItsFault) {
    own.payload_limit = 6'000'000;
    realtime::Delivery large{own, memory.status, ears};
    realtime::Results of_large{large, memory.status, sink, sink};
    large.publish({.ticket = 1, .event = "cdp-result", .payload = std::string(4'900'001, '1')});
    of_large.fill(now);
    large.link_lost(false);
    EXPECT_FALSE(large.outbox().empty());
    of_large.fill(now);
    large.link_lost(false);
    EXPECT_TRUE(large.outbox().empty());
    EXPECT_EQ(large.payload_limit(), 3'000'000u);
}

TEST_F(ResultsPart, AnErrorOfTheServersHoldsTheNextOnesBackForAMoment) {
    publish(1, "1");
    results.fill(now);
    EXPECT_TRUE(delivery.on_reply(parts::reply_to(10, false, "query_canceled"), now));
    publish(2, "2");
    EXPECT_GT(delivery.send_after(), now);
    EXPECT_EQ(results.fill(now), delivery.send_after());
    EXPECT_EQ(sink.sent.size(), 1u);
    results.fill(delivery.send_after());
    EXPECT_GE(sink.sent.size(), 2u);
}

TEST_F(ResultsPart, APacedOneSaysWhenTheNextMayLeave) {
    own.budget_start = own.budget_max = 2;
    realtime::Delivery paced{own, memory.status, ears};
    realtime::Results of_paced{paced, memory.status, sink, sink};
    for (realtime::Ticket ticket = 1; ticket <= 30; ++ticket)
        paced.publish({.ticket = ticket, .event = "cdp-result", .payload = "{}"});
    const TimePoint again = of_paced.fill(now);
    EXPECT_GT(again, now);
    EXPECT_LT(sink.sent.size(), 30u);
    const auto before = sink.sent.size();
    of_paced.fill(again);
    EXPECT_GT(sink.sent.size(), before);
    paced.stop_pacing();
    EXPECT_EQ(of_paced.fill(again), TimePoint::max());
    EXPECT_EQ(sink.sent.size(), 30u);
}

}  // namespace
