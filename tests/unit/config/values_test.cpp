// Durations, sizes and flags as people write them: every unit, the edges, and back.
#include "agent/config/values.hpp"

#include <gtest/gtest.h>

namespace config {
namespace {

using namespace std::chrono_literals;

TEST(Values, DurationsOfEveryUnit) {
    EXPECT_EQ(parse_duration("250ms"), Duration{250ms});
    EXPECT_EQ(parse_duration("20s"), Duration{20s});
    EXPECT_EQ(parse_duration("5min"), Duration{5min});
    EXPECT_EQ(parse_duration("2h"), Duration{2h});
    EXPECT_EQ(parse_duration("7d"), Duration{24h * 7});
    EXPECT_EQ(parse_duration("0.5d"), Duration{12h});
    EXPECT_EQ(parse_duration("1e3ms"), Duration{1s});
    EXPECT_EQ(parse_duration("3 s"), Duration{3s}) << "a blank in front of the unit";
}

TEST(Values, OnlyZeroNeedsNoUnit) {
    EXPECT_EQ(parse_duration("0"), Duration::zero());
    EXPECT_EQ(parse_duration("0.0"), Duration::zero());
    EXPECT_EQ(parse_duration("0s"), Duration::zero());
    EXPECT_FALSE(parse_duration("1")) << "nobody knows whether seconds are meant";
    EXPECT_FALSE(parse_duration("0.5"));
}

TEST(Values, WhatIsNoDuration) {
    for (const auto* text : {"", "s", "-1s", "1m", "1S", "1 hour", "1s2", "1,5s", " 1s", "1s ", "nan s", "inf s",
                             "infs", "0x10s", "+1s", "300000000000d"}) {
        EXPECT_FALSE(parse_duration(text)) << '"' << text << '"';
    }
}

TEST(Values, TheLongestDurationIsShortOfAnOverflow) {
    const auto longest = parse_duration("104166d");
    ASSERT_TRUE(longest);
    EXPECT_GT(*longest, Duration::zero());
    EXPECT_FALSE(parse_duration("104168d")) << "more than 9e18 ns";
}

TEST(Values, ADurationIsWrittenInTheLargestUnitThatFits) {
    EXPECT_EQ(to_text(Duration::zero()), "0");
    EXPECT_EQ(to_text(24h), "1d");
    EXPECT_EQ(to_text(25h), "25h");
    EXPECT_EQ(to_text(90min), "90min");
    EXPECT_EQ(to_text(61s), "61s");
    EXPECT_EQ(to_text(1500ms), "1500ms");
    for (const Duration one : {Duration{1ms}, Duration{999ms}, Duration{1min}, Duration{36h}, Duration{24h * 365}}) {
        EXPECT_EQ(parse_duration(to_text(one)), one) << to_text(one);
    }
}

TEST(Values, SizesOfEveryUnit) {
    EXPECT_EQ(parse_bytes("0"), 0u);
    EXPECT_EQ(parse_bytes("17"), 17u);
    EXPECT_EQ(parse_bytes("17B"), 17u);
    EXPECT_EQ(parse_bytes("1KB"), 1000u);
    EXPECT_EQ(parse_bytes("1KiB"), 1024u);
    EXPECT_EQ(parse_bytes("1MB"), 1'000'000u);
    EXPECT_EQ(parse_bytes("1MiB"), 1'048'576u);
    EXPECT_EQ(parse_bytes("2GB"), 2'000'000'000u);
    EXPECT_EQ(parse_bytes("2 GiB"), 2'147'483'648u);
    EXPECT_EQ(parse_bytes("1.5KiB"), 1536u);
    EXPECT_EQ(parse_bytes("0.5KB"), 500u);
}

TEST(Values, WhatIsNoSize) {
    for (const auto* text : {"", "B", "-1", "1.5", "1.5B", "0.3KiB", "1kb", "1K", "1 MBs", "1e30", "nan", "inf", "0x10",
                             "9000000000000002048", "9000000000GiB"}) {
        EXPECT_FALSE(parse_bytes(text)) << '"' << text << '"';
    }
}

TEST(Values, ASizeIsWrittenInAUnitThatFits) {
    EXPECT_EQ(bytes_text(0), "0");
    EXPECT_EQ(bytes_text(999), "999");
    EXPECT_EQ(bytes_text(1000), "1KB");
    EXPECT_EQ(bytes_text(1024), "1KiB");
    EXPECT_EQ(bytes_text(1536), "1536");
    EXPECT_EQ(bytes_text(std::uint64_t{5} << 30), "5GiB");
    EXPECT_EQ(bytes_text(1'024'000), "1000KiB");
    for (const std::uint64_t one : {1ULL, 1023ULL, 65536ULL, 3'000'000ULL, 1ULL << 40}) {
        EXPECT_EQ(parse_bytes(bytes_text(one)), one) << bytes_text(one);
    }
}

TEST(Values, FlagsInTheWordsOfVariablesAndFiles) {
    for (const auto* yes : {"true", "yes", "on", "1"}) EXPECT_EQ(parse_bool(yes), true) << yes;
    for (const auto* no : {"false", "no", "off", "0"}) EXPECT_EQ(parse_bool(no), false) << no;
    for (const auto* neither : {"", "True", "YES", "2", "y", "enabled", " true"}) EXPECT_FALSE(parse_bool(neither));
}

}  // namespace
}  // namespace config
