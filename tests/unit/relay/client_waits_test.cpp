// What is remembered of all that waits for a client.
#include "agent/relay/core/client_waits.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using relay::ClientWaits;
using Kind = ClientWaits::Kind;

std::vector<std::string> taken(ClientWaits& waits) {
    std::vector<std::string> all;
    for (const ClientWaits::One& one : waits.take()) all.push_back(one.session + "/" + one.request);
    return all;
}
using Texts = std::vector<std::string>;
using What = ClientWaits::Ended::What;

void carry_out(ClientWaits& waits, const ClientWaits::Ended& command) {
    waits.answer(command);
    waits.settle(command, true);
}

TEST(ClientWaits, ForgetsWhatTheClientDidItself) {
    ClientWaits waits;
    waits.add({Kind::target, "A", ""});
    waits.add({Kind::target, "B", ""});
    waits.add({Kind::request, "A", "r1"});
    waits.add({Kind::challenge, "A", "r2"});
    waits.add({Kind::request, "B", "r1"});
    carry_out(waits, {What::target, "A", ""});
    carry_out(waits, {What::request, "A", "r1"});
    carry_out(waits, {What::request, "A", "r2"});
    carry_out(waits, {What::request, "A", "unknown"});
    carry_out(waits, {What::nothing, "B", "r1"});
    EXPECT_EQ(taken(waits), (Texts{"B/", "B/r1"}));
    EXPECT_TRUE(waits.empty());
}

TEST(ClientWaits, ForgetsWhatEndsWithFetchOrWithTheSession) {
    ClientWaits waits;
    for (const char* session : {"A", "B", "C"}) {
        waits.add({Kind::target, session, ""});
        waits.add({Kind::request, session, "r"});
    }
    carry_out(waits, {What::fetch, "A", ""});
    waits.session_ended("B");
    EXPECT_EQ(taken(waits), (Texts{"A/", "C/", "C/r"}));
}

TEST(ClientWaits, HoldsOnToWhatACommandDidNotLetGoOn) {
    ClientWaits waits;
    waits.add({Kind::target, "A", ""});
    waits.add({Kind::request, "A", "r1"});
    for (const ClientWaits::Ended& command : {ClientWaits::Ended{What::target, "A", ""}, {What::fetch, "A", ""}}) {
        waits.answer(command);
    }
    EXPECT_TRUE(waits.empty()) << "while the browser is at it";
    EXPECT_EQ(taken(waits), (Texts{}));
    waits.settle({What::fetch, "A", ""}, false);
    EXPECT_FALSE(waits.empty());
    EXPECT_EQ(taken(waits), (Texts{"A/r1"}));
    waits.settle({What::target, "A", ""}, false);
    EXPECT_EQ(taken(waits), (Texts{"A/"}));
}

TEST(ClientWaits, HoldsOnToARequestThatIsHeldOnceMore) {
    ClientWaits waits;
    waits.add({Kind::request, "A", "r1"});
    waits.answer({What::request, "A", "r1"});
    waits.add({Kind::challenge, "A", "r1"});
    waits.settle({What::request, "A", "r1"}, true);
    EXPECT_EQ(taken(waits), (Texts{"A/r1"}));
}

TEST(ClientWaits, ForgetsTheOldestBeyondItsBound) {
    ClientWaits waits;
    for (std::size_t i = 0; i < ClientWaits::most; ++i) waits.add({Kind::request, "A", std::to_string(i)});
    EXPECT_EQ(waits.size(), ClientWaits::most);
    EXPECT_EQ(waits.take().front().request, "0");
    for (std::size_t i = 0; i <= ClientWaits::most; ++i) waits.add({Kind::request, "A", std::to_string(i)});
    EXPECT_EQ(waits.size(), ClientWaits::most);
    EXPECT_EQ(waits.take().front().request, "1");
}

TEST(ClientWaits, AreTriedAgainLater) {
    constexpr TimePoint waits_start{1h};
    ClientWaits waits;
    EXPECT_EQ(waits.again_at(), TimePoint::min());
    waits.put_back({Kind::target, "A", ""}, waits_start + 1s);
    waits.put_back({Kind::target, "B", ""}, waits_start);
    EXPECT_EQ(waits.again_at(), waits_start + 1s);
    EXPECT_EQ(taken(waits), (Texts{"A/", "B/"}));
    EXPECT_EQ(waits.again_at(), TimePoint::min());
}

}  // namespace
