#include "platform/http/date.hpp"

#include <gtest/gtest.h>

namespace {

using platform::http::parse_date;
using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds in_september{1'790'000'000s};

TEST(HttpDate, ReadsTheThreeFormsOfTheStandard) {
    for (const char* text :
         {"Mon, 21 Sep 2026 14:13:20 GMT", "Monday, 21-Sep-26 14:13:20 GMT", "Mon Sep 21 14:13:20 2026"}) {
        EXPECT_EQ(parse_date(text), in_september) << text;
    }
}

TEST(HttpDate, TakesNothingElse) {
    for (const char* text : {"", "yesterday", "Mon, 99 Sep 2026 14:13:20 GMT", "14:13:20"}) {
        EXPECT_FALSE(parse_date(text)) << text;
    }
}

}  // namespace
