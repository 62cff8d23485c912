// How one command ends: what is published, counted and forgotten.
#include "agent/relay/answers.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "platform/worker.hpp"
#include "scripted.hpp"

namespace {

using nlohmann::json;
using realtime::Settled;
using relay::Answers;
using relay::Command;
using relay::Flight;
using relay::Phase;
using relay::Reason;

relay::StreamSettings one_stream() {
    relay::StreamSettings settings;
    settings.max_count = 1;
    return settings;
}

struct AnswersTest : testing::Test {
    Flight& at_browser(std::string_view id = "1") {
        const Command command{id, "Page.enable", {}, "S", {}};
        Flight& made = flights.begin(tickets.next(), command, 7, platform::BootClock::now());
        flights.enter_browser(made, 10);
        return made;
    }
    Flight& answered_by_browser(std::string_view id = "1") {
        Flight& made = at_browser(id);
        flights.leave_browser(made);
        return made;
    }
    json last() const { return json::parse(sink.published.back().payload.view()); }
    std::uint64_t refused(Reason reason) const { return traffic.refusals[static_cast<std::size_t>(reason)]; }

    boost::asio::io_context io;
    platform::Worker files{"files"};
    router_test::ScriptedSink sink;
    relay::Tickets tickets;
    relay::Flights flights{{}};
    relay::StreamSettings stream_settings = one_stream();
    relay::AuditSettings audit_settings;
    relay::IoStreams streams{io.get_executor(), stream_settings, files};
    relay::Audit audit{io.get_executor(), audit_settings, files};
    relay::Traffic traffic;
    Answers answers{{.sink = sink,
                     .tickets = tickets,
                     .flights = flights,
                     .streams = streams,
                     .audit = audit,
                     .traffic = traffic,
                     .max_waiting = 4}};
};

TEST_F(AnswersTest, GiveTheResultAsItCame) {
    Flight& flight = answered_by_browser("\"a-1\"");
    const auto ticket = flight.ticket;
    answers.give_result(flight, R"({"v":1.0})");
    ASSERT_EQ(sink.published.size(), 1u);
    EXPECT_EQ(sink.published[0].payload, R"({"id":"a-1","ok":true,"result":{"v":1.0}})");
    EXPECT_EQ(sink.published[0].ticket, ticket);
    EXPECT_EQ(sink.published[0].sender, 7u);
    EXPECT_TRUE(sink.published[0].owed);
    EXPECT_EQ(traffic.results, 1u);
    EXPECT_EQ(traffic.bytes_out, sink.published[0].payload.size());
    EXPECT_EQ(flights.size(), 1u) << "until it is settled";
    answers.on_settled(ticket, Settled::acknowledged, {});
    EXPECT_EQ(flights.size(), 0u);
    EXPECT_EQ(traffic.acknowledged, 1u);
}

TEST_F(AnswersTest, TakeARefusedCommandBackFromTheBrowser) {
    Flight& flight = at_browser();
    answers.refuse(flight, {Reason::timeout, "Too late.", R"("a":1)"});
    EXPECT_EQ(flights.at_browser(), 0u);
    EXPECT_EQ(flights.bytes_at_browser(), 0u);
    EXPECT_EQ(last()["error"]["message"], "Too late.");
    EXPECT_EQ(last()["error"]["data"], (json{{"source", "agent"}, {"reason", "timeout"}, {"a", 1}}));
    EXPECT_EQ(sink.published.back().lane, realtime::Lane::answer);
    EXPECT_EQ(refused(Reason::timeout), 1u);
}

TEST_F(AnswersTest, SendWantOfRoomAsARefusal) {
    answers.refuse(at_browser(), {Reason::overloaded, "No room."});
    EXPECT_EQ(sink.published.back().lane, realtime::Lane::refusal);
    EXPECT_TRUE(sink.published.back().owed);
    answers.refuse_unrelayed({.id = "2", .sender = 9, .bytes = 50}, {Reason::overloaded, "No room."});
    EXPECT_EQ(sink.published.back().lane, realtime::Lane::refusal);
    EXPECT_EQ(sink.published.back().sender, 9u);
    EXPECT_EQ(refused(Reason::overloaded), 2u);
    EXPECT_EQ(flights.size(), 1u) << "what was not relayed has no flight";
}

TEST_F(AnswersTest, OweNothingToWhatCannotBeRead) {
    answers.refuse_unreadable({.id = "7", .message = "It has no method."}, 50, 9);
    EXPECT_EQ(last()["id"], 7);
    EXPECT_FALSE(sink.published.back().owed);
    EXPECT_EQ(sink.published.back().lane, realtime::Lane::refusal);
    sink.room = 0;
    answers.refuse_unreadable({.message = "No."}, 50, 9);
    EXPECT_EQ(traffic.dropped, 1u);
    EXPECT_EQ(answers.waiting(), 0u);
    sink.room = 1;
    answers.refuse_unreadable({.id = R"("\ud800")", .message = "No."}, 50, 9, Reason::too_large);
    EXPECT_EQ(last()["id"], nullptr) << "the link cannot carry it";
    EXPECT_EQ(refused(Reason::bad_request), 2u);
    EXPECT_EQ(refused(Reason::too_large), 1u);
}

TEST_F(AnswersTest, KeepAsAStreamWhatIsTooLargeUntilThereIsNoRoom) {
    sink.limit = 600;
    const std::string large = '"' + std::string(1000, 'x') + '"';
    answers.give_result(answered_by_browser(), large);
    EXPECT_EQ(last()["error"]["data"]["reason"], "too_large");
    EXPECT_EQ(last()["error"]["data"]["size"], 1002);
    EXPECT_EQ(streams.count(), 1u);
    answers.give_result(answered_by_browser(), large);
    EXPECT_FALSE(last()["error"]["data"].contains("stream"));
    const std::string message = last()["error"]["message"];
    EXPECT_NE(message.find("was carried out"), std::string::npos) << message;
    EXPECT_EQ(streams.count(), 1u);
    EXPECT_EQ(traffic.results, 0u);
}

TEST_F(AnswersTest, CutNoErrorShort) {
    sink.limit = 600;
    answers.give_error(answered_by_browser(), std::string(601, ' '));
    EXPECT_EQ(last()["error"]["data"]["reason"], "too_large");
    EXPECT_EQ(traffic.errors, 0u);
    answers.give_error(answered_by_browser(), R"({"id":1,"ok":false,"error":{"code":-1}})");
    EXPECT_EQ(last()["error"]["code"], -1);
    EXPECT_EQ(traffic.errors, 1u);
}

TEST_F(AnswersTest, SayInAFewWordsWhatFoundNoRoom) {
    sink.largest = 500;
    answers.give_result(answered_by_browser("5"), '"' + std::string(1000, 'x') + '"');
    ASSERT_EQ(sink.published.size(), 1u);
    EXPECT_EQ(last()["id"], 5);
    EXPECT_EQ(last()["error"]["data"]["reason"], "overloaded");
    EXPECT_EQ(sink.published[0].lane, realtime::Lane::answer) << "it was carried out: no flood of its sender's";
}

TEST_F(AnswersTest, ForgetWhatFindsNoPlaceToWait) {
    sink.room = 0;
    std::size_t begun = 0;
    while (traffic.dropped == 0) {
        ASSERT_LT(++begun, 20u);
        answers.refuse(at_browser(), {Reason::denied, "No."});
    }
    EXPECT_EQ(answers.waiting(), begun - 1);
    EXPECT_EQ(flights.size(), begun - 1) << "the one that was dropped is over";
    sink.room = 100;
    answers.on_settled(999, Settled::expired, {});
    EXPECT_EQ(answers.waiting(), 0u) << "there was room again";
    EXPECT_EQ(sink.published.size(), begun - 1);
    EXPECT_EQ(traffic.expired, 1u);
}

TEST_F(AnswersTest, KeepWhatTheServerRefusedAsAStream) {
    Flight& flight = answered_by_browser();
    const auto ticket = flight.ticket;
    answers.give_result(flight, R"({"a":1})");
    answers.on_settled(ticket, Settled::too_large, R"({"id":1,"ok":true,"result":{"a":1}})");
    EXPECT_EQ(last()["error"]["data"]["size"], 7);
    EXPECT_TRUE(last()["error"]["data"].contains("stream"));
    EXPECT_EQ(flights.size(), 1u) << "its second answer is on its way";
    answers.on_settled(ticket, Settled::too_large, {});
    EXPECT_FALSE(last()["error"]["data"].contains("stream")) << "nothing is known of it";
    answers.on_settled(ticket, Settled::dropped, {});
    EXPECT_EQ(flights.size(), 0u);
    EXPECT_EQ(traffic.dropped, 1u);
    answers.on_settled(ticket, Settled::too_large, "nonsense");
    EXPECT_EQ(sink.published.size(), 3u) << "nobody waits for it any more";
}

TEST_F(AnswersTest, TellWhenTheLastOneIsGivenWhereThatIsAsked) {
    Flight& first = answered_by_browser();
    first.phase = Phase::at_agent;
    Flight& second = at_browser();
    answers.give_piece(first, "{}");
    EXPECT_EQ(sink.ends, 0);
    answers.announce_last();
    answers.refuse_unrelayed({.id = "3"}, {Reason::stopping, "It ends."});
    EXPECT_EQ(sink.ends, 0) << "one is still at the browser";
    flights.leave_browser(second);
    answers.give_result(second, "{}");
    EXPECT_EQ(sink.ends, 1);
}

TEST_F(AnswersTest, MeasureTheTimeFromTheArrival) {
    Flight& flight = answered_by_browser();
    flight.begun -= std::chrono::seconds{2};
    answers.give_result(flight, "{}");
    EXPECT_EQ(traffic.latency.buckets()[7], 1u) << "within three seconds";
    EXPECT_GE(traffic.latency.sum(), std::chrono::seconds{2});
}

}  // namespace
