// When a client is over, and when it has to be looked at again.
#include "agent/relay/client.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using relay::Client;

constexpr TimePoint client_start{1h};

std::unique_ptr<Client> client_with_lease(Duration lease, bool joined = true) {
    relay::OpenRequest request;
    request.lease = lease;
    auto client = relay::make_client(
        request, relay::ClientSettings{},
        {.open = 7, .payload_limit = 100'000, .instance_bytes = 4, .joined = joined, .now = client_start});
    client->state = Client::State::open;
    return client;
}

TEST(Client, HasANameThatNobodyGuesses) {
    const auto a = client_with_lease(10s);
    const auto b = client_with_lease(10s);
    EXPECT_EQ(a->id.size(), 32u);
    EXPECT_NE(a->id, b->id);
    EXPECT_NE(a->sender, b->sender);
    EXPECT_EQ(a->open.waiting, std::vector<realtime::Ticket>{7});
}

TEST(Client, EndsWithItsLeaseButNotBefore) {
    const auto client = client_with_lease(10s);
    EXPECT_EQ(client->end_reason(client_start + 10s - 1ns), "");
    EXPECT_EQ(client->end_reason(client_start + 10s), "lease");
    EXPECT_EQ(client->next_look(client_start, 1s), client_start + 10s);
}

TEST(Client, KeepsItsLeaseWhileTheChannelIsAway) {
    const auto client = client_with_lease(10s, false);
    EXPECT_EQ(client->end_reason(client_start + 24h), "");
    EXPECT_EQ(client->next_look(client_start, 1s), TimePoint::max());
}

TEST(Client, IsLeftAloneWhileItIsOpened) {
    const auto client = client_with_lease(10s);
    client->state = Client::State::opening;
    EXPECT_EQ(client->end_reason(client_start + 1h), "") << "its Agent.open has a deadline";
    EXPECT_EQ(client->next_look(client_start, 1s), TimePoint::max());
}

TEST(Client, FinishesOnceItHasAllOrItsTimeIsOver) {
    const auto client = client_with_lease(1h);
    client->state = Client::State::finishing;
    client->give_up_at = client_start + 5s;
    EXPECT_EQ(client->end_reason(client_start), "closed") << "nothing is left to be sent";
    EXPECT_EQ(client->next_look(client_start, 1s), TimePoint::min());

    ASSERT_TRUE(client->stream.add("{}"));
    EXPECT_EQ(client->end_reason(client_start + 5s - 1ns), "");
    EXPECT_EQ(client->end_reason(client_start + 5s), "closed");
    EXPECT_EQ(client->next_look(client_start, 1s), client_start + 5s);
}

TEST(Client, OffersABroadcastAgainOnceTheOutboxHadTimeToEmpty) {
    const auto client = client_with_lease(1h);
    ASSERT_TRUE(client->stream.add("{}"));
    ASSERT_TRUE(client->stream.next(client_start));
    client->stream.not_taken(client_start);
    client->blocked = true;
    EXPECT_EQ(client->next_look(client_start, 3s), std::max(client->stream.due_at(), client_start + 3s));
    EXPECT_GE(client->next_look(client_start, 3s), client_start + 3s);
}

TEST(Client, IsSilentOnceItLeavesABroadcastWithoutAnAnswerForTooLong) {
    const auto client = client_with_lease(1h);
    EXPECT_EQ(client->silent_at(5s), TimePoint::max()) << "it owes no answer";
    const TimePoint sent = client_start + 1min;
    ASSERT_TRUE(client->stream.add("{}"));
    ASSERT_TRUE(client->stream.next(sent));
    EXPECT_EQ(client->silent_at(5s), TimePoint::max()) << "it was not sent yet";
    client->stream.left(sent);
    EXPECT_EQ(client->silent_at(5s), sent + 5s);
    client->heard(sent + 3s);
    EXPECT_EQ(client->silent_at(5s), sent + 8s) << "it shows life, if only by a post that acknowledges nothing";
    client->lease.set_running(false, sent + 4s);
    EXPECT_EQ(client->silent_at(5s), TimePoint::max()) << "nobody is heard while the channel is away";
}

}  // namespace
