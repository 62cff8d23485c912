// What a bystander on the channel makes of the broadcasts, written as the two ends write them.
#include "agent/bridge/core/watched.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "agent/bridge/core/far_text.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/result.hpp"

namespace {

using namespace std::chrono_literals;
using bridge::SeenMessage;
using bridge::Watched;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = bridge::SeenMessage::Kind;

struct WatchedTest : ::testing::Test {
    std::vector<SeenMessage> command(const std::string& payload) { return watched.hear("cdp-command", payload, now); }
    std::vector<SeenMessage> result(const std::string& payload) { return watched.hear("cdp-result", payload, now); }
    std::vector<SeenMessage> event(const std::string& payload) { return watched.hear("cdp-event", payload, now); }
    std::vector<SeenMessage> post(std::uint64_t seq, const std::string& messages,
                                  const std::string& client = "a1b2c3") {
        const std::string members = R"("seq":)" + std::to_string(seq) + R"(,"ack":0,"messages":)" + messages;
        return command(bridge::write_post("p-" + std::to_string(seq), client, members));
    }
    std::vector<SeenMessage> items(std::uint64_t seq, const std::string& list, const std::string& client = "a1b2c3") {
        const std::string members = R"("seq":)" + std::to_string(seq) + R"(,"ack":0,"items":)" + list;
        return event(relay::write_client_broadcast(client, "i", members));
    }

    Watched watched;
    TimePoint now{1000s};
};

TEST_F(WatchedTest, ASingleCommandIsJoinedWithItsAnswer) {
    EXPECT_THAT(command(R"({"id":"c-1","method":"Page.navigate","params":{"url":"x"},"sessionId":"S"})"), IsEmpty());
    now += 132ms;
    const auto seen = result(relay::write_result(R"("c-1")", R"({"frameId":"F"})"));
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].kind, Kind::answer);
    EXPECT_EQ(seen[0].client, "");
    EXPECT_EQ(seen[0].session, "S");
    EXPECT_EQ(seen[0].id, R"("c-1")");
    EXPECT_EQ(seen[0].method, "Page.navigate");
    EXPECT_EQ(seen[0].params, R"({"url":"x"})");
    EXPECT_EQ(seen[0].took, 132ms);
    EXPECT_TRUE(seen[0].ok && seen[0].command_heard);
    EXPECT_EQ(seen[0].bytes, std::string_view{R"({"frameId":"F"})"}.size());
    EXPECT_EQ(watched.commands(), 0u);
}

TEST_F(WatchedTest, OfASealedClientItIsSaidOnceThatNothingCanBeShown) {
    const auto sealed = [](int seq) { return R"("seq":)" + std::to_string(seq) + R"(,"ack":0,"data":"FwMDABM=")"; };
    const auto seen = command(bridge::write_post("p-1", "a1b2c3", sealed(1)));
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].kind, Kind::note);
    EXPECT_EQ(seen[0].client, "a1b2c3");
    EXPECT_THAT(seen[0].text, HasSubstr("TLS"));
    EXPECT_THAT(event(relay::write_client_broadcast("a1b2c3", "i", sealed(1))), IsEmpty());
    EXPECT_THAT(command(bridge::write_post("p-2", "a1b2c3", sealed(2))), IsEmpty());
    EXPECT_THAT(command(bridge::write_post("p-3", "d4e5f6", sealed(1))), SizeIs(1));
}

TEST_F(WatchedTest, ASealedClientIsToldOfByItsRawBroadcastsToo) {
    const std::string numbers = R"("seq":1,"ack":0)";
    const std::string post = bridge::write_post("p-1", "a1b2c3", numbers);
    const std::string down = relay::write_client_broadcast("d4e5f6", "i", numbers);
    const auto heard = [this](std::string_view event, std::string_view text) {
        return watched.hear_raw(event, {text, "\x17\x03\x03"});
    };
    const auto seen = heard("cdp-command", post);
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].client, "a1b2c3");
    EXPECT_THAT(seen[0].text, HasSubstr("TLS"));
    EXPECT_THAT(heard("cdp-command", post), IsEmpty()) << "once";
    EXPECT_THAT(heard("cdp-event", down), SizeIs(1));
    for (const std::string_view event : {"cdp-command", "cdp-event", "cdp-result", "x"}) {
        for (const std::string& text : {std::string{}, std::string{"{}"}, std::string{"\xff"},
                                        bridge::write_post("p-1", "", numbers), std::string{R"({"client":"z"})"}}) {
            EXPECT_THAT(heard(event, text), IsEmpty()) << event << text;
        }
    }
    EXPECT_THAT(watched.hear_raw("cdp-command", {bridge::write_post("p-1", "new", numbers), {}}), IsEmpty());
}

TEST_F(WatchedTest, AnErrorHasItsMessageAndItsCode) {
    command(R"({"id":7,"method":"Page.crash"})");
    auto seen = result(relay::write_error("7", R"({"code":-32000,"message":"No"})"));
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_FALSE(seen[0].ok);
    EXPECT_EQ(seen[0].code, -32000);
    EXPECT_EQ(seen[0].text, "No");
    command(R"({"id":8,"method":"Browser.crash"})");
    seen = result(relay::write_refusal("8", relay::Reason::denied, "The policy forbids it"));
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].text, "The policy forbids it");
}

TEST_F(WatchedTest, ASecondCopyOfACommandOrOfAnAnswerIsNotShown) {
    command(R"({"id":"c-1","method":"Page.reload"})");
    now += 5ms;
    command(R"({"id":"c-1","method":"Page.reload"})");
    const auto seen = result(relay::write_result(R"("c-1")", "{}"));
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].took, 5ms) << "since the first";
    EXPECT_THAT(result(relay::write_result(R"("c-1")", "{}")), IsEmpty());
    command(R"({"id":"c-1","method":"Page.enable"})");
    EXPECT_THAT(result(relay::write_result(R"("c-1")", "{}")), SizeIs(1)) << "the id was used again";
}

TEST_F(WatchedTest, AnAnswerWhoseCommandWasNotHeardIsShownWithoutAMethod) {
    const auto seen = result(relay::write_result(R"("c-9")", "{}"));
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_FALSE(seen[0].command_heard);
    EXPECT_EQ(seen[0].method, "");
    EXPECT_EQ(seen[0].id, R"("c-9")");
    EXPECT_THAT(result(relay::write_result(R"("c-9")", "{}")), IsEmpty());
}

TEST_F(WatchedTest, WhatCannotBeAnsweredByItsIdIsNotWaitedFor) {
    command(R"({"method":"Page.reload"})");
    command(R"({"id":null,"method":"Page.reload"})");
    command(R"({"id":")" + std::string(300, 'i') + R"(","method":"Page.reload"})");
    EXPECT_EQ(watched.commands(), 0u);
    for (int i = 0; i < 2; ++i) {
        EXPECT_THAT(result(relay::write_refusal("null", relay::Reason::bad_request, "No id")), SizeIs(1));
    }
}

TEST_F(WatchedTest, AClientsMessagesAreJoinedByClientSessionAndId) {
    EXPECT_THAT(post(1, R"([{"id":1,"method":"Page.enable","sessionId":"A"},{"id":1,"method":"DOM.enable"}])"),
                IsEmpty());
    post(1, R"([{"id":1,"method":"Network.enable"}])", "other");
    now += 3ms;
    auto seen = items(1, R"([{"id":1,"result":{}}])");
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].method, "DOM.enable");
    EXPECT_EQ(seen[0].client, "a1b2c3");
    EXPECT_EQ(seen[0].session, "");
    EXPECT_EQ(seen[0].took, 3ms);
    seen = items(2, R"([{"id":1,"result":{},"sessionId":"A"}])");
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].method, "Page.enable");
    EXPECT_EQ(seen[0].session, "A");
    seen = items(1, R"([{"id":1,"error":{"code":-1,"message":"m"}}])", "other");
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].method, "Network.enable");
    EXPECT_EQ(seen[0].text, "m");
    EXPECT_EQ(watched.commands(), 0u);
}

TEST_F(WatchedTest, EventsComeInOrderWithTheAnswersOfOneBroadcast) {
    post(1, R"([{"id":4,"method":"Page.navigate"}])");
    const auto seen = items(1, R"([{"method":"Page.frameNavigated","params":{"a":1},"sessionId":"S"},)"
                               R"({"id":4,"result":{}},{"method":"Page.loadEventFired"}])");
    ASSERT_THAT(seen, SizeIs(3));
    EXPECT_EQ(seen[0].kind, Kind::event);
    EXPECT_EQ(seen[0].method, "Page.frameNavigated");
    EXPECT_EQ(seen[0].params, R"({"a":1})");
    EXPECT_EQ(seen[0].session, "S");
    EXPECT_EQ(seen[1].method, "Page.navigate");
    EXPECT_EQ(seen[2].method, "Page.loadEventFired");
    EXPECT_EQ(seen[2].params, "");
}

TEST_F(WatchedTest, ABroadcastThatIsSentAgainIsShownOnce) {
    const std::string list = R"([{"method":"Page.loadEventFired"}])";
    EXPECT_THAT(items(1, list), SizeIs(1));
    EXPECT_THAT(items(1, list), IsEmpty());
    EXPECT_THAT(items(1, list, "other"), SizeIs(1)) << "each client counts by itself";
    EXPECT_THAT(post(1, R"([{"id":1,"method":"A.b"}])"), IsEmpty());
    EXPECT_EQ(watched.commands(), 1u) << "each direction counts by itself";
}

TEST_F(WatchedTest, BareAcknowledgementsShowNothing) {
    EXPECT_THAT(command(bridge::write_post("p", "a1b2c3", R"("ack":3)")), IsEmpty());
    EXPECT_THAT(event(relay::write_client_broadcast("a1b2c3", "i", R"("nack":3)")), IsEmpty());
}

TEST_F(WatchedTest, TheEndOfAClientForgetsItsCommands) {
    post(1, R"([{"id":1,"method":"Page.reload"}])");
    post(1, R"([{"id":1,"method":"Page.reload"}])", "other");
    const auto seen = event(relay::write_client_ended("a1b2c3", "i", "lease"));
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].kind, Kind::ended);
    EXPECT_EQ(seen[0].client, "a1b2c3");
    EXPECT_EQ(seen[0].text, "lease");
    EXPECT_EQ(watched.commands(), 1u);
    EXPECT_EQ(watched.clients(), 1u);
    EXPECT_THAT(items(1, R"([{"id":1,"result":{}}])", "other"), SizeIs(1));
}

TEST_F(WatchedTest, AClientOfTheSameNameBeginsAnew) {
    post(1, R"([{"id":1,"method":"Page.reload"}])");
    event(relay::write_client_ended("a1b2c3", "i", "lease"));
    post(1, R"([{"id":1,"method":"Page.enable"}])");
    EXPECT_EQ(watched.commands(), 1u);
    const auto seen = items(1, R"([{"id":1,"result":{}}])");
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].method, "Page.enable");
}

TEST_F(WatchedTest, AClientsNameIsOfTheContractsLengthAtMost) {
    post(1, "[{}]", std::string(bridge::max_client_name, 'n'));
    EXPECT_EQ(watched.clients(), 1u);
    post(1, "[{}]", std::string(bridge::max_client_name + 1, 'n'));
    items(1, "[{}]", std::string(bridge::max_client_name + 1, 'n'));
    EXPECT_EQ(watched.clients(), 1u);
}

TEST_F(WatchedTest, HalfAMessageIsSaidOnceForAllClients) {
    const std::string half = R"("seq":9,"ack":0,"part":2,"parts":2,"data":"x")";
    const auto seen = event(relay::write_client_broadcast("a1b2c3", "i", half));
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].kind, Kind::note);
    EXPECT_THAT(seen[0].text, HasSubstr("began before this watch"));
    EXPECT_THAT(event(relay::write_client_broadcast("other", "i", half)), IsEmpty());
}

TEST_F(WatchedTest, ACutLosesABegunMessage) {
    const std::string first = R"("seq":1,"ack":0,"part":1,"parts":2,"data":"{\"id\":1,")";
    const std::string second = R"("seq":2,"ack":0,"part":2,"parts":2,"data":"\"method\":\"A.b\"}")";
    command(bridge::write_post("p", "a1b2c3", first));
    watched.interrupt();
    EXPECT_THAT(command(bridge::write_post("q", "a1b2c3", second)), SizeIs(1)) << "half a message: said";
    EXPECT_EQ(watched.commands(), 0u);
    command(bridge::write_post("p", "other", first));
    command(bridge::write_post("q", "other", second));
    EXPECT_EQ(watched.commands(), 1u);
}

TEST_F(WatchedTest, AMessageThatIsTooLongIsSaidEachTime) {
    for (std::uint64_t seq = 1; seq <= 4; seq += 2) {
        const auto half = [&](int number) {
            return R"("seq":)" + std::to_string(seq + static_cast<std::uint64_t>(number) - 1) + R"(,"ack":0,"part":)" +
                   std::to_string(number) + R"(,"parts":2,"data":")" +
                   std::string((bridge::WatchedStream::most_message / 2) + 1, 'x') + '"';
        };
        EXPECT_THAT(event(relay::write_client_broadcast("a1b2c3", "i", half(1))), IsEmpty());
        const auto seen = event(relay::write_client_broadcast("a1b2c3", "i", half(2)));
        ASSERT_THAT(seen, SizeIs(1));
        EXPECT_EQ(seen[0].client, "a1b2c3");
        EXPECT_THAT(seen[0].text, HasSubstr("33554434 bytes is too long"));
    }
}

TEST_F(WatchedTest, MessagesInPartsAreBoundedOverAllClients) {
    const std::size_t each = bridge::WatchedStream::most_message / 2;
    const std::string members = R"("seq":1,"ack":0,"part":1,"parts":2,"data":")" + std::string(each, 'x') + '"';
    const std::size_t fit = Watched::most_held / each;
    for (std::size_t i = 0; i <= fit; ++i) {
        event(relay::write_client_broadcast("client-" + std::to_string(i), "i", members));
    }
    // The first ones were given up for the last one.
    const std::string rest = R"("seq":2,"ack":0,"part":2,"parts":2,"data":"x")";
    const auto seen = event(relay::write_client_broadcast("client-0", "i", rest));
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_THAT(seen[0].text, HasSubstr("part of it was lost"));
}

TEST_F(WatchedTest, ACommandWithoutAnAnswerIsShownOnceAfterAWhile) {
    EXPECT_EQ(watched.due_at(), TimePoint::max());
    command(R"({"id":1,"method":"Page.a"})");
    const TimePoint first = now + Watched::shown_after;
    now += 300ms;
    command(R"({"id":2,"method":"Page.b"})");
    EXPECT_EQ(watched.due_at(), first);
    EXPECT_THAT(watched.take_late(first - 1ns), IsEmpty());
    auto late = watched.take_late(first);
    ASSERT_THAT(late, SizeIs(1));
    EXPECT_EQ(late[0].kind, Kind::waiting);
    EXPECT_EQ(late[0].method, "Page.a");
    EXPECT_EQ(watched.due_at(), first + 300ms);
    result(relay::write_result("2", "{}"));
    EXPECT_EQ(watched.due_at(), TimePoint::max());
    EXPECT_THAT(watched.take_late(now + 1h), IsEmpty());
    now += 1h;
    const auto seen = result(relay::write_result("1", "{}"));
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].took, 1h + 300ms);
}

TEST_F(WatchedTest, ForgetsTheOldestCommandBeyondItsBound) {
    const auto numbered = [](std::size_t i) { return R"({"id":)" + std::to_string(i) + R"(,"method":"A.b"})"; };
    for (std::size_t i = 1; i <= Watched::most_commands; ++i) command(numbered(i));
    EXPECT_EQ(watched.commands(), Watched::most_commands);
    command(numbered(Watched::most_commands + 1));
    EXPECT_EQ(watched.commands(), Watched::most_commands);
    EXPECT_FALSE(result(relay::write_result("1", "{}")).at(0).command_heard);
    EXPECT_TRUE(result(relay::write_result("2", "{}")).at(0).command_heard);
}

TEST_F(WatchedTest, ForgetsTheClientThatWasNotHeardForLongest) {
    for (std::size_t i = 0; i < Watched::most_clients; ++i) items(1, "[{}]", "client-" + std::to_string(i));
    items(2, "[{}]", "client-0");
    items(1, "[{}]", "one more");
    EXPECT_EQ(watched.clients(), Watched::most_clients);
    const std::string list = R"([{"method":"A.b"}])";
    EXPECT_THAT(items(2, list, "client-0"), IsEmpty()) << "known still";
    EXPECT_THAT(items(1, list, "client-1"), SizeIs(1)) << "forgotten, and begun anew";
}

TEST_F(WatchedTest, LongParametersAreCutAndTheirSizeKept) {
    const std::string params = R"({"a":")" + std::string(Watched::most_params, 'x') + R"("})";
    const auto seen = items(1, R"([{"method":"A.b","params":)" + params + "}]");
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].params.size(), Watched::most_params);
    EXPECT_EQ(seen[0].params_bytes, params.size());
}

TEST_F(WatchedTest, WhatNoClientSendsIsSaidOnceAndEndsNothing) {
    const std::vector<std::string> broken_commands = {
        "",
        "{",
        "[]",
        R"({"id":1)",
        R"({"id":1,"method":"Agent.post","params":{"seq":1,"messages":[]}})",
        R"({"id":1,"method":"Agent.post","params":{"client":"c","seq":0,"messages":[{}]}})",
        R"({"id":1,"method":"Agent.post","params":{"client":")" + std::string(200, 'c') +
            R"(","seq":1,"messages":[{}]}})",
        R"({"id":1,"method":"Agent.post"})"};
    std::size_t notes = 0;
    for (const auto& text : broken_commands) notes += command(text).size();
    for (const auto& text : {"", "[]", R"({"id":)"}) notes += result(text).size();
    for (const auto& text : {"", "{}", R"({"client":7})", R"({"client":"c","seq":-1,"items":[{}]})"}) {
        notes += event(text).size();
    }
    EXPECT_EQ(notes, 1u);
    EXPECT_THAT(watched.hear("unpair", "{}", now), IsEmpty());
    command(R"({"id":1,"method":"A.b"})");
    EXPECT_THAT(result(relay::write_result("1", "{}")), SizeIs(1));
}

/// Broadcasts of a small exchange, in the order in which they were sent.
std::vector<std::pair<std::string, std::string>> small_exchange() {
    return {
        {"cdp-command", R"({"id":"c-1","method":"Agent.open"})"},
        {"cdp-result", R"({"id":"c-1","ok":true,"result":{"client":"a1"}})"},
        {"cdp-command",
         R"({"id":"c-2","method":"Agent.post","params":{"client":"a1","seq":1,"ack":0,"messages":[{"id":1,"method":"A.b"}]}})"},
        {"cdp-event", R"({"client":"a1","instance":"i","seq":1,"ack":1,"items":[{"id":1,"result":{"x":"\u00e4"}}]})"},
        {"cdp-event",
         R"({"client":"a1","instance":"i","seq":2,"ack":1,"part":1,"parts":2,"data":"{\"method\":\"A.c\","})"},
        {"cdp-event", R"({"client":"a1","instance":"i","seq":3,"ack":1,"part":2,"parts":2,"data":"\"params\":{}}"})"},
        {"cdp-event", R"({"client":"a1","instance":"i","ended":{"reason":"closed"}})"}};
}

TEST_F(WatchedTest, ASmallExchangeIsFourSights) {
    std::vector<std::string> methods;
    for (const auto& [name, payload] : small_exchange()) {
        for (const auto& sight : watched.hear(name, payload, now)) methods.push_back(sight.method);
    }
    EXPECT_THAT(methods, ::testing::ElementsAre("Agent.open", "A.b", "A.c", ""));
}

TEST_F(WatchedTest, EachBroadcastMayBeLostOrComeTwiceAndNothingIsShownTwice) {
    const auto exchange = small_exchange();
    for (std::size_t odd = 0; odd < exchange.size(); ++odd) {
        for (const bool lost : {true, false}) {
            Watched fresh;
            std::map<std::string, int> shown;
            for (std::size_t i = 0; i < exchange.size(); ++i) {
                const int times = i != odd ? 1 : lost ? 0 : 2;
                for (int time = 0; time < times; ++time) {
                    for (const auto& sight : fresh.hear(exchange[i].first, exchange[i].second, now)) {
                        if (sight.kind == Kind::answer || sight.kind == Kind::event) ++shown[sight.method];
                    }
                }
            }
            for (const auto& [method, count] : shown) EXPECT_EQ(count, 1) << method << " at " << odd << lost;
            EXPECT_LE(fresh.commands(), 1u);
        }
    }
}

TEST_F(WatchedTest, EveryBrokenTextIsBorne) {
    for (const auto& [name, payload] : small_exchange()) {
        for (std::size_t at = 0; at < payload.size(); ++at) {
            for (const char* instead : {"", "\"", "{", "}", ",", "9", "\x80"}) {
                std::string broken = payload;
                broken.replace(at, 1, instead);
                for (const auto& sight : watched.hear(name, broken, now)) EXPECT_LE(sight.method.size(), 128u);
                watched.hear(name, payload.substr(0, at), now);
            }
        }
    }
    EXPECT_LE(watched.clients(), Watched::most_clients);
}

}  // namespace
