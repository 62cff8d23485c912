// The checker by itself, and against nlohmann's parser on texts that a generator broke.
#include "platform/json/core/check.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace {

using platform::check_json;
using platform::JsonFault;

std::string nested(std::size_t levels, char opening, char closing) {
    return std::string(levels, opening) + std::string(levels, closing);
}

TEST(JsonCheck, AcceptsWhatParsersTendToRefuse) {
    for (const char* text : {"1e400", "-0", "9007199254740993", "1.0", R"("\ud800")", R"({"\udc00":1})",
                             R"({"a":1,"a":2})", "123456789012345678901234567890", "1E+2", " \t\r\n1 ", "\"\x7f\"",
                             "\"\xe6\xb1\x89\"", "0", "-1.5e-7", "[]", "{}", R"("\/\b\f\n\r\t\"\\")"}) {
        EXPECT_TRUE(check_json(text).ok()) << text;
    }
}

struct Broken {
    std::string text;
    JsonFault fault;
    std::size_t position;
};

TEST(JsonCheck, NamesTheFaultAndItsPlace) {
    const Broken cases[] = {
        {"", JsonFault::ends_early, 0},
        {"  ", JsonFault::ends_early, 2},
        {"{", JsonFault::ends_early, 1},
        {"[1,", JsonFault::ends_early, 3},
        {R"({"a")", JsonFault::ends_early, 4},
        {R"({"a":)", JsonFault::ends_early, 5},
        {R"("abc)", JsonFault::ends_early, 4},
        {R"("\)", JsonFault::ends_early, 2},
        {R"("\u12)", JsonFault::ends_early, 5},
        {"tru", JsonFault::ends_early, 0},
        {"-", JsonFault::ends_early, 1},
        {"1.", JsonFault::ends_early, 2},
        {"1e", JsonFault::ends_early, 2},
        {"[tru]", JsonFault::bad_value, 1},
        {"[1,]", JsonFault::bad_value, 3},
        {"'a'", JsonFault::bad_value, 0},
        {"NaN", JsonFault::bad_value, 0},
        {"+1", JsonFault::bad_value, 0},
        {".5", JsonFault::bad_value, 0},
        {"\xef\xbb\xbf{}", JsonFault::bad_value, 0},
        {"01", JsonFault::bad_number, 1},
        {"-a", JsonFault::bad_number, 1},
        {"[1.]", JsonFault::bad_number, 3},
        {"[1.e1]", JsonFault::bad_number, 3},
        {"[1e+]", JsonFault::bad_number, 4},
        {"[1x2]", JsonFault::comma_expected, 2},
        {"[0x1]", JsonFault::comma_expected, 2},
        {R"("\q")", JsonFault::bad_escape, 1},
        {R"("\u12g4")", JsonFault::bad_escape, 1},
        {"\"a\nb\"", JsonFault::raw_control, 2},
        {std::string("\"a\0b\"", 5), JsonFault::raw_control, 2},
        {R"({1:2})", JsonFault::key_expected, 1},
        {R"({"a":1,})", JsonFault::key_expected, 7},
        {R"({"a" 1})", JsonFault::colon_expected, 5},
        {"[1 2]", JsonFault::comma_expected, 3},
        {"[1}", JsonFault::comma_expected, 2},
        {R"({"a":1])", JsonFault::comma_expected, 6},
        {"{} {}", JsonFault::trailing_text, 3},
        {"1/*c*/", JsonFault::trailing_text, 1},
        {"\"\xc0\xaf\"", JsonFault::bad_utf8, 0},
        {"\"\xed\xa0\x80\"", JsonFault::bad_utf8, 0},
        {"\"\xff\"", JsonFault::bad_utf8, 0},
    };
    for (const Broken& broken : cases) {
        const auto verdict = check_json(broken.text);
        EXPECT_EQ(verdict.fault, broken.fault) << broken.text << ": " << platform::describe(verdict.fault);
        EXPECT_EQ(verdict.position, broken.position) << broken.text;
    }
}

TEST(JsonCheck, KeepsToTheDepthAllowed) {
    EXPECT_TRUE(check_json(nested(256, '[', ']')).ok());
    EXPECT_EQ(check_json(nested(257, '[', ']')).fault, JsonFault::too_deep);
    EXPECT_TRUE(check_json(nested(3, '[', ']'), 3).ok());
    EXPECT_EQ(check_json(nested(4, '[', ']'), 3).fault, JsonFault::too_deep);
    EXPECT_EQ(check_json("[]", 0).fault, JsonFault::too_deep);
    EXPECT_TRUE(check_json("1", 0).ok());
    EXPECT_TRUE(check_json(nested(512, '[', ']'), 9999).ok());
    EXPECT_EQ(check_json(nested(513, '[', ']'), 9999).fault, JsonFault::too_deep);
    EXPECT_EQ(check_json(nested(1'000'000, '[', ']')).fault, JsonFault::too_deep);
    std::string siblings = "[";
    for (int i = 0; i < 1000; ++i) siblings += "[{}],";
    EXPECT_TRUE(check_json(siblings + "[]]", 3).ok()) << "levels are counted, not brackets";
}

TEST(JsonCheck, FindsAStopAtEveryPlaceOfALongString) {
    for (std::size_t length : {0u, 1u, 7u, 8u, 9u, 31u, 32u, 33u, 63u, 64u, 100u}) {
        const std::string plain(length, 'x');
        EXPECT_TRUE(check_json('"' + plain + '"').ok());
        for (std::size_t at = 0; at < length; ++at) {
            for (const char bad : {'\x1f', '\0', '\n', '"', '\\'}) {
                std::string text = plain;
                text[at] = bad;
                EXPECT_FALSE(check_json('"' + text + '"').ok()) << length << " " << at << " " << int{bad};
            }
            std::string high = plain;
            high[at] = '\x7f';
            EXPECT_TRUE(check_json('"' + high + '"').ok());
        }
    }
}

// A string is looked at in blocks, and its last bytes together with what stands in front of them.
TEST(JsonCheck, EndsAStringWhereItEndsWhateverStandsAroundIt) {
    for (std::size_t before = 0; before < 40; ++before) {
        for (std::size_t length = 0; length < 40; ++length) {
            const std::string text = std::string(before, '"') + '"' + std::string(length, 'x') + '"';
            const auto whole = platform::scan_json_string(text, before);
            EXPECT_TRUE(whole.verdict.ok() && whole.plain) << before << ' ' << length;
            EXPECT_EQ(whole.verdict.position, text.size()) << before << ' ' << length;
            const auto cut = platform::scan_json_string(std::string_view{text}.substr(0, text.size() - 1), before);
            EXPECT_EQ(cut.verdict.fault, JsonFault::ends_early) << before << ' ' << length;
            EXPECT_EQ(cut.verdict.position, text.size() - 1) << before << ' ' << length;
        }
    }
    EXPECT_FALSE(platform::scan_json_string(R"("a\b")", 0).plain);
    EXPECT_EQ(platform::scan_json_string("\"a\nb\"", 0).verdict.fault, JsonFault::raw_control);
}

// What we accept on purpose and nlohmann does not: lone surrogates, and numbers beyond a double.
bool differs_on_purpose(const std::string& text, const nlohmann::json::parse_error& error) {
    const std::string what = error.what();
    return what.find("surrogate") != std::string::npos ||
           (what.find("number") != std::string::npos && check_json(text).ok());
}

std::string mutate(std::string text, std::mt19937& random) {
    static constexpr std::string_view pool = "{}[]\",:\\u0019dDeE+-.truefalsn \t\n\x01\x7f\xc3\xa9\xff/'";
    const auto below = [&random](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    for (std::size_t edits = below(4); edits > 0 && !text.empty(); --edits) {
        const std::size_t at = below(text.size());
        switch (below(3)) {
            case 0:
                text[at] = pool[below(pool.size())];
                break;
            case 1:
                text.erase(at, 1 + below(3));
                break;
            default:
                text.insert(at, 1, pool[below(pool.size())]);
                break;
        }
    }
    return text;
}

/// Shares of the work: each takes a while.
class JsonCheckMutated : public testing::TestWithParam<unsigned> {};

TEST_P(JsonCheckMutated, AgreesWithNlohmann) {
    const std::string seeds[] = {
        R"({"id":1,"result":{"type":"string","value":"\ud83d\ude00 \"x\" \\ \/"},"sessionId":"AB"})",
        R"([1,-0,1.5e-7,1E+20,true,false,null,"",{},[],[[{"a":[{}]}]]])",
        R"({"a":{"b":{"c":"é汉"}},"d":[0,0.1,10,-3]})",
        R"(  "\u00e9\n"  )",
    };
    std::mt19937 random{20240611 + GetParam()};
    int accepted = 0;
    for (int round = 0; round < 7'500; ++round) {
        const std::string text = mutate(seeds[static_cast<std::size_t>(round) % std::size(seeds)], random);
        const bool ours = check_json(text).ok();
        accepted += ours ? 1 : 0;
        try {
            const auto parsed = nlohmann::json::parse(text);
            EXPECT_TRUE(ours) << text;
        } catch (const nlohmann::json::parse_error& error) {
            if (ours) {
                EXPECT_TRUE(differs_on_purpose(text, error)) << text << "\n" << error.what();
            }
        } catch (const nlohmann::json::out_of_range&) {
            continue;  // a number beyond a double: it stops there and says nothing of the rest
        }
    }
    EXPECT_GT(accepted, 1'250) << "the generator breaks too much to say anything";
}

INSTANTIATE_TEST_SUITE_P(Shares, JsonCheckMutated, testing::Range(0U, 8U));

}  // namespace
