#include "platform/json/tree.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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

TEST(Json, AHundredThousandLevelsAreNoProblem) {
    const auto deep = std::string(100'000, '[') + std::string(100'000, ']');
    EXPECT_TRUE(parse_json(deep));
}

}  // namespace
