// One end of a message stream: what it sends when, what it takes, and what it refuses from the other side.
#include <nlohmann/json.hpp>

#include "agent/relay/core/message_stream.hpp"
#include "message_stream_fixture.hpp"

namespace {

using namespace message_stream_test;
using nlohmann::json;

class MessageStreamTest : public testing::Test {
  protected:
    /// The next broadcast, as JSON; null: none goes now.
    json next() {
        const bool has_next = stream.has_next(now);
        const auto broadcast = stream.next(now);
        EXPECT_EQ(has_next, broadcast.has_value());
        if (!broadcast) return nullptr;
        stream.left(now);
        return json::parse("{" + broadcast->members + "}");
    }
    std::string take(const std::string& text) {
        const auto received = stream.receive(text, now);
        for (const auto message : received.messages) got.emplace_back(message);
        return std::string{received.wrong};
    }
    std::string post(std::uint64_t seq, const std::string& more = R"("messages":[{"a":1}])") {
        return R"({"client":"c","seq":)" + std::to_string(seq) + "," + more + "}";
    }

    MessageStream::Settings settings = settings_of("items", "messages");
    MessageStream stream{settings, 2000, 100};
    TimePoint now{};
    std::vector<std::string> got;
};

TEST_F(MessageStreamTest, SendsAtOnceAndGathersWhatComesWhileTheLinkIsBusy) {
    stream.add(R"({"n":1})");
    const auto first = stream.next(now);
    EXPECT_EQ(first->members, R"("seq":1,"ack":0,"items":[{"n":1}])");
    stream.add(R"({"n":2})");
    stream.add(R"({"n":3})");
    EXPECT_FALSE(stream.has_next(now)) << "the first one is still in hand";
    EXPECT_FALSE(stream.next(now));
    EXPECT_EQ(stream.due_at(), TimePoint::max());
    stream.left(now);
    EXPECT_EQ(stream.next(now)->members, R"("seq":2,"ack":0,"items":[{"n":2},{"n":3}])");
}

TEST_F(MessageStreamTest, ShowsLifeByAnAcknowledgementThatSaysNothingNew) {
    EXPECT_EQ(next(), nullptr);
    stream.show_life(now);
    EXPECT_EQ(stream.due_at(), now);
    EXPECT_EQ(next(), json::parse(R"({"ack":0})"));
    EXPECT_EQ(next(), nullptr);
    EXPECT_EQ(stream.due_at(), TimePoint::max());
    stream.show_life(now);
    stream.add(R"({"n":1})");
    EXPECT_EQ(next()["seq"], 1);
    EXPECT_EQ(next(), nullptr) << "what goes anyway is a sign of life too";
}

TEST_F(MessageStreamTest, GathersUpToThePayloadLimit) {
    for (int i = 0; i < 10; ++i) stream.add(Channel::message(i, 500));
    const json first = next();
    EXPECT_EQ(first["items"].size(), 3u);
    EXPECT_EQ(next()["items"].size(), 3u);
}

TEST_F(MessageStreamTest, SendsALargeMessageInPartsOfItsText) {
    const std::string large = Channel::message(1, 5000);
    stream.add(R"({"n":0})");
    stream.add(large);
    stream.add(R"({"n":2})");
    EXPECT_EQ(next()["items"][0]["n"], 0);
    std::string together;
    for (std::uint64_t part = 1, parts = 1; part <= parts; ++part) {
        const json one = next();
        EXPECT_EQ(one["part"], part);
        EXPECT_EQ(one["seq"], part + 1);
        EXPECT_FALSE(one.contains("items"));
        parts = one["parts"];
        together += one["data"].get<std::string>();
        take(R"({"ack":)" + std::to_string(part) + "}");
    }
    EXPECT_EQ(together, large);
    EXPECT_EQ(next()["items"][0]["n"], 2);
}

TEST_F(MessageStreamTest, SendsAsAPartWhatMustTravelInsideOfAString) {
    const std::string half = R"({"text":"\ud800"})";
    stream.add(half, true);
    stream.add(R"({"n":1})");
    const json one = next();
    EXPECT_EQ(one["part"], 1);
    EXPECT_EQ(one["parts"], 1);
    EXPECT_EQ(one["data"], half);
    EXPECT_EQ(next()["items"].size(), 1u);
}

TEST_F(MessageStreamTest, TheWindowHoldsBackWhatIsNotAcknowledged) {
    for (int i = 0; i < 40; ++i) stream.add(Channel::message(i, 1500));
    int sent = 0;
    while (!next().is_null()) ++sent;
    EXPECT_GE(sent, 4) << "a window of four broadcasts";
    EXPECT_LE(sent, 5);
    EXPECT_EQ(take(R"({"ack":1})"), "");
    EXPECT_EQ(next()["seq"], sent + 1);
    EXPECT_TRUE(next().is_null());
}

TEST_F(MessageStreamTest, GathersForASideThatIsAway) {
    stream.add(R"({"n":0})");
    EXPECT_EQ(next()["seq"], 1);
    now += 2s - 1ns;
    stream.add(R"({"n":1})");
    EXPECT_EQ(next()["seq"], 2) << "it may still answer";
    now += 1ns;
    EXPECT_EQ(next()["seq"], 1) << "once more";
    for (int i = 2; i < 5; ++i) {
        stream.add(R"({"n":)" + std::to_string(i) + "}");
        EXPECT_TRUE(next().is_null());
    }
    EXPECT_EQ(take(R"({"nack":0})"), "");
    EXPECT_EQ(next()["seq"], 1);
    EXPECT_EQ(next()["seq"], 2);
    EXPECT_EQ(next()["items"].size(), 3u);
    EXPECT_TRUE(next().is_null());
}

TEST_F(MessageStreamTest, GathersNoMoreOnceItAnswersOrTheLinkCameBack) {
    for (const bool answered : {true, false}) {
        MessageStream other{settings, 2000, 100};
        EXPECT_TRUE(other.add("{}"));
        ASSERT_TRUE(other.next(now));
        other.left(now);
        now += 2s;
        ASSERT_TRUE(other.next(now));
        other.left(now);
        EXPECT_TRUE(other.add("{}"));
        EXPECT_FALSE(other.next(now));
        if (answered) {
            EXPECT_EQ(other.receive(R"({"ack":1})", now).wrong, "");
        } else {
            other.rejoined();
            other.next(now);  // the nack
            other.left(now);
        }
        const auto broadcast = other.next(now);
        ASSERT_TRUE(broadcast);
        EXPECT_TRUE(broadcast->members.starts_with(R"("seq":2)")) << broadcast->members;
    }
}

TEST_F(MessageStreamTest, AcknowledgesAfterASecondOrWithWhatGoesAnyway) {
    EXPECT_EQ(take(post(1)), "");
    EXPECT_TRUE(next().is_null());
    EXPECT_EQ(stream.due_at(), now + 1s);
    now += 1s;
    EXPECT_EQ(next(), json::parse(R"({"ack":1})"));
    EXPECT_TRUE(next().is_null()) << "a bare acknowledgement is not repeated";
    EXPECT_EQ(stream.due_at(), TimePoint::max()) << "and waits for no answer";
    EXPECT_EQ(take(post(2)), "");
    stream.add(R"({"n":1})");
    EXPECT_EQ(next()["ack"], 2);
    now += 1s;
    EXPECT_TRUE(next().is_null()) << "it went with the message";
}

TEST_F(MessageStreamTest, AcknowledgesHalfAWindowAtOnce) {
    EXPECT_EQ(take(post(1, R"("messages":[)" + Channel::message(1, 1900) + "]")), "");
    EXPECT_TRUE(next().is_null());
    EXPECT_EQ(take(post(2, R"("messages":[)" + Channel::message(2, 1900) + "]")), "");
    EXPECT_TRUE(next().is_null());
    EXPECT_EQ(take(post(3, R"("messages":[)" + Channel::message(3, 1900) + "]")), "");
    EXPECT_EQ(next(), json::parse(R"({"ack":3})"));
}

TEST_F(MessageStreamTest, TakesABroadcastOnce) {
    EXPECT_EQ(take(post(1)), "");
    EXPECT_EQ(take(post(1)), "");
    EXPECT_EQ(got.size(), 1u);
    now += 1s;
    EXPECT_EQ(next()["ack"], 1);
    EXPECT_EQ(take(post(1)), "") << "the acknowledgement may have been lost";
    now += 1s;
    EXPECT_EQ(next()["ack"], 1);
    EXPECT_EQ(got.size(), 1u);
}

TEST_F(MessageStreamTest, AsksOnceForWhatIsMissing) {
    EXPECT_EQ(take(post(1)), "");
    for (std::uint64_t seq = 3; seq < 20; ++seq) EXPECT_EQ(take(post(seq)), "");
    EXPECT_EQ(next(), json::parse(R"({"nack":1})"));
    EXPECT_EQ(take(post(20)), "");
    EXPECT_TRUE(next().is_null());
    EXPECT_EQ(got.size(), 1u) << "what is beyond the next one is thrown away";
    now += 1s;
    EXPECT_EQ(take(post(21)), "");
    EXPECT_EQ(next(), json::parse(R"({"nack":1})"));
    EXPECT_EQ(take(post(2)), "");
    EXPECT_EQ(got.size(), 2u);
    EXPECT_TRUE(next().is_null());
}

TEST_F(MessageStreamTest, ANackMakesAllGoAgainInOrder) {
    for (int i = 0; i < 4; ++i) {
        stream.add(Channel::message(i, 10));
        EXPECT_EQ(next()["seq"], i + 1);
    }
    EXPECT_EQ(take(R"({"nack":1})"), "");
    EXPECT_EQ(take(R"({"nack":1})"), "") << "doubled on its way";
    for (int seq = 2; seq <= 4; ++seq) EXPECT_EQ(next()["seq"], seq);
    EXPECT_TRUE(next().is_null());
    EXPECT_EQ(take(R"({"nack":1})"), "");
    EXPECT_TRUE(next().is_null()) << "it has just been answered";
    now += 600ms;
    EXPECT_EQ(take(R"({"nack":2})"), "");
    EXPECT_EQ(next()["seq"], 3);
    EXPECT_EQ(next()["seq"], 4);
    EXPECT_TRUE(next().is_null());
}

TEST_F(MessageStreamTest, SendsTheOldestAgainAfterATimeoutThatDoubles) {
    stream.add(R"({"n":1})");
    next();
    stream.add(R"({"n":2})");
    next();
    std::vector<Duration> waits;
    for (int i = 0; i < 8; ++i) {
        const TimePoint before = now;
        now = stream.due_at();
        waits.push_back(now - before);
        EXPECT_EQ(next()["seq"], 1);
        EXPECT_TRUE(next().is_null());
    }
    // A second for the other side's bare acknowledgement, and the timeout.
    EXPECT_EQ(waits, (std::vector<Duration>{2s, 3s, 5s, 9s, 17s, 31s, 31s, 31s}));
    EXPECT_EQ(take(R"({"ack":1})"), "");
    EXPECT_EQ(next()["seq"], 2) << "it was thrown away behind the lost one, or lost as well";
    EXPECT_EQ(stream.due_at(), now + 2s);
    EXPECT_EQ(take(R"({"ack":2})"), "");
    EXPECT_TRUE(stream.drained());
    EXPECT_EQ(stream.due_at(), TimePoint::max());
}

TEST_F(MessageStreamTest, TheTimeoutRunsFromWhenTheLinkHasSentIt) {
    stream.add(R"({"n":1})");
    ASSERT_TRUE(stream.next(now));
    now += 10min;
    EXPECT_EQ(stream.due_at(), TimePoint::max());
    EXPECT_FALSE(stream.next(now));
    stream.left(now);
    EXPECT_EQ(stream.due_at(), now + 2s);
}

TEST_F(MessageStreamTest, KnowsSinceWhenTheOldestIsUnanswered) {
    EXPECT_EQ(stream.unanswered_since(), TimePoint::max());
    stream.add(R"({"n":1})");
    ASSERT_TRUE(stream.next(now));
    EXPECT_EQ(stream.unanswered_since(), TimePoint::max()) << "the link has not sent it yet";
    stream.left(now);
    const TimePoint first = now;
    now += 1s;
    stream.add(R"({"n":2})");
    EXPECT_EQ(next()["seq"], 2);
    const TimePoint second = now;
    now += 9s;
    EXPECT_EQ(next()["seq"], 1) << "it goes again";
    EXPECT_EQ(stream.unanswered_since(), first) << "its first sending counts";
    EXPECT_EQ(take(R"({"ack":1})"), "");
    EXPECT_EQ(stream.unanswered_since(), second);
    EXPECT_EQ(take(R"({"ack":2})"), "");
    EXPECT_EQ(stream.unanswered_since(), TimePoint::max());
}

TEST_F(MessageStreamTest, WhatTheLinkDidNotTakeGoesAgain) {
    stream.add(R"({"n":1})");
    ASSERT_TRUE(stream.next(now));
    stream.not_taken(now);
    EXPECT_EQ(next()["seq"], 1);
    EXPECT_EQ(take(post(1)), "");
    now += 1s;
    EXPECT_EQ(stream.next(now)->members, R"("ack":1)");
    stream.not_taken(now);
    EXPECT_EQ(next(), json::parse(R"({"ack":1})"));
    EXPECT_EQ(take(post(3)), "");
    EXPECT_EQ(stream.next(now)->members, R"("nack":1)");
    stream.not_taken(now);
    EXPECT_EQ(next(), json::parse(R"({"nack":1})"));
}

TEST_F(MessageStreamTest, AfterARejoinItAsksForWhatWasSentMeanwhile) {
    EXPECT_EQ(take(post(1)), "");
    stream.rejoined();
    EXPECT_EQ(next(), json::parse(R"({"nack":1})"));
    EXPECT_TRUE(next().is_null());
}

TEST_F(MessageStreamTest, AnAcknowledgementInHandIsNoHarm) {
    stream.add(R"({"n":1})");
    ASSERT_TRUE(stream.next(now));
    EXPECT_EQ(take(R"({"ack":1})"), "");
    stream.left(now);
    EXPECT_TRUE(stream.drained());
    EXPECT_EQ(stream.due_at(), TimePoint::max());
}

TEST_F(MessageStreamTest, RefusesWhatIsBeyondItsBound) {
    settings.out.held = 10'000;
    MessageStream bounded{settings, 2000, 100};
    int taken = 0;
    while (bounded.add(Channel::message(taken, 900))) ++taken;
    EXPECT_GE(taken, 9);
    EXPECT_LE(taken, 10);
    EXPECT_LE(bounded.bytes(), 10'000u);
    EXPECT_FALSE(MessageStream(settings, 2000, 100).add(std::string(20'000, ' '))) << "nor one that is larger alone";
}

TEST_F(MessageStreamTest, IsStuckWhenWhatWasMadeCannotBeSentAnyMore) {
    stream.add(Channel::message(1, 1500));
    next();
    EXPECT_FALSE(stream.stuck());
    stream.set_payload_limit(1000);
    EXPECT_TRUE(stream.stuck());
    EXPECT_EQ(take(R"({"ack":1})"), "");
    EXPECT_FALSE(stream.stuck());
    stream.add(Channel::message(2, 1500));
    EXPECT_EQ(next()["parts"], 3) << "what is made from then on fits";
}

TEST_F(MessageStreamTest, CutsAnewWhatTheServerRefusesForItsSize) {
    MessageStream large{settings, 3'000'000, 100};
    const auto next_of_large = [&] {
        const auto broadcast = large.next(now);
        return broadcast ? json::parse("{" + broadcast->members + "}") : json{};
    };
    large.add(R"({"n":1})");
    EXPECT_EQ(next_of_large()["seq"], 1);
    EXPECT_FALSE(large.in_doubt()) << "every backend carries that";
    large.left(now);
    large.add(R"({"n":2})");
    large.add(Channel::message(3, 300'000));
    EXPECT_EQ(next_of_large()["items"].size(), 2u);
    EXPECT_TRUE(large.in_doubt());
    const std::size_t bytes = large.bytes();
    large.set_payload_limit(200'000);
    large.settled(false, now);
    EXPECT_FALSE(large.stuck());
    EXPECT_NEAR(static_cast<double>(large.bytes()), static_cast<double>(bytes), 200);
    json item = next_of_large();
    EXPECT_EQ(item["seq"], 2);
    EXPECT_EQ(item["items"], json::parse(R"([{"n":2}])"));
    large.left(now);
    std::string whole;
    for (int part = 1; part <= 2; ++part) {
        item = next_of_large();
        EXPECT_EQ(item["seq"], 2 + part);
        EXPECT_EQ(item["part"], part);
        EXPECT_EQ(item["parts"], 2);
        whole += item["data"];
        large.left(now);
    }
    EXPECT_EQ(whole, Channel::message(3, 300'000));
    EXPECT_EQ(large.receive(R"({"ack":4})", now).wrong, "");
    EXPECT_TRUE(large.drained());
    EXPECT_EQ(large.bytes(), 0u);
}

TEST_F(MessageStreamTest, CutsAnewTheFirstPartAlone) {
    MessageStream large{settings, 1'000'000, 100};
    const auto part_of_large = [&] { return json::parse("{" + large.next(now)->members + "}").value("parts", 0); };
    large.add(Channel::message(1, 1'800'000));
    EXPECT_EQ(part_of_large(), 2);
    EXPECT_TRUE(large.in_doubt());
    large.set_payload_limit(500'000);
    large.settled(false, now);
    EXPECT_EQ(part_of_large(), 4);
    EXPECT_TRUE(large.in_doubt());
    large.settled(true, now);
    EXPECT_EQ(part_of_large(), 4);
    EXPECT_FALSE(large.in_doubt()) << "the server has taken one of that size";
    large.set_payload_limit(300'000);
    large.settled(false, now);
    EXPECT_TRUE(large.stuck()) << "its first part says the number of parts";
}

TEST_F(MessageStreamTest, RefusesAcknowledgementsOfWhatWasNeverSent) {
    EXPECT_EQ(take(R"({"ack":0})"), "");
    EXPECT_NE(take(R"({"ack":1})"), "");
    EXPECT_NE(take(R"({"nack":1})"), "");
    stream.add(R"({"n":1})");
    next();
    EXPECT_NE(take(R"({"nack":2})"), "");
    EXPECT_NE(take(R"({"ack":9007199254740991})"), "");
    EXPECT_EQ(take(R"({"ack":1})"), "");
    EXPECT_EQ(take(R"({"ack":0})"), "") << "an old one that was delayed";
    EXPECT_NE(take(post(1, R"("ack":2,"messages":[{}])")), "");
    EXPECT_TRUE(got.empty()) << "nothing of such a broadcast is used";
}

TEST_F(MessageStreamTest, ARunOfHugeNumbersHoldsNothing) {
    for (std::uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(take(post(9007199254740991 - i)), "");
    EXPECT_EQ(stream.bytes(), 0u);
    EXPECT_EQ(next(), json::parse(R"({"nack":0})"));
    EXPECT_TRUE(next().is_null());
    EXPECT_TRUE(got.empty());
}

TEST_F(MessageStreamTest, RefusesPartsThatDoNotFollow) {
    const auto part = [&](std::uint64_t seq, int number, int parts, const std::string& data) {
        return post(seq, R"("part":)" + std::to_string(number) + R"(,"parts":)" + std::to_string(parts) +
                             R"(,"data":)" + json(data).dump());
    };
    EXPECT_NE(MessageStream(settings, 2000, 100).receive(part(1, 2, 3, "{"), now).wrong, "");
    EXPECT_EQ(take(part(1, 1, 3, "{\"a\"")), "");
    EXPECT_EQ(stream.bytes(), 4u);
    EXPECT_EQ(take(part(1, 1, 3, "{\"a\"")), "") << "repeated";
    EXPECT_EQ(take(part(2, 2, 3, ":")), "");
    EXPECT_EQ(take(part(3, 3, 3, "7}")), "");
    EXPECT_EQ(got, std::vector<std::string>{R"({"a":7})"});
    EXPECT_EQ(stream.bytes(), 0u);
    EXPECT_EQ(take(part(4, 1, 3, "{")), "");
    EXPECT_NE(take(part(5, 2, 4, "x")), "") << "another number of parts";
    EXPECT_NE(take(part(6, 1, 3, "{")), "") << "a new message before the end of this one";
    EXPECT_NE(take(post(7)), "") << "likewise";
    EXPECT_NE(take(part(8, 3, 3, "}")), "") << "one is left out";
    EXPECT_EQ(got.size(), 1u);
}

TEST_F(MessageStreamTest, EndlessPartsAreBounded) {
    settings.in.message = 5000;
    MessageStream bounded{settings, 2000, 100};
    std::string wrong;
    std::uint64_t seq = 0;
    while (wrong.empty() && seq < 100) {
        ++seq;
        const std::string text = post(
            seq, R"("part":)" + std::to_string(seq) + R"(,"parts":1000000,"data":")" + std::string(900, 'x') + R"(")");
        wrong = bounded.receive(text, now).wrong;
        EXPECT_LE(bounded.bytes(), 5000u);
    }
    EXPECT_EQ(seq, 6u);
    EXPECT_EQ(bounded.bytes(), 0u);
}

TEST_F(MessageStreamTest, RefusesMessagesThatAreNoObjects) {
    for (const std::string list : {R"([7])", R"([{},"x"])", R"([[]])", R"([null])"}) {
        MessageStream fresh{settings, 2000, 100};
        const auto received = fresh.receive(post(1, R"("messages":)" + list), now);
        EXPECT_NE(received.wrong, "") << list;
        EXPECT_TRUE(received.messages.empty());
    }
    for (const std::string text : {"7", "{", "{}x", "[]", "", R"({"a":"\ud800)"}) {
        MessageStream fresh{settings, 2000, 100};
        EXPECT_NE(fresh.receive(post(1, R"("part":1,"parts":1,"data":)" + json(text).dump()), now).wrong, "") << text;
    }
    // Half of a pair, written as an escape, becomes bytes that are no UTF-8.
    const auto half = stream.receive(post(1, R"("part":1,"parts":1,"data":"{\"a\":\"\ud800\"}")"), now);
    EXPECT_NE(half.wrong, "");
    EXPECT_TRUE(half.messages.empty());
}

}  // namespace
