// Numbers among the settings: what comes from a file keeps its digits, and only a finite number within its range is
// taken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/config/option.hpp"

namespace config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Why the setting refuses the word; empty: it takes it.
std::string refused(Config& config, std::string_view key, const std::string& word) {
    return find_option(key)->set(config, {word});
}

TEST(Numbers, AFileKeepsEveryDigit) {
    std::vector<ConfigError> errors;
    const auto read = read_toml("[realtime]\nbudget_max = 12345.678\nbudget_start = 0.5\n", "file", errors);
    ASSERT_EQ(read.size(), 2u);
    EXPECT_THAT(read[0].words, ElementsAre("12345.678"));
    EXPECT_THAT(read[1].words, ElementsAre("0.5"));
    Config config;
    EXPECT_EQ(refused(config, read[0].key, read[0].words[0]), "");
    EXPECT_EQ(config.realtime.budget_max, 12345.678);
}

TEST(Numbers, WhatIsNotFiniteIsRefusedAndChangesNothing) {
    Config config;
    const auto before = config.realtime.budget_max;
    for (const auto* word : {"nan", "-nan", "inf", "-inf", "1e400"}) {
        EXPECT_NE(refused(config, "realtime.budget_max", word), "") << word;
    }
    EXPECT_EQ(config.realtime.budget_max, before);
}

TEST(Numbers, TheRangeHoldsAtItsEdges) {
    Config config;
    EXPECT_EQ(refused(config, "realtime.budget_start", "1"), "");
    EXPECT_NE(refused(config, "realtime.budget_start", "0.999"), "");
    EXPECT_EQ(refused(config, "realtime.budget_start", "100000"), "");
    EXPECT_NE(refused(config, "realtime.budget_start", "100000.5"), "");
    EXPECT_EQ(config.realtime.budget_start, 100000) << "the last one that was taken";
}

TEST(Numbers, AWholeNumberMayBeWrittenInAnyWay) {
    Config config;
    EXPECT_EQ(refused(config, "relay.max_in_flight", "1e3"), "");
    EXPECT_EQ(config.relay.max_in_flight, 1000u);
    EXPECT_EQ(refused(config, "relay.max_in_flight", "17.0"), "");
    EXPECT_EQ(config.relay.max_in_flight, 17u);
    EXPECT_THAT(refused(config, "relay.max_in_flight", "1.5"), HasSubstr("whole number"));
    for (const auto* word : {"1e300", "-1e300", "nan", "0", "1000001"}) {
        EXPECT_NE(refused(config, "relay.max_in_flight", word), "") << word;
    }
    EXPECT_EQ(config.relay.max_in_flight, 17u);
}

}  // namespace
}  // namespace config
