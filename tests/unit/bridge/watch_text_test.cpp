// The lines of a watch for people.
#include "agent/bridge/watch_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using bridge::SeenMessage;
using bridge::write_watch_line;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
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
    EXPECT_EQ(write_watch_line(answer_of_watch(), line_time, line_room, true),
              R"(12:01:02.345 client a1b2 → Page.navigate {"url":"https://a.example/"} … 132 ms ok (1.2 kB))");
}

TEST(WatchLine, OfEachKind) {
    SeenMessage single = answer_of_watch();
    single.client.clear();
    single.params.clear();
    EXPECT_EQ(write_watch_line(single, line_time, line_room, true),
              "12:01:02.345 call        → Page.navigate … 132 ms ok (1.2 kB)");
    SeenMessage failed = single;
    failed.ok = false;
    failed.code = -32000;
    failed.text = "Not attached";
    EXPECT_THAT(write_watch_line(failed, line_time, line_room, true),
                EndsWith("… 132 ms failed: Not attached (-32000)"));
    SeenMessage unheard = single;
    unheard.command_heard = false;
    unheard.method.clear();
    EXPECT_EQ(write_watch_line(unheard, line_time, line_room, true),
              "12:01:02.345 call        → a command that was not heard … ok (1.2 kB)");
    SeenMessage waiting = answer_of_watch();
    waiting.kind = Kind::waiting;
    EXPECT_THAT(write_watch_line(waiting, line_time, line_room, true), EndsWith(R"("} … no answer yet)"));
    SeenMessage event = answer_of_watch();
    event.kind = Kind::event;
    EXPECT_EQ(write_watch_line(event, line_time, line_room, true),
              R"(12:01:02.345 client a1b2 ← Page.navigate {"url":"https://a.example"})");
    SeenMessage ended{.kind = Kind::ended, .client = "a1b2c3d4"};
    ended.text = "lease";
    EXPECT_EQ(write_watch_line(ended, line_time, line_room, true), "12:01:02.345 client a1b2 was ended: lease");
    SeenMessage note{.kind = Kind::note};
    note.text = "too long";
    EXPECT_EQ(write_watch_line(note, line_time, line_room, true), "12:01:02.345 too long");
    note.client = "a1b2c3d4";
    EXPECT_EQ(write_watch_line(note, line_time, line_room, true), "12:01:02.345 client a1b2 too long");
}

TEST(WatchLine, SizesAndTimesAreForPeople) {
    const auto line = [](std::size_t bytes, Duration took) {
        SeenMessage sight{.kind = Kind::answer, .method = "A.b"};
        sight.bytes = bytes;
        sight.took = took;
        const std::string whole = write_watch_line(sight, line_time, line_room, true);
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
    sight.params = R"({"url":"https://a.example/)" + std::string(500, 'x') + R"("})";
    sight.params_bytes = sight.params.size();
    for (const std::size_t room : {200u, 120u, 90u, 80u}) {
        const std::string line = write_watch_line(sight, line_time, room, true);
        EXPECT_LE(line.size(), room);
        EXPECT_THAT(line, EndsWith("… 132 ms ok (1.2 kB)")) << room;
        EXPECT_THAT(line, HasSubstr("Page.navigate {")) << room;
    }
    EXPECT_EQ(write_watch_line(sight, line_time, 66, true),
              "12:01:02.345 client a1b2 → Page.navigate … 132 ms ok (1.2 kB)")
        << "too little room for parameters to say anything";
    EXPECT_LE(write_watch_line(sight, line_time, 40, true).size(), 40u);
}

TEST(WatchLine, NothingFromOutsideCommandsTheTerminal) {
    SeenMessage sight = answer_of_watch();
    sight.client = "\x1b[2J";
    sight.method = "A.b\x1b[31m";
    sight.params = "{\"url\":\t\n\"https://a.example/\xe2\x80\xae\"}";
    sight.params_bytes = sight.params.size();
    sight.ok = false;
    sight.text = "no\r\nforged line";
    const std::string line = write_watch_line(sight, line_time, line_room, true);
    for (const char c : line) EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << line;
    EXPECT_THAT(line, Not(HasSubstr("\xe2\x80\xae")));
}

// What may be shown is tested with safe_params() and with the recording.
TEST(WatchLine, ParametersAreShownOnlyIfAskedForAndNeverWhatIsTyped) {
    EXPECT_EQ(write_watch_line(answer_of_watch(), line_time, line_room, false),
              "12:01:02.345 client a1b2 → Page.navigate … 132 ms ok (1.2 kB)");
    SeenMessage typed = answer_of_watch();
    typed.method = "Input.insertText";
    typed.params = R"({"text":"hunter2"})";
    typed.params_bytes = typed.params.size();
    EXPECT_EQ(write_watch_line(typed, line_time, line_room, true),
              "12:01:02.345 client a1b2 → Input.insertText … 132 ms ok (1.2 kB)");
    SeenMessage event = answer_of_watch();
    event.kind = Kind::event;
    event.params = R"({"url":"https://a.example/hunter2"})";
    event.params_bytes = event.params.size();
    EXPECT_THAT(write_watch_line(event, line_time, line_room, true), EndsWith(R"({"url":"https://a.example"})"));
    event.params_bytes = 5000;
    EXPECT_THAT(write_watch_line(event, line_time, line_room, true), EndsWith("← Page.navigate")) << "they are cut off";
}

}  // namespace
