// The lines of a watch, for people and for tools.
#include "agent/bridge/watch_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace {

using namespace std::chrono_literals;
using bridge::SeenMessage;
using bridge::write_watch_json;
using bridge::write_watch_line;
using nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Kind = bridge::SeenMessage::Kind;

constexpr std::size_t line_room = 200;
constexpr std::string_view line_time = "12:01:02.345";

SeenMessage answer_of_watch() {
    SeenMessage sight{.kind = Kind::answer, .client = "a1b2c3d4", .session = "S", .id = "7", .method = "Page.navigate"};
    sight.params = R"({"url":"https://a.example/"})";
    sight.params_bytes = sight.params.size();
    sight.took = 132ms;
    sight.bytes = 1234;
    return sight;
}

TEST(WatchLine, HasTheCommandItsTimeAndItsOutcome) {
    EXPECT_EQ(write_watch_line(answer_of_watch(), line_time, line_room),
              R"(12:01:02.345 client a1b2 → Page.navigate {"url":"https://a.example/"} … 132 ms ok (1.2 kB))");
}

TEST(WatchLine, OfEachKind) {
    SeenMessage single = answer_of_watch();
    single.client.clear();
    single.params.clear();
    EXPECT_EQ(write_watch_line(single, line_time, line_room),
              "12:01:02.345 call        → Page.navigate … 132 ms ok (1.2 kB)");
    SeenMessage failed = single;
    failed.ok = false;
    failed.code = -32000;
    failed.text = "Not attached";
    EXPECT_THAT(write_watch_line(failed, line_time, line_room), EndsWith("… 132 ms failed: Not attached (-32000)"));
    SeenMessage unheard = single;
    unheard.command_heard = false;
    unheard.method.clear();
    EXPECT_EQ(write_watch_line(unheard, line_time, line_room),
              "12:01:02.345 call        → a command that was not heard … ok (1.2 kB)");
    SeenMessage waiting = answer_of_watch();
    waiting.kind = Kind::waiting;
    EXPECT_THAT(write_watch_line(waiting, line_time, line_room), EndsWith(R"("} … no answer yet)"));
    SeenMessage event = answer_of_watch();
    event.kind = Kind::event;
    EXPECT_EQ(write_watch_line(event, line_time, line_room),
              R"(12:01:02.345 client a1b2 ← Page.navigate {"url":"https://a.example/"})");
    SeenMessage ended{.kind = Kind::ended, .client = "a1b2c3d4"};
    ended.text = "lease";
    EXPECT_EQ(write_watch_line(ended, line_time, line_room), "12:01:02.345 client a1b2 was ended: lease");
    SeenMessage note{.kind = Kind::note};
    note.text = "too long";
    EXPECT_EQ(write_watch_line(note, line_time, line_room), "12:01:02.345 too long");
    note.client = "a1b2c3d4";
    EXPECT_EQ(write_watch_line(note, line_time, line_room), "12:01:02.345 client a1b2 too long");
}

TEST(WatchLine, SizesAndTimesAreForPeople) {
    const auto line = [](std::size_t bytes, Duration took) {
        SeenMessage sight{.kind = Kind::answer, .method = "A.b"};
        sight.bytes = bytes;
        sight.took = took;
        const std::string whole = write_watch_line(sight, line_time, line_room);
        return whole.substr(whole.find("…") + std::string_view{"… "}.size());
    };
    struct Row {
        std::size_t bytes;
        Duration took;
        std::string_view text;
    };
    for (const Row& row :
         {Row{0, 0ms, "0 ms ok (0 B)"}, Row{999, 999us, "0 ms ok (999 B)"}, Row{1000, 1ms, "1 ms ok (1.0 kB)"},
          Row{1099, 9'999ms, "9999 ms ok (1.0 kB)"}, Row{999'999, 10s, "10.0 s ok (999.9 kB)"},
          Row{1'000'000, 12'340ms, "12.3 s ok (1.0 MB)"}, Row{3'450'000, 10min, "600.0 s ok (3.4 MB)"}}) {
        EXPECT_EQ(line(row.bytes, row.took), row.text);
    }
}

TEST(WatchLine, ParametersAreCutBeforeTheOutcomeIs) {
    SeenMessage sight = answer_of_watch();
    sight.params = R"({"expression":")" + std::string(500, 'x') + R"("})";
    for (const std::size_t room : {200u, 120u, 90u, 80u}) {
        const std::string line = write_watch_line(sight, line_time, room);
        EXPECT_LE(line.size(), room);
        EXPECT_THAT(line, EndsWith("… 132 ms ok (1.2 kB)")) << room;
        EXPECT_THAT(line, HasSubstr("Page.navigate {")) << room;
    }
    EXPECT_EQ(write_watch_line(sight, line_time, 66), "12:01:02.345 client a1b2 → Page.navigate … 132 ms ok (1.2 kB)")
        << "too little room for parameters to say anything";
    EXPECT_LE(write_watch_line(sight, line_time, 40).size(), 40u);
}

TEST(WatchLine, NothingFromOutsideCommandsTheTerminal) {
    SeenMessage sight = answer_of_watch();
    sight.client = "\x1b[2J";
    sight.method = "A.b\x1b[31m";
    sight.params = "{\"a\":\t\n\"\xe2\x80\xae\"}";
    sight.ok = false;
    sight.text = "no\r\nforged line";
    const std::string line = write_watch_line(sight, line_time, line_room);
    for (const char c : line) EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << line;
    EXPECT_THAT(line, Not(HasSubstr("\xe2\x80\xae")));
}

TEST(WatchJson, HasWhatWasSeen) {
    const json line = json::parse(write_watch_json(answer_of_watch(), "2026-11-30T12:01:02.345Z"));
    EXPECT_EQ(line, json::parse(R"({"time":"2026-11-30T12:01:02.345Z","kind":"answer","client":"a1b2c3d4",
        "session":"S","id":7,"method":"Page.navigate","params":{"url":"https://a.example/"},"ms":132.0,"ok":true,
        "bytes":1234})"));
}

TEST(WatchJson, LeavesOutWhatIsNotThere) {
    SeenMessage single = answer_of_watch();
    single.client.clear();
    single.session.clear();
    single.params.clear();
    single.params_bytes = 0;
    single.took = 1234567us;
    single.ok = false;
    single.code = -32010;
    single.text = "a \"b\"";
    EXPECT_EQ(json::parse(write_watch_json(single, "t")),
              json::parse(R"({"time":"t","kind":"answer","id":7,"method":"Page.navigate","ms":1234.5,"ok":false,
                  "error":{"code":-32010,"message":"a \"b\""}})"));
    SeenMessage unheard = single;
    unheard.command_heard = false;
    unheard.method.clear();
    unheard.id.clear();
    EXPECT_EQ(json::parse(write_watch_json(unheard, "t")),
              json::parse(R"({"time":"t","kind":"answer","ok":false,"error":{"code":-32010,"message":"a \"b\""}})"));
}

TEST(WatchJson, OfTheOtherKinds) {
    SeenMessage sight{.kind = Kind::ended, .client = "c"};
    sight.text = "lease";
    EXPECT_EQ(write_watch_json(sight, "t"), R"({"time":"t","kind":"ended","client":"c","reason":"lease"})");
    sight.kind = Kind::note;
    EXPECT_EQ(write_watch_json(sight, "t"), R"({"time":"t","kind":"note","client":"c","text":"lease"})");
    sight.kind = Kind::event;
    sight.method = "A.b";
    EXPECT_EQ(write_watch_json(sight, "t"), R"({"time":"t","kind":"event","client":"c","method":"A.b"})");
    sight.kind = Kind::waiting;
    EXPECT_EQ(write_watch_json(sight, "t"), R"({"time":"t","kind":"waiting","client":"c","method":"A.b"})");
}

TEST(WatchJson, ParametersPassAsTheyCameOnOneLineOrNotAtAll) {
    SeenMessage sight = answer_of_watch();
    sight.params = "{\n\"n\": 1.50,\r\n\"n\": \"\\n\"}";
    sight.params_bytes = sight.params.size();
    EXPECT_THAT(write_watch_json(sight, "t"), HasSubstr(R"("params":{ "n": 1.50,  "n": "\n"})"));
    sight.params_bytes = 5000;
    const json cut = json::parse(write_watch_json(sight, "t"));
    EXPECT_FALSE(cut.contains("params"));
    EXPECT_EQ(cut["paramsBytes"], 5000);
    EXPECT_THAT(write_watch_json(answer_of_watch(), "t"), StartsWith(R"({"time":"t")"));
}

}  // namespace
