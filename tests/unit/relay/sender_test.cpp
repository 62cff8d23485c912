// Who sent a command, and what each sender may have in flight.
#include "agent/relay/core/sender.hpp"

#include "agent/relay/core/shares.hpp"
#include "router_fixture.hpp"

namespace {

using namespace router_test;
using namespace std::chrono_literals;
using relay::Senders;
using relay::Shares;

TEST(Sender, IsTheIdUpToItsCounter) {
    Senders senders;
    EXPECT_EQ(senders.of(R"("a1b2-1")", ""), senders.of(R"("a1b2-900")", ""));
    EXPECT_EQ(senders.of(R"("a1b2-1")", "S1"), senders.of(R"("a1b2-2")", "S2"));
    EXPECT_NE(senders.of(R"("a1b2-1")", ""), senders.of(R"("a1b3-1")", ""));
    EXPECT_NE(senders.of(R"("a")", ""), senders.of(R"("b")", ""));
    EXPECT_EQ(senders.of("null", ""), senders.of("null", ""));
}

TEST(Sender, IsTheSessionAndTheCountWhereTheIdIsANumber) {
    Senders senders;
    const auto first = senders.of("1", "S1");
    for (int i = 2; i < 3000; ++i) ASSERT_EQ(senders.of(std::to_string(i), "S1"), first) << i;
    EXPECT_EQ(senders.of(R"("3000")", "S1"), first);
    EXPECT_NE(senders.of("3001", "S2"), first);
    const auto second = senders.of("17", "S1");
    EXPECT_NE(second, first) << "somebody who counts from the beginning";
    EXPECT_EQ(senders.of("3002", "S1"), first);
    EXPECT_EQ(senders.of("18", "S1"), second);
    EXPECT_EQ(senders.of("99999999999999999999999999", "S1"), senders.of("99999999999999999999999998", "S1"));
}

TEST(Sender, RemembersABoundedNumberOfCounts) {
    Senders senders;
    const auto first = senders.of("5", "");
    for (std::uint64_t i = 1; i < Senders::most_counts; ++i) senders.of(std::to_string(i * 1000), "");
    EXPECT_EQ(senders.of("6", ""), first);
    for (std::uint64_t i = 1; i <= Senders::most_counts; ++i) senders.of(std::to_string(i * 7777), "");
    EXPECT_NE(senders.of("7", ""), first) << "forgotten";
}

TEST(Shares, OneAloneHasTheMostAndTheNextFindsRoom) {
    Shares shares{{.commands = 100}};
    std::size_t first = 0;
    while (shares.judge(1, 0) == Shares::Verdict::admitted) shares.enter(1), ++first;
    EXPECT_EQ(first, 100u);
    std::size_t second = 0;
    while (shares.judge(2, 0) == Shares::Verdict::admitted) shares.enter(2), ++second;
    EXPECT_EQ(second, 50u);
    EXPECT_EQ(shares.judge(3, 0), Shares::Verdict::admitted);
    EXPECT_EQ(shares.judge(1, 0), Shares::Verdict::too_many);
}

TEST(Shares, InventedNamesFillNoPlaceOfTheKnown) {
    Shares shares{{.commands = 100}};
    for (int i = 0; i < 2; ++i) shares.leave(shares.enter(1));
    std::size_t invented = 0;
    while (shares.judge(1000 + invented, 0) == Shares::Verdict::admitted && invented < 10'000) {
        shares.enter(1000 + invented++);
    }
    EXPECT_GE(invented, Shares::shared_slot_share * 100);
    EXPECT_LE(invented, Shares::shared_slot_share * 100 + realtime::SenderTable::most_new) << "bounded";
    std::size_t known = 0;
    while (shares.judge(1, 0) == Shares::Verdict::admitted) shares.enter(1), ++known;
    EXPECT_GE(known, 90u);
}

TEST(Shares, NobodysParametersLeaveNoRoomForOthers) {
    Shares shares{{.bytes = 1 << 20}};
    const realtime::Slot slot = shares.enter(1);
    shares.hold(slot, 700 << 10);
    EXPECT_EQ(shares.judge(1, 200 << 10), Shares::Verdict::admitted);
    EXPECT_EQ(shares.judge(1, 300 << 10), Shares::Verdict::too_large);
    EXPECT_EQ(shares.judge(2, 300 << 10), Shares::Verdict::admitted);
    EXPECT_EQ(shares.judge(2, 400 << 10), Shares::Verdict::too_large);
    shares.release(slot, 700 << 10);
    EXPECT_EQ(shares.judge(2, 1 << 20), Shares::Verdict::admitted) << "alone, all of it";
}

TEST_F(RouterTest, CommandsThatNeverEndKeepNoPlaceFromAnother) {
    room = 10'000;
    start();
    for (int i = 0; i < 5000; ++i) {
        command(R"({"id":"a-)" + std::to_string(i) + R"(","method":"Runtime.evaluate","params":{}})");
    }
    EXPECT_EQ(browser.asked.size(), settings.max_in_flight);
    expect_reason("overloaded", -32015);
    EXPECT_EQ(published.back().lane, realtime::Lane::refusal) << "a share of its own";
    EXPECT_TRUE(published.back().owed) << "and an answer that is not dropped";
    command(R"({"id":"b-1","method":"Browser.getVersion"})");
    EXPECT_EQ(browser.asked.back().method, "Browser.getVersion");
    answer(cdp::Fate::result, "{}");
    EXPECT_EQ(published.back().lane, realtime::Lane::answer);
    EXPECT_EQ(published.back().sender, Senders{}.of(R"("b-1")", ""));
    EXPECT_EQ(last()["ok"], true);
}

// A name that was never seen before, for each command.
TEST_F(RouterTest, InventedSendersShareTheirPlacesAndTheOldestMakesRoom) {
    settings.max_strangers_at_browser = 50;
    settings.stranger_turn = 0s;
    start();
    for (int i = 0; i < 60; ++i) command(R"({"id":"a)" + std::to_string(i) + R"(x","method":"Runtime.evaluate"})");
    EXPECT_EQ(browser.asked.size(), 60u);
    ASSERT_EQ(browser.forgotten.size(), 10u);
    EXPECT_EQ(browser.forgotten.front(), browser.asked.front().ticket);
    EXPECT_EQ(router->status().at_browser, 50u);
    EXPECT_EQ(json::parse(published[0].payload.view())["id"], "a0x");
    expect_reason("overloaded", -32015);
    command(R"({"id":"visitor","method":"Browser.getVersion"})");
    EXPECT_EQ(browser.asked.back().method, "Browser.getVersion");
    answer(cdp::Fate::result, "{}");
    EXPECT_EQ(last()["id"], "visitor");
}

TEST_F(RouterTest, AStrangersCommandIsNotEndedBeforeItHadItsTurn) {
    settings.max_strangers_at_browser = 50;
    settings.stranger_turn = 1h;
    start();
    for (int i = 0; i < 60; ++i) command(R"({"id":"a)" + std::to_string(i) + R"(x","method":"Runtime.evaluate"})");
    EXPECT_EQ(browser.asked.size(), 50u);
    EXPECT_TRUE(browser.forgotten.empty());
    expect_reason("overloaded", -32015);
    router->on_answer({browser.asked[7].ticket, cdp::Fate::result, "{}", "S"});
    command(R"({"id":"visitor","method":"Browser.getVersion"})");
    EXPECT_EQ(browser.asked.size(), 51u);
}

TEST_F(RouterTest, WhatIsNotRelayedTakesNobodysPlace) {
    settings.max_strangers_at_browser = 50;
    settings.stranger_turn = 0s;
    start();
    for (int i = 0; i < 50; ++i) command(R"({"id":"a)" + std::to_string(i) + R"(x","method":"Runtime.evaluate"})");
    command(R"({"id":"visitor","method":"Browser.crash"})");
    expect_reason("denied", -32010);
    command(R"({"id":"guest","method":"Page.navigate","params":{"url":"http://a/","url":"http://b/"}})");
    expect_reason("bad_request", -32600);
    command(R"({"id":"caller","method":"Agent.getInfo"})");
    EXPECT_EQ(last()["ok"], true) << last();
    EXPECT_TRUE(browser.forgotten.empty());
    EXPECT_EQ(router->status().at_browser, 50u);
}

TEST_F(RouterTest, AScriptThatHadToMakeRoomIsFollowedToItsEnd) {
    settings.max_strangers_at_browser = 1;
    settings.stranger_turn = 0s;
    start();
    command(R"({"id":"a0x","method":"Page.addScriptToEvaluateOnNewDocument","params":{"source":"1"},"sessionId":"S"})");
    ASSERT_EQ(browser.asked.size(), 2u);
    const cdp::Ticket gate = browser.asked[0].ticket;
    const cdp::Ticket script = browser.asked[1].ticket;
    command(R"({"id":"visitor","method":"Browser.getVersion"})");
    EXPECT_EQ(json::parse(published[0].payload.view())["id"], "a0x") << "it was answered";
    EXPECT_TRUE(browser.forgotten.empty());
    router->on_answer({gate, cdp::Fate::error, "{}", "S"});
    router->on_answer({script, cdp::Fate::result, R"({"identifier":"2"})", "S"});
    EXPECT_EQ(browser.asked.back().method, "Page.removeScriptToEvaluateOnNewDocument") << "its gate does not stand";
    EXPECT_EQ(browser.asked.back().params, R"({"identifier":"2"})");
}

TEST_F(RouterTest, OneSendersWaitingAnswersLeaveRoomForAnothers) {
    settings.max_waiting_answers = 90;
    start();
    room = 0;
    for (int i = 0; i < 100; ++i) {
        command(R"({"id":"a-)" + std::to_string(i) + R"(","method":"Browser.crash"})");
    }
    const auto before = router->status();
    EXPECT_EQ(before.waiting_answers, 60u);
    EXPECT_EQ(before.traffic.dropped, 40u);
    command(R"({"id":"b-1","method":"Browser.crash"})");
    EXPECT_EQ(router->status().waiting_answers, 61u);
    EXPECT_EQ(router->status().traffic.dropped, 40u);
    room = 2;
    router->on_settled(99, Settled::acknowledged);
    ASSERT_EQ(published.size(), 2u);
    EXPECT_EQ(json::parse(published[1].payload.view())["id"], "b-1") << "by turns";
}

}  // namespace
