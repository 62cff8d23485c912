// Who shares the pace of the channel, and who is told of it.
#include "agent/relay/pace_shares.hpp"

#include <gtest/gtest.h>

#include "scripted.hpp"

namespace {

using namespace std::chrono_literals;
using relay::Client;

class PaceSharesTest : public testing::Test {
  protected:
    std::unique_ptr<Client> client_of(realtime::SenderId controller) {
        auto client = relay::make_client({}, relay::ClientSettings{},
                                         {.controller = controller, .payload_limit = sink.limit, .now = TimePoint{1h}});
        pace = shares.opened(*client);
        client->state = Client::State::open;
        return client;
    }

    router_test::ScriptedSink sink;
    relay::PaceShares shares{sink};
    double pace = 0;
};

TEST_F(PaceSharesTest, CountsControllersAndNotTheirClients) {
    const auto first = client_of(1);
    const auto second = client_of(1);
    EXPECT_EQ(sink.shared_by, 1u);
    EXPECT_EQ(pace, 20);
    const auto other = client_of(2);
    EXPECT_EQ(sink.shared_by, 2u);
    EXPECT_EQ(pace, 10);
    shares.ended(*first);
    EXPECT_EQ(sink.shared_by, 2u);
    shares.ended(*second);
    EXPECT_EQ(sink.shared_by, 1u);
    shares.ended(*other);
    EXPECT_EQ(sink.shared_by, 0u);
}

TEST_F(PaceSharesTest, TheTimeBetweenTwoBroadcastsIsThatOfThePace) {
    EXPECT_EQ(shares.between_two(), Duration::zero()) << "nobody has a client";
    const auto client = client_of(1);
    EXPECT_EQ(shares.between_two(), 50ms);
    sink.pace = 0;
    EXPECT_EQ(shares.between_two(), Duration::zero()) << "there is no pace";
}

TEST_F(PaceSharesTest, OneThatWasNeverOpenTakesNothing) {
    const auto client = client_of(1);
    const auto opening =
        relay::make_client({}, relay::ClientSettings{}, {.controller = 1, .payload_limit = 1000, .now = TimePoint{1h}});
    shares.ended(*opening);
    EXPECT_EQ(sink.shared_by, 1u);
}

TEST_F(PaceSharesTest, EachBroadcastTellsThePaceOnceItHasChanged) {
    const auto client = client_of(1);
    EXPECT_EQ(shares.pace_to_send(*client), std::nullopt);
    const auto other = client_of(2);
    EXPECT_EQ(shares.pace_to_send(*client), 10);
    EXPECT_EQ(shares.pace_to_send(*other), std::nullopt);
    shares.ended(*other);
    EXPECT_EQ(shares.pace_to_send(*client), 20) << "the broadcast that told 10 may have been the last to arrive";
    EXPECT_EQ(shares.pace_to_send(*client), 20) << "or this one is lost";
}

TEST_F(PaceSharesTest, AClosureAtTheAgentIsToldToo) {
    const auto client = client_of(1);
    sink.pace = 5;
    EXPECT_EQ(shares.pace_to_send(*client), 5);
}

TEST_F(PaceSharesTest, AControllerAnswersItsClientsOneAfterAnother) {
    const auto first = client_of(1);
    sink.pace = 2;
    EXPECT_EQ(shares.answers_within(*first), 1500ms);
    const auto second = client_of(1);
    EXPECT_EQ(shares.answers_within(*first), 3s);
    sink.pace = 0;
    EXPECT_EQ(shares.answers_within(*first), Duration::zero()) << "it is not paced";
    shares.ended(*first);
    shares.ended(*second);
    sink.pace = 2;
    EXPECT_EQ(shares.answers_within(*first), Duration::zero());
}

}  // namespace
