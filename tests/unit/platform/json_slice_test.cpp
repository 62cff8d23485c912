// The walkers hand out bytes as they came, and what they decode agrees with nlohmann.
#include "platform/json/core/slice.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace {

using platform::append_quoted;
using platform::for_each_element;
using platform::for_each_member;
using platform::JsonFault;
using platform::JsonKind;

std::vector<std::pair<std::string, std::string>> members(std::string_view text, JsonFault expected = JsonFault::none) {
    std::vector<std::pair<std::string, std::string>> found;
    const auto verdict = for_each_member(text, [&](std::string_view key, std::string_view value) {
        found.emplace_back(key, value);
        return true;
    });
    EXPECT_EQ(verdict.fault, expected) << text << ": " << platform::describe(verdict.fault);
    return found;
}

TEST(JsonSlice, GivesValuesAsTheBytesThatCame) {
    const auto found = members(
        R"( { "a" : 1e21 , "b":-0,"c": 9007199254740993 ,"d":1.0,"e":"\ud800\/\u00E9","f":{"x":1,"x":[ 2 , {} ]} ,"g":null,"h":[] } )");
    const std::vector<std::pair<std::string, std::string>> expected = {{"a", "1e21"},
                                                                       {"b", "-0"},
                                                                       {"c", "9007199254740993"},
                                                                       {"d", "1.0"},
                                                                       {"e", R"("\ud800\/\u00E9")"},
                                                                       {"f", R"({"x":1,"x":[ 2 , {} ]})"},
                                                                       {"g", "null"},
                                                                       {"h", "[]"}};
    EXPECT_EQ(found, expected);
}

TEST(JsonSlice, DecodesEscapesInKeys) {
    const auto found = members(R"({"\u0069\u0064":1,"a\"b":2,"\ud83d\ude00":3,"":4,"\ud800":5})");
    ASSERT_EQ(found.size(), 5u);
    EXPECT_EQ(found[0].first, "id");
    EXPECT_EQ(found[1].first, "a\"b");
    EXPECT_EQ(found[2].first, "\xF0\x9F\x98\x80");
    EXPECT_EQ(found[3].first, "");
    EXPECT_EQ(found[4].first, "\xED\xA0\x80");
}

TEST(JsonSlice, SaysWhyAWalkBroke) {
    EXPECT_TRUE(members("{}").empty());
    EXPECT_TRUE(members(" { } ").empty());
    members("", JsonFault::ends_early);
    members("[]", JsonFault::not_an_object);
    members("null", JsonFault::not_an_object);
    members("{", JsonFault::ends_early);
    members(R"({"a":1)", JsonFault::ends_early);
    members(R"({"a":1,})", JsonFault::key_expected);
    members(R"({a:1})", JsonFault::key_expected);
    members(R"({"a"1})", JsonFault::colon_expected);
    members(R"({"a":1 "b":2})", JsonFault::comma_expected);
    members(R"({"a":1x2})", JsonFault::comma_expected);
    members(R"({"a":tru})", JsonFault::bad_value);
    members(R"({"a":"\q"})", JsonFault::bad_escape);
    members(R"({}{})", JsonFault::trailing_text);
    EXPECT_EQ(members(R"({"a":1}})", JsonFault::trailing_text).size(), 1u);
}

TEST(JsonSlice, CountsTheObjectItselfAsALevel) {
    const auto visit = [](std::string_view, std::string_view) { return true; };
    EXPECT_TRUE(for_each_member(R"({"a":[[]]})", visit, 3).ok());
    EXPECT_EQ(for_each_member(R"({"a":[[]]})", visit, 2).fault, JsonFault::too_deep);
    EXPECT_EQ(for_each_member("{}", visit, 0).fault, JsonFault::too_deep);
}

TEST(JsonSlice, StopsWhenTheVisitorHasSeenEnough) {
    int seen = 0;
    const auto verdict =
        for_each_member(R"({"a":1,"b":2,broken)", [&](std::string_view, std::string_view) { return ++seen < 2; });
    EXPECT_TRUE(verdict.ok());
    EXPECT_EQ(seen, 2);
}

TEST(JsonSlice, WalksArrays) {
    std::vector<std::string> found;
    const auto keep = [&](std::string_view value) { return found.emplace_back(value), true; };
    EXPECT_TRUE(for_each_element(R"([ "1" , null,{"a":[1,2]} ,-0.0])", keep).ok());
    EXPECT_EQ(found, (std::vector<std::string>{R"("1")", "null", R"({"a":[1,2]})", "-0.0"}));
    EXPECT_EQ(for_each_element("{}", keep).fault, JsonFault::not_an_array);
    EXPECT_EQ(for_each_element("[1,]", keep).fault, JsonFault::bad_value);
    EXPECT_EQ(for_each_element("[1", keep).fault, JsonFault::ends_early);
    EXPECT_EQ(for_each_element("[1]]", keep).fault, JsonFault::trailing_text);
}

TEST(JsonSlice, TellsKindsByTheFirstByte) {
    EXPECT_EQ(platform::json_kind(""), JsonKind::none);
    EXPECT_EQ(platform::json_kind("{}"), JsonKind::object);
    EXPECT_EQ(platform::json_kind("[1]"), JsonKind::array);
    EXPECT_EQ(platform::json_kind("\"\""), JsonKind::string);
    EXPECT_EQ(platform::json_kind("-1"), JsonKind::number);
    EXPECT_EQ(platform::json_kind("true"), JsonKind::boolean);
    EXPECT_EQ(platform::json_kind("null"), JsonKind::null);
}

TEST(JsonSlice, UnescapesAsNlohmannDoes) {
    for (const std::string text :
         {R"("")", R"("abc")", R"("\"\\\/\b\f\n\r\t")", R"("\u0041\u00e9\u6c49\ud83d\ude00\u0000z")", R"("é\n汉")"}) {
        std::string scratch;
        EXPECT_EQ(platform::unescape(text, scratch), nlohmann::json::parse(text).get<std::string>()) << text;
    }
    std::string scratch;
    EXPECT_EQ(platform::unescape(R"("\ud800\ud83d\ude00")", scratch), "\xED\xA0\x80\xF0\x9F\x98\x80");
    EXPECT_EQ(platform::unescape(R"("\ud800\u0041")", scratch),
              "\xED\xA0\x80"
              "A");
    EXPECT_EQ(platform::unescape("17", scratch), "");
    const std::string_view plain = R"("plain")";
    EXPECT_EQ(platform::unescape(plain, scratch).data(), plain.data() + 1) << "a plain string is not copied";
}

TEST(JsonSlice, QuotesEveryByteSoThatAParserGetsItBack) {
    std::string all;
    for (int c = 0; c < 0x80; ++c) all.push_back(static_cast<char>(c));
    all += "é汉😀";
    std::string quoted;
    append_quoted(quoted, all);
    EXPECT_EQ(nlohmann::json::parse(quoted).get<std::string>(), all);
    EXPECT_TRUE(platform::check_json(quoted).ok());
}

TEST(JsonSlice, QuotesInvalidUtf8AsReplacementCharacters) {
    std::string quoted;
    append_quoted(quoted, "a\xff\xc3(é\xe6\xb1\xf0\x9f\x98\x80\"\xed\xa0\x80");
    EXPECT_EQ(quoted, "\"a\\ufffd\\ufffd(é\\ufffd\\ufffd\xf0\x9f\x98\x80\\\"\\ufffd\\ufffd\\ufffd\"");
    EXPECT_TRUE(platform::check_json(quoted).ok());
}

TEST(JsonSlice, KeepsTheFirstAndTheLastCharacterOfEachLengthBesideInvalidUtf8) {
    for (const std::string text :
         {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        std::string quoted;
        append_quoted(quoted, text + "\xff" + text);
        EXPECT_EQ(quoted, '"' + text + "\\ufffd" + text + '"');
    }
    for (const std::string text : {"\xc1", "\xf5", "\xff", "\x80"}) {
        std::string quoted;
        append_quoted(quoted, text);
        EXPECT_EQ(quoted, "\"\\ufffd\"");
    }
}

TEST(JsonSlice, ReadsPlainUnsignedNumbersOnly) {
    std::uint64_t value = 7;
    EXPECT_TRUE(platform::read_unsigned("0", value));
    EXPECT_EQ(value, 0u);
    EXPECT_TRUE(platform::read_unsigned("999999999999999999", value));
    EXPECT_EQ(value, 999999999999999999u);
    for (const char* text : {"", "-1", "1.0", "1e3", "1000000000000000000", "\"1\"", "null"}) {
        EXPECT_FALSE(platform::read_unsigned(text, value)) << text;
    }
}

}  // namespace
