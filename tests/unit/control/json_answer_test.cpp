#include "agent/control/json_answer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace {

using control::Exit;
using control::JsonAnswer;
using nlohmann::json;

json parsed(const std::string& text) {
    EXPECT_EQ(text.find('\n'), text.size() - 1) << "one line";
    return json::parse(text);
}

TEST(JsonAnswer, NobodyAskedForNothingIsDue) {
    JsonAnswer answer;
    answer.report("x\n");
    answer.complain("y");
    EXPECT_EQ(answer.due(0, ""), "");
    EXPECT_EQ(answer.due(1, ""), "");
}

TEST(JsonAnswer, OfACommandWithoutADocumentItIsWhatPeopleAreTold) {
    JsonAnswer answer;
    answer.ask();
    EXPECT_EQ(parsed(answer.due(0, "")), (json{{"ok", true}}));
    answer.report("one");
    answer.report("two\n");
    EXPECT_EQ(parsed(answer.due(0, "")), (json{{"ok", true}, {"text", "one\ntwo\n"}}));
}

TEST(JsonAnswer, AFailureHasCodeMessageRemedyAndExit) {
    JsonAnswer answer;
    answer.ask();
    answer.report("on the way");
    EXPECT_EQ(parsed(answer.due(69, "the log's last error"))["error"]["message"], "the log's last error");
    EXPECT_EQ(parsed(answer.due(69, ""))["error"]["message"], "on the way\n");
    JsonAnswer mute;
    mute.ask();
    EXPECT_EQ(parsed(mute.due(69, ""))["error"]["message"],
              "the backend or the service could not be reached, or a proxy, a portal or a certificate is in the way");
    answer.complain("first");
    answer.complain("second");
    const auto error = parsed(answer.due(78, "the log's last error"))["error"];
    EXPECT_EQ(error["message"], "first\nsecond");
    EXPECT_EQ(error["code"], "bad_configuration");
    EXPECT_EQ(error["exit"], 78);
    EXPECT_NE(error["remedy"].get<std::string>().find("--config-check"), std::string::npos);
}

TEST(JsonAnswer, ADocumentIsPrintedOnceAndALineOfAStreamMayBeFollowedByTheError) {
    JsonAnswer document;
    document.ask();
    document.printed();
    EXPECT_EQ(document.due(0, ""), "");
    EXPECT_EQ(document.due(4, ""), "") << "what --status prints is its answer";
    JsonAnswer stream;
    stream.ask();
    stream.streamed();
    EXPECT_EQ(stream.due(0, ""), "");
    EXPECT_EQ(parsed(stream.due(77, "gone"))["error"]["code"], "refused");
}

TEST(JsonAnswer, ARemedyThatIsKnownBetterThanByTheExitCodeWins) {
    JsonAnswer answer;
    answer.ask();
    answer.complain("it is not paired", "agent --pair");
    answer.complain("and more", "something later");
    const auto document = parsed(answer.due(1, ""));
    EXPECT_EQ(document["error"]["remedy"], "agent --pair");
    EXPECT_EQ(document["error"]["message"], "it is not paired\nand more");
}

TEST(JsonAnswer, WhatIsToldIsBounded) {
    JsonAnswer answer;
    answer.ask();
    answer.report(std::string(JsonAnswer::told_bytes - 1, 'x'));
    const std::string full = answer.due(0, "");
    const std::size_t begin = full.find("xx");  // megabytes: parsing them would take longer than the test
    const std::size_t end = full.find_first_not_of('x', begin);
    EXPECT_EQ(full.substr(0, begin), R"({"ok":true,"text":")");
    EXPECT_EQ(end - begin + 1, JsonAnswer::told_bytes) << "with its newline";
    EXPECT_EQ(full.substr(end), "\\n\"}\n");
    for (int i = 0; i < 3; ++i) answer.report("more");
    EXPECT_TRUE(answer.due(0, "") == full) << "it has grown";
}

TEST(JsonAnswer, TheOutputOfAnotherProgramIsLeftAlone) {
    JsonAnswer answer;
    answer.ask();
    EXPECT_NE(answer.due(7, "not joined"), "");
    answer.give_away();
    EXPECT_EQ(answer.due(3, ""), "");
    EXPECT_EQ(answer.due(0, ""), "");
}

TEST(JsonAnswer, EachExitCodeHasAWordOfItsOwnAndARemedy) {
    std::set<std::string_view> seen;
    for (const auto& one : control::exit_meanings) {
        EXPECT_TRUE(seen.insert(name_of(one.code)).second) << static_cast<int>(one.code);
        EXPECT_FALSE(remedy_of(one.code).empty());
    }
    EXPECT_EQ(name_of(static_cast<Exit>(127)), "failure");
}

}  // namespace
