// The broadcasts of clients on their way to the channel.
#include "agent/relay/client_mail.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "scripted.hpp"

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using relay::Client;
using relay::ClientMail;

class ClientMailTest : public testing::Test {
  protected:
    ClientMailTest() { mail.set_instance("inst"); }

    std::unique_ptr<Client> open_client() const {
        auto made = relay::make_client(
            {}, relay::ClientSettings{},
            {.open = 1, .payload_limit = sink.limit, .instance_bytes = 4, .joined = true, .now = now});
        made->state = Client::State::open;
        return made;
    }
    json payload_of(std::size_t message) const { return json::parse(sink.published.at(message).payload.view()); }

    TimePoint now{1h};
    router_test::ScriptedSink sink;
    ClientMail mail{sink};
    std::unique_ptr<Client> client = open_client();
};

TEST_F(ClientMailTest, GathersWhatComesWhileABroadcastIsUnderWay) {
    ASSERT_TRUE(client->stream.add(R"({"id":1})"));
    mail.send_next(*client, now);
    ASSERT_EQ(sink.published.size(), 1u);
    const realtime::Message first = sink.published.front();
    EXPECT_TRUE(first.streamed);
    EXPECT_EQ(first.sender, client->sender);
    EXPECT_NE(first.ticket & ClientMail::ticket_bit, 0u);
    EXPECT_EQ(payload_of(0)["client"], client->id);
    EXPECT_EQ(payload_of(0)["instance"], "inst");

    ASSERT_TRUE(client->stream.add(R"({"id":2})"));
    ASSERT_TRUE(client->stream.add(R"({"id":3})"));
    mail.send_next(*client, now);
    EXPECT_EQ(sink.published.size(), 1u) << "one at a time";
    EXPECT_EQ(mail.on_sent(first.ticket), client->id);
    client->stream.left(now);
    mail.send_next(*client, now);
    ASSERT_EQ(sink.published.size(), 2u);
    EXPECT_EQ(payload_of(1)["items"].size(), 2u);
}

TEST_F(ClientMailTest, WaitsAMomentForMoreUnlessSomethingElseIsDue) {
    ASSERT_TRUE(client->stream.add(R"({"id":1})"));
    client->gather.came(4ms, 10ms, now);
    mail.send_next(*client, now);
    EXPECT_TRUE(sink.published.empty());
    EXPECT_EQ(client->due_at(), now + 4ms);
    ASSERT_TRUE(client->stream.add(R"({"id":2})"));
    client->gather.came(4ms, 10ms, now + 1ms);
    mail.send_next(*client, now + 5ms);
    ASSERT_EQ(sink.published.size(), 1u);
    EXPECT_EQ(payload_of(0)["items"].size(), 2u);
    EXPECT_EQ(client->due_at(), TimePoint::max()) << "one is under way";

    mail.on_sent(sink.published.front().ticket);
    client->stream.left(now + 5ms);
    ASSERT_TRUE(client->stream.add(R"({"id":3})"));
    client->gather.came(1h, 2h, now + 5ms);
    client->stream.rejoined();
    mail.send_next(*client, now + 6ms);
    ASSERT_EQ(sink.published.size(), 2u) << "a nack waits for nothing";
    EXPECT_TRUE(payload_of(1).contains("nack"));
}

TEST_F(ClientMailTest, GathersUntilThePaceHasRoom) {
    sink.next_room = now + 50ms;
    ASSERT_TRUE(client->stream.add(R"({"id":1})"));
    mail.send_next(*client, now);
    EXPECT_TRUE(sink.published.empty());
    EXPECT_EQ(client->due_at(), now + 50ms);
    ASSERT_TRUE(client->stream.add(R"({"id":2})"));
    client->gather.came(4ms, 10ms, now + 10ms);
    mail.send_next(*client, now + 10ms);
    mail.send_next(*client, now + 14ms);
    EXPECT_TRUE(sink.published.empty());
    EXPECT_EQ(client->due_at(), now + 50ms);
    mail.send_next(*client, now + 50ms);
    ASSERT_EQ(sink.published.size(), 1u);
    EXPECT_EQ(payload_of(0)["items"].size(), 2u) << "one broadcast, and not two";
    client->stream.left(now + 50ms);
    sink.next_room = now + 1h;
    mail.send_next(*client, now + 51ms);
    EXPECT_EQ(client->due_at(), client->stream.due_at()) << "nothing waits for the pace";
}

TEST_F(ClientMailTest, EachOfSeveralClientsHasItsTurnInThePace) {
    const auto other = open_client(), third = open_client();
    sink.next_room = now;
    sink.between_two = 50ms;
    for (Client* const one : {client.get(), other.get(), third.get()}) {
        ASSERT_TRUE(one->stream.add(R"({"id":1})"));
        mail.send_next(*one, now);
    }
    ASSERT_EQ(sink.published.size(), 1u) << "there is room for one broadcast";
    EXPECT_EQ(other->due_at(), now + 50ms);
    EXPECT_EQ(third->due_at(), TimePoint::max()) << "it comes behind the other";
    EXPECT_EQ(mail.on_sent(sink.published.back().ticket), client->id);
    client->stream.left(now);
    ASSERT_TRUE(client->stream.add(R"({"id":2})"));
    now += 50ms;
    for (Client* const one : {client.get(), third.get(), other.get()}) mail.send_next(*one, now);
    ASSERT_EQ(sink.published.size(), 2u);
    EXPECT_EQ(payload_of(1)["client"], other->id) << "it has waited longest";
    EXPECT_EQ(third->due_at(), now);
    mail.send_next(*third, now + 50ms);
    EXPECT_EQ(payload_of(2)["client"], third->id);
}

TEST_F(ClientMailTest, WaitsNoLongerWhereThePaceRises) {
    sink.next_room = now + 1h;
    ASSERT_TRUE(client->stream.add(R"({"id":1})"));
    mail.send_next(*client, now);
    EXPECT_EQ(client->due_at(), now + 1h);
    sink.next_room = now + 10ms;
    mail.on_pace(now);
    EXPECT_EQ(client->due_at(), now + 10ms);
}

TEST_F(ClientMailTest, AClientThatEndsKeepsNobodyFromItsTurn) {
    const auto other = open_client();
    sink.next_room = now + 50ms;
    for (Client* const one : {client.get(), other.get()}) {
        ASSERT_TRUE(one->stream.add(R"({"id":1})"));
        mail.send_next(*one, now);
    }
    mail.leave_turn(*client, now);
    EXPECT_EQ(other->due_at(), now + 50ms);
    mail.send_next(*other, now + 50ms);
    EXPECT_EQ(sink.published.size(), 1u);
}

TEST_F(ClientMailTest, AReplyThatWaitsForThePaceDoesNotWaitForNewsThatComeMeanwhile) {
    sink.next_room = now + 50ms;
    ASSERT_TRUE(client->stream.add(R"({"id":1})"));
    client->gather.came(1ms, 3ms, now);
    mail.send_next(*client, now + 1ms);
    EXPECT_EQ(client->due_at(), now + 50ms);
    ASSERT_TRUE(client->stream.add(R"({"method":"Network.dataReceived"})"));
    client->gather.news(100ms, 100ms, now + 10ms);
    mail.send_next(*client, now + 10ms);
    EXPECT_EQ(client->due_at(), now + 50ms);
    mail.send_next(*client, now + 50ms);
    ASSERT_EQ(sink.published.size(), 1u);
    EXPECT_EQ(payload_of(0)["items"].size(), 2u);
}

TEST_F(ClientMailTest, WaitsForThePaceWithAnAcknowledgementToo) {
    ASSERT_TRUE(client->stream.receive(R"({"seq":1,"ack":0,"messages":[{"id":1}]})", now).wrong.empty());
    const TimePoint due = client->due_at();
    ASSERT_NE(due, TimePoint::max());
    sink.next_room = due + 1s;
    mail.send_next(*client, due);
    EXPECT_TRUE(sink.published.empty());
    EXPECT_EQ(client->due_at(), due + 1s);
    ASSERT_TRUE(client->stream.add(R"({"id":1})"));
    mail.send_next(*client, due + 1s);
    ASSERT_EQ(sink.published.size(), 1u) << "the answer carries it";
    EXPECT_EQ(payload_of(0)["ack"], 1);
    EXPECT_EQ(payload_of(0)["items"].size(), 1u);
}

TEST_F(ClientMailTest, TellsThePaceOnceItIsAnotherThanAtTheOpen) {
    EXPECT_EQ(mail.shares().opened(*client), 20);
    ASSERT_TRUE(client->stream.add("{}"));
    mail.send_next(*client, now);
    EXPECT_FALSE(payload_of(0).contains("limits"));
    sink.pace = 7.5;
    client->stream.left(now);
    ASSERT_TRUE(client->stream.add("{}"));
    mail.send_next(*client, now);
    EXPECT_EQ(payload_of(1)["limits"]["broadcastsPerSecond"], 7.5);
}

TEST_F(ClientMailTest, ACopyThatIsSentLaterIsNobodys) {
    ASSERT_TRUE(client->stream.add("{}"));
    mail.send_next(*client, now);
    const auto ticket = sink.published.front().ticket;
    EXPECT_EQ(mail.on_sent(ticket), client->id);
    EXPECT_EQ(mail.on_sent(ticket), "");
}

TEST_F(ClientMailTest, AFullOutboxBlocksTheClientAndLosesNothing) {
    sink.room = 0;
    ASSERT_TRUE(client->stream.add(R"({"id":1})"));
    mail.send_next(*client, now);
    EXPECT_TRUE(client->blocked);
    sink.room = 1;
    mail.send_next(*client, client->stream.due_at());
    EXPECT_FALSE(client->blocked);
    ASSERT_EQ(sink.published.size(), 1u);
    EXPECT_EQ(payload_of(0)["items"].size(), 1u);
}

TEST_F(ClientMailTest, SendsNothingForAClientThatIsNotOpenYet) {
    client->state = Client::State::opening;
    ASSERT_TRUE(client->stream.add("{}"));
    mail.send_next(*client, now);
    EXPECT_TRUE(sink.published.empty());
}

TEST_F(ClientMailTest, ForgetsWhatWasUnderWayForAClientThatHasEnded) {
    ASSERT_TRUE(client->stream.add("{}"));
    mail.send_next(*client, now);
    mail.forget(client->id);
    EXPECT_EQ(mail.on_sent(sink.published.front().ticket), "");
}

TEST_F(ClientMailTest, AnEndIsOwedAndAnUnknownNameIsRefused) {
    mail.publish_ended("c-1", "lease", 5);
    EXPECT_EQ(sink.published.back().lane, realtime::Lane::answer);
    EXPECT_TRUE(sink.published.back().owed);
    EXPECT_EQ(sink.published.back().sender, 5u);
    EXPECT_EQ(payload_of(0)["ended"]["reason"], "lease");

    mail.publish_unknown(std::string(64, 'x'));
    EXPECT_EQ(sink.published.back().lane, realtime::Lane::refusal);
    EXPECT_FALSE(sink.published.back().owed);
    EXPECT_EQ(payload_of(1)["ended"]["reason"], "no_client");
    mail.publish_unknown(std::string(65, 'x'));
    EXPECT_EQ(sink.published.size(), 2u) << "a longer name is not echoed";
}

}  // namespace
