// How long the kinds of what a client hears wait for more.
#include "agent/relay/patience.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace {

using namespace std::chrono_literals;
using relay::Awaited;

std::unique_ptr<relay::Client> client_at(TimePoint now) {
    return relay::make_client({}, relay::ClientSettings{},
                              {.open = 1, .payload_limit = 1000, .instance_bytes = 4, .joined = true, .now = now});
}

TEST(Patience, AnswersGoOnceNoOtherOneIsToCome) {
    EXPECT_EQ(relay::awaited_answer("Page.navigate", 0), Awaited::last);
    EXPECT_EQ(relay::awaited_answer("Page.navigate", 1), Awaited::reply);
    EXPECT_EQ(relay::awaited_answer("Page.screencastFrameAck", 0), Awaited::receipt);
    EXPECT_EQ(relay::awaited_answer("Page.screencastFrameAck", 1), Awaited::receipt);
}

/// A picture is two broadcasts where its receipt goes with it, and three where it does not.
TEST(Patience, PicturesTakeAThirdOfThePaceWheneverTheyCome) {
    constexpr Duration between_two = 50ms;  // 20 a second
    constexpr Duration interval = 3 * between_two;
    const relay::ClientSettings settings;
    const TimePoint begin{1h};
    for (Duration later = 1ms; later <= 1s; later += 7ms) {
        const auto client = client_at(begin);
        relay::gather(*client, Awaited::receipt, settings, between_two, begin);
        const Duration alone = client->gather.due_at() - begin;
        const auto broadcasts = later < alone ? 2 : 3;
        const Duration each = std::max(interval, later);
        EXPECT_LE(broadcasts * interval, 2 * each) << later.count() << " ns";
    }
}

TEST(Patience, AReceiptWaitsNoLongerThanWhatElseGoes) {
    const relay::ClientSettings settings;
    const TimePoint begin{1h};
    const auto client = client_at(begin);
    relay::gather(*client, Awaited::receipt, settings, 0ms, begin);
    EXPECT_EQ(client->gather.due_at(), begin + settings.gather_most_news) << "without a pace";
    relay::gather(*client, Awaited::event, settings, 0ms, begin + 5ms);
    EXPECT_EQ(client->gather.due_at(), begin + 5ms + settings.gather_events);
    relay::gather(*client, Awaited::receipt, settings, 1s, begin + 6ms);
    EXPECT_EQ(client->gather.due_at(), begin + 5ms + settings.gather_events);
}

}  // namespace
