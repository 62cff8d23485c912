// The lines of a recording.
#include "agent/bridge/core/record_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace {

using namespace std::chrono_literals;
using bridge::SeenMessage;
using bridge::write_record;
using nlohmann::json;
using Kind = bridge::SeenMessage::Kind;

SeenMessage recorded_answer() {
    SeenMessage sight{.kind = Kind::answer, .client = "a1b2c3d4", .session = "S", .id = "7", .method = "Page.navigate"};
    sight.params = R"({"url":"https://a.example/?q=typed","referrer":"r"})";
    sight.params_bytes = sight.params.size();
    sight.took = 132ms;
    sight.bytes = 1234;
    return sight;
}

TEST(RecordText, ACommandHasItsSizesItsTimeAndItsOutcome) {
    EXPECT_EQ(json::parse(write_record(recorded_answer(), "t", false)),
              json::parse(R"({"time":"t","kind":"answer","direction":"up","client":"a1b2c3d4","session":"S","id":7,
                  "method":"Page.navigate","paramsBytes":51,"ms":132.0,"ok":true,"bytes":1234})"));
    SeenMessage failed = recorded_answer();
    failed.client.clear();
    failed.ok = false;
    failed.code = -32000;
    failed.text = std::string(1000, 'x');
    const auto line = json::parse(write_record(failed, "t", false));
    EXPECT_EQ(line["error"]["code"], -32000);
    EXPECT_EQ(line["error"]["message"], std::string(bridge::most_record_text, 'x'));
    EXPECT_FALSE(line.contains("client"));
    EXPECT_FALSE(line.contains("bytes"));
}

TEST(RecordText, WithParametersHasThoseThatAreSafe) {
    const auto line = json::parse(write_record(recorded_answer(), "t", true));
    EXPECT_EQ(line["params"], json::parse(R"({"url":"https://a.example/"})"));
    EXPECT_EQ(line["leftOut"], json::parse(R"(["referrer"])"));
    SeenMessage cut = recorded_answer();
    cut.params_bytes = 5000;
    const auto without = json::parse(write_record(cut, "t", true));
    EXPECT_FALSE(without.contains("params")) << "they were not kept whole";
    EXPECT_EQ(without["paramsBytes"], 5000);
}

TEST(RecordText, OfWhatIsTypedThereIsNotEvenTheSize) {
    SeenMessage typed = recorded_answer();
    typed.method = "Input.insertText";
    typed.params = R"({"text":"hunter2"})";
    typed.params_bytes = typed.params.size();
    const auto text = write_record(typed, "t", true);
    EXPECT_EQ(text.find("hunter2"), std::string::npos);
    const auto line = json::parse(text);
    EXPECT_FALSE(line.contains("paramsBytes"));
    EXPECT_EQ(line["leftOut"], json::parse(R"(["text"])"));
}

TEST(RecordText, OfEachKind) {
    SeenMessage event{.kind = Kind::event, .client = "c", .method = "Page.loadEventFired"};
    event.params = R"({"timestamp":1.5})";
    event.params_bytes = event.params.size();
    EXPECT_EQ(write_record(event, "t", true),
              R"({"time":"t","kind":"event","direction":"down","client":"c","method":"Page.loadEventFired",)"
              R"("paramsBytes":17,"params":{"timestamp":1.5}})");
    SeenMessage other{.kind = Kind::ended, .client = "c"};
    other.text = "lease";
    EXPECT_EQ(write_record(other, "t", true),
              R"({"time":"t","kind":"ended","direction":"down","client":"c","reason":"lease"})");
    other.kind = Kind::note;
    EXPECT_EQ(write_record(other, "t", true), R"({"time":"t","kind":"note","client":"c","text":"lease"})");
    SeenMessage waiting{.kind = Kind::waiting, .id = "\"x\"", .method = "A.b"};
    EXPECT_EQ(write_record(waiting, "t", false),
              R"({"time":"t","kind":"waiting","direction":"up","id":"x","method":"A.b","paramsBytes":0})");
    SeenMessage unheard{.kind = Kind::answer, .id = "1", .command_heard = false};
    EXPECT_EQ(write_record(unheard, "t", true),
              R"({"time":"t","kind":"answer","direction":"up","id":1,"ok":true,"bytes":0})");
}

TEST(RecordText, TheFirstLineSaysWhatWasRecorded) {
    EXPECT_EQ(bridge::write_record_head({.device = "uuid", .name = "lab", .by = "watch", .with_params = true}, "t"),
              R"({"recording":1,"time":"t","device":"uuid","name":"lab","by":"watch","withParams":true})");
}

TEST(RecordText, ForgedTextStaysInItsLine) {
    SeenMessage forged = recorded_answer();
    forged.method = "A.b\n{\"kind\":\"note\"}";
    forged.client = "\x1b[2J\xff";
    forged.id = R"("a\nb")";
    const auto text = write_record(forged, "t", false);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(json::parse(text)["method"], forged.method);
}

}  // namespace
