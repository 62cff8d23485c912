#include <gtest/gtest.h>

#include "agent/config/option.hpp"

namespace {

using namespace config;
using namespace hooks;
using namespace std::chrono_literals;

TEST(Upgrade, ItsTimesHaveEdges) {
    Config config;
    EXPECT_EQ(config.upgrade.grace, 10min);
    EXPECT_EQ(config.upgrade.quiet, 10s);
    const auto* grace = find_option("service.upgrade_grace");
    const auto* quiet = find_option("service.upgrade_quiet");
    ASSERT_TRUE(grace != nullptr && quiet != nullptr);
    EXPECT_TRUE(grace->live && quiet->live);
    EXPECT_EQ(grace->set(config, {"0s"}), "");
    EXPECT_EQ(grace->set(config, {"24h"}), "");
    EXPECT_EQ(config.upgrade.grace, 24h);
    EXPECT_NE(grace->set(config, {"86401s"}), "");
    EXPECT_NE(grace->set(config, {"600"}), "");  // no unit
    EXPECT_EQ(quiet->set(config, {"0s"}), "");
    EXPECT_EQ(quiet->set(config, {"1h"}), "");
    EXPECT_EQ(config.upgrade.quiet, 1h);
    EXPECT_NE(quiet->set(config, {"3601s"}), "");
}

}  // namespace
