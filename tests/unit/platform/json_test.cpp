#include "platform/json/tree.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "platform/json/core/check.hpp"

namespace {

using namespace platform;

TEST(Json, ReadsWithoutThrowing) {
    EXPECT_FALSE(parse_json("{"));
    EXPECT_FALSE(parse_json("{} x"));
    EXPECT_FALSE(parse_json("\"\xff\""));
    const auto tree = parse_json(R"({"s":"x","n":7,"f":1.5,"big":18446744073709551615,"b":true,"o":{}})");
    ASSERT_TRUE(tree);
    EXPECT_EQ(get_string(*tree, "s"), "x");
    EXPECT_FALSE(get_string(*tree, "n"));
    EXPECT_EQ(get_integer(*tree, "n"), 7);
    EXPECT_FALSE(get_integer(*tree, "f"));
    EXPECT_FALSE(get_integer(*tree, "big"));
    EXPECT_EQ(get_bool(*tree, "b"), true);
    EXPECT_FALSE(get_bool(*tree, "none"));
    EXPECT_EQ(find(nlohmann::json::array(), "x"), nullptr);
}

TEST(Json, WritesWhatIsNotUtf8WithoutThrowing) {
    EXPECT_EQ(to_text(nlohmann::json("a\xff")), "\"a\xEF\xBF\xBD\"");
}

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

// A tree is copied, compared, written and cleansed by recursion: a hundred thousand levels would overflow the stack.
TEST(Json, ReadsSoManyLevelsAndNoMore) {
    const auto tree = parse_json(nested(max_json_depth));
    ASSERT_TRUE(tree);
    EXPECT_EQ(to_text(*tree), nested(max_json_depth));
    EXPECT_FALSE(parse_json(nested(max_json_depth + 1)));
    EXPECT_FALSE(parse_json(nested(100'000)));
    EXPECT_FALSE(parse_json(R"({"a":)" + nested(max_json_depth) + "}"));
}

TEST(Json, BracketsInAStringAreNoLevels) {
    const std::string text = "\"\\\"" + std::string(1000, '[') + "\\\\\"";
    EXPECT_TRUE(parse_json("[" + text + "," + text + "]"));
}

}  // namespace
