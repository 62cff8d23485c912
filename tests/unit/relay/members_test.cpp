// Members of an object, by their decoded keys.
#include "agent/relay/core/members.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using relay::find_member;
using relay::Found;

TEST(Members, AreFoundByTheirKey) {
    const std::string object = R"({"a":1,"b":{"c":[2]},"d":"\"c\":3"})";
    std::string_view value;
    EXPECT_EQ(find_member(object, "b", value), Found::one);
    EXPECT_EQ(value, R"({"c":[2]})") << "as the bytes that came";
    EXPECT_EQ(find_member(object, "c", value), Found::none) << "it stands deeper";
    EXPECT_EQ(find_member(object, "d", value), Found::one);
    EXPECT_EQ(value, R"("\"c\":3")");
}

TEST(Members, AreComparedDecoded) {
    const std::string object = R"({"\u0061":1,"A":2})";
    std::string_view value;
    EXPECT_EQ(find_member(object, "a", value), Found::one);
    EXPECT_EQ(value, "1");
    EXPECT_EQ(find_member(object, "A", value), Found::one) << "capital letters are others";
}

TEST(Members, ThatStandTwiceAreSaidToDoSo) {
    const std::string object = R"({"a":1,"b":2,"\u0061":3})";
    std::string_view value;
    EXPECT_EQ(find_member(object, "a", value), Found::repeated);
    EXPECT_EQ(value, "3");
}

TEST(Members, AreNotThereInNothing) {
    std::string_view value = "before";
    EXPECT_EQ(find_member("", "a", value), Found::none);
    EXPECT_EQ(find_member("{}", "a", value), Found::none);
    EXPECT_EQ(value, "before") << "left alone";
}

TEST(Members, AreWrittenWithTheCommasBetweenThem) {
    std::string out = "{";
    relay::append_member(out, "a", std::string_view{"say \"x\""});
    relay::append_member(out, "b", std::uint64_t{18'446'744'073'709'551'615u});
    relay::append_member(out, "c", std::string_view{});
    EXPECT_EQ(out + '}', R"({"a":"say \"x\"","b":18446744073709551615,"c":""})");
}

}  // namespace
