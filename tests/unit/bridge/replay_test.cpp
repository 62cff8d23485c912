// Recordings are read, and summed up.
#include "agent/bridge/core/replay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/bridge/core/replay_text.hpp"

namespace {

using namespace std::chrono_literals;
using bridge::read_record_time;
using bridge::Replay;
using bridge::SeenMessage;
using bridge::write_record_time;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = bridge::SeenMessage::Kind;

constexpr std::string_view replay_time = "2026-12-01T12:01:02.345Z";

SeenMessage replayed(std::string method, Duration took, bool ok = true) {
    SeenMessage sight{.kind = Kind::answer, .client = "a1b2c3d4", .session = "S", .method = std::move(method)};
    sight.id = "1";
    sight.took = took;
    sight.ok = ok;
    sight.bytes = ok ? 100 : 0;
    sight.code = ok ? 0 : -32000;
    sight.text = ok ? "" : "Not attached";
    return sight;
}

struct ReplayTest : ::testing::Test {
    void take(const SeenMessage& sight, std::string_view time = replay_time) {
        EXPECT_EQ(replay.take(bridge::write_record(sight, time, true)), "");
    }
    Replay replay;
};

TEST_F(ReplayTest, SumsUpWhatWasRecorded) {
    replay.take(
        bridge::write_record_head({.device = "uuid", .name = "lab", .by = "watch"}, "2026-12-01T12:00:00.000Z"));
    take(replayed("Page.navigate", 300ms));
    take(replayed("Page.enable", 100ms), "2026-12-01T12:03:00.000Z");
    take(replayed("DOM.enable", 50ms, false));
    take(replayed("DOM.enable", 50ms, false));
    SeenMessage event{.kind = Kind::event, .client = "other", .method = "Page.loadEventFired"};
    event.params_bytes = 7;
    take(event);
    take(event);
    SeenMessage waiting{.kind = Kind::waiting, .id = "9", .method = "Page.reload"};
    take(waiting);
    SeenMessage ended{.kind = Kind::ended, .client = "other"};
    ended.text = "lease";
    take(ended);
    const auto report = replay.report();
    ASSERT_TRUE(report.head);
    EXPECT_EQ(report.head->name, "lab");
    EXPECT_EQ(report.to - report.from, 3min);
    EXPECT_EQ(report.clients, 2U);
    EXPECT_EQ(report.commands(), 5U);
    EXPECT_EQ(report.ok, 2U);
    EXPECT_EQ(report.failed, 2U);
    EXPECT_EQ(report.unanswered, 1U);
    EXPECT_EQ(report.events, 2U);
    ASSERT_THAT(report.domains, SizeIs(2));
    EXPECT_EQ(report.domains[0].name, "Page");
    EXPECT_EQ(report.domains[0].took, 400ms);
    EXPECT_EQ(report.domains[0].longest, 300ms);
    EXPECT_EQ(report.domains[0].bytes, 200U);
    EXPECT_EQ(report.domains[1].failed, 2U);
    ASSERT_THAT(report.errors, SizeIs(1));
    EXPECT_EQ(report.errors[0].count, 2U);
    EXPECT_EQ(report.errors[0].message, "Not attached");
    ASSERT_THAT(report.by_event, SizeIs(1));
    EXPECT_EQ(report.by_event[0].bytes, 14U);
    EXPECT_EQ(report.ended[0].reason, "lease");
}

TEST_F(ReplayTest, ACommandThatIsAnsweredLateWaitsNoMore) {
    SeenMessage waiting = replayed("Page.navigate", 0ms);
    waiting.kind = Kind::waiting;
    take(waiting);
    EXPECT_EQ(replay.report().unanswered, 1U);
    take(replayed("Page.navigate", 2s));
    EXPECT_EQ(replay.report().unanswered, 0U);
    EXPECT_EQ(replay.report().commands(), 1U);
}

TEST_F(ReplayTest, TheSlowestComeFirstAndAreBounded) {
    for (int i = 1; i <= 50; ++i) take(replayed("Page.m" + std::to_string(i), std::chrono::milliseconds{(i * 7) % 51}));
    const auto slowest = replay.report().slowest;
    ASSERT_THAT(slowest, SizeIs(Replay::most_slowest));
    EXPECT_EQ(slowest.front().sight.took, 50ms);
    EXPECT_EQ(slowest.back().sight.took, 41ms);
}

TEST_F(ReplayTest, WhatIsRememberedIsBounded) {
    for (std::size_t i = 0; i < Replay::most_rows + 10; ++i) take(replayed("D" + std::to_string(i) + ".m", 1ms, false));
    const auto report = replay.report();
    EXPECT_THAT(report.domains, SizeIs(Replay::most_rows));
    EXPECT_THAT(report.errors, SizeIs(Replay::most_rows));
    EXPECT_EQ(report.failed, Replay::most_rows + 10);
}

TEST_F(ReplayTest, ReadsWhatAWatchPrintsAsJson) {
    SeenMessage sight = replayed("Page.navigate", 12ms, false);
    EXPECT_EQ(replay.take(bridge::write_record(sight, replay_time, false)), "");
    const auto report = replay.report();
    EXPECT_FALSE(report.head);
    EXPECT_EQ(report.errors[0].message, "Not attached");
    EXPECT_EQ(report.slowest[0].sight.took, 12ms);
}

TEST_F(ReplayTest, AnAnswerWithoutItsCommandIsInNoDomain) {
    SeenMessage sight = replayed("", 0ms);
    sight.command_heard = false;
    take(sight);
    const auto report = replay.report();
    EXPECT_EQ(report.unheard, 1U);
    EXPECT_THAT(report.domains, IsEmpty());
    EXPECT_THAT(report.slowest, IsEmpty());
}

TEST_F(ReplayTest, SaysWhatIsWrongWithALine) {
    struct Row {
        std::string_view line;
        std::string_view wrong;
    };
    for (const auto& [line, wrong] : {
             Row{"hello", "it cannot be read: no JSON value where one must be"},
             {R"({"time":"2026-12-01T12:01:02.345Z","kind":"event")", "at position 50"},
             {"[]", "it is no JSON object"},
             {"{}", R"(it has no "time")"},
             {R"({"time":"2026-12-01T12:01:02.345Z"})", R"(it has no "kind")"},
             {R"({"time":"noon","kind":"event"})", R"("time" is no time such as)"},
             {R"({"time":"2026-13-01T12:01:02.345Z","kind":"event"})", R"("time" is no time)"},
             {R"({"time":7,"kind":"event"})", R"("time" is no text)"},
             {R"({"time":"2026-12-01T12:01:02.345Z","kind":"else"})", R"("kind" is none that this version)"},
             {R"({"time":"2026-12-01T12:01:02.345Z","kind":"answer","ms":"1"})", R"("ms" is no time in milliseconds)"},
             {R"({"time":"2026-12-01T12:01:02.345Z","kind":"answer","ms":-1})", R"("ms" is no time in milliseconds)"},
             {R"({"time":"2026-12-01T12:01:02.345Z","kind":"answer","ok":1})", R"("ok" is neither true nor false)"},
             {R"({"time":"2026-12-01T12:01:02.345Z","kind":"answer","bytes":-1})", R"("bytes" is no number of bytes)"},
             {R"({"time":"2026-12-01T12:01:02.345Z","kind":"answer","error":{"code":"x"}})",
              R"("error.code" is no number)"},
             {R"({"time":"2026-12-01T12:01:02.345Z","kind":"answer","error":7})", R"("error" is no object)"},
             {R"({"recording":2,"time":"2026-12-01T12:01:02.345Z"})", "has the format 2, and this version"},
         }) {
        EXPECT_THAT(replay.take(line), HasSubstr(wrong)) << line;
    }
    EXPECT_EQ(replay.report().commands(), 0U);
}

TEST_F(ReplayTest, TheReportForAPerson) {
    replay.take(
        bridge::write_record_head({.device = "uuid", .name = "lab", .by = "watch"}, "2026-12-01T12:01:00.000Z"));
    take(replayed("Page.navigate", 300ms));
    take(replayed("DOM.enable", 100ms, false));
    EXPECT_EQ(bridge::write_replay_text(replay.report()),
              "Device lab (uuid), recorded by --watch\n"
              "From 2026-12-01 12:01:00 to 2026-12-01 12:01:02 UTC, 2345 ms\n"
              "2 commands: 1 ok, 1 failed, 0 without an answer\n"
              "1 client, 0 events\n"
              "\n"
              "Slowest commands\n"
              "     300 ms  12:01:02.345  client a1b2  Page.navigate\n"
              "     100 ms  12:01:02.345  client a1b2  DOM.enable, which failed\n"
              "\n"
              "Errors\n"
              "        1  DOM.enable: Not attached (-32000)\n"
              "\n"
              "Time by domain\n"
              "     300 ms  75 %  Page              1 command, 300 ms on average, 300 ms at most, results of 100 B\n"
              "     100 ms  25 %  DOM               1 command, 100 ms on average, 100 ms at most, results of 0 B\n");
}

TEST_F(ReplayTest, TheReportAsJson) {
    take(replayed("Page.navigate", 300ms));
    take(replayed("DOM.enable", 100ms, false));
    const auto report = json::parse(bridge::write_replay_json(replay.report()));
    EXPECT_EQ(report["from"], replay_time);
    EXPECT_EQ(report["commands"], 2);
    EXPECT_EQ(report["slowest"][0], json::parse(R"({"time":"2026-12-01T12:01:02.345Z","client":"a1b2c3d4","session":"S",
        "method":"Page.navigate","ms":300.0,"ok":true})"));
    EXPECT_EQ(report["errors"][0],
              json::parse(R"({"method":"DOM.enable","code":-32000,"message":"Not attached","count":1})"));
    EXPECT_EQ(report["domains"][1], json::parse(R"({"domain":"DOM","commands":1,"failed":1,"ms":100.0,"longestMs":100.0,
        "bytes":0})"));
    EXPECT_EQ(report["byEvent"], json::array());
    EXPECT_EQ(report["notes"], json::array());
}

TEST(RecordTime, IsReadAsItIsWritten) {
    for (const auto* text : {"2026-12-01T12:01:02.345Z", "1999-12-31T23:59:59.999Z", "2028-02-29T00:00:00.000Z"}) {
        const auto time = read_record_time(text);
        ASSERT_TRUE(time) << text;
        EXPECT_EQ(write_record_time(*time), text);
    }
    for (const auto* text : {"", "2026-12-01T12:01:02.345", "2026-12-01 12:01:02.345Z", "2027-02-29T00:00:00.000Z",
                             "2026-12-01T24:01:02.345Z", "2026-12-01T12:60:02.345Z", "+026-12-01T12:01:02.345Z"}) {
        EXPECT_FALSE(read_record_time(text)) << text;
    }
}

}  // namespace
