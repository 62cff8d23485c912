#include "agent/daemon/device_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(DeviceFacts, ComeBackAsTheyWereKeptForTheSameDeviceAlone) {
    const DeviceFacts kept{"u-1", "lab", R"({"a":1,"b":{"c":"d"}})"};
    const auto again = read_facts(facts_text(kept), "u-1");
    EXPECT_EQ(again.name, "lab");
    EXPECT_EQ(again.settings, R"({"a":1,"b":{"c":"d"}})");
    const auto other = read_facts(facts_text(kept), "u-2");
    EXPECT_FALSE(other.name);
    EXPECT_FALSE(other.settings);
    EXPECT_EQ(other.device_uuid, "u-2");
    for (const char* broken :
         {"", "[]", "{", R"({"device_uuid":5})", R"({"device_uuid":"u-1","settings":7,"name":[]})"}) {
        EXPECT_FALSE(read_facts(broken, "u-1").settings) << broken;
        EXPECT_FALSE(read_facts(broken, "u-1").name) << broken;
    }
    EXPECT_EQ(facts_text(read_facts(facts_text({"u-1", {}, {}}), "u-1")), facts_text({"u-1", {}, {}}));
}

TEST(SettingChanges, NameEachFieldThatDiffersAndNoOther) {
    EXPECT_THAT(setting_changes(R"({"theme":"dark","vpn":{"on":true,"port":1},"same":[1,2]})",
                                R"({"theme":"light","vpn":{"on":true,"port":2},"same":[1,2],"new":null})"),
                ElementsAre("new: (none) -> null", R"(theme: "dark" -> "light")", "vpn.port: 1 -> 2"));
    EXPECT_THAT(setting_changes(R"({"a":1})", "{}"), ElementsAre("a: 1 -> (none)"));
    EXPECT_THAT(setting_changes("", R"({"a":1})"), ElementsAre("a: (none) -> 1"));
    EXPECT_TRUE(setting_changes(R"({"a":1,"b":2})", R"({"b":2,"a":1})").empty());
}

TEST(SettingChanges, AreFitForALogAndBounded) {
    const auto lines = setting_changes("{}", R"({"a\nforged: line":"x\u001b[31m\n"})");
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], Not(HasSubstr("\n")));
    EXPECT_THAT(lines[0], Not(HasSubstr("\x1b")));
    std::string many = "{\"f0\":0";
    for (int i = 1; i < 50; ++i) many += ",\"f" + std::to_string(i) + "\":0";
    const auto bounded = setting_changes("{}", many + "}", 3);
    ASSERT_EQ(bounded.size(), 4u);
    EXPECT_EQ(bounded.back(), "and 47 more");
    const auto exact = setting_changes("{}", R"({"a":1,"b":2,"c":3})", 3);
    EXPECT_EQ(exact.size(), 3u);
    const auto longer = setting_changes("{}", "{\"a\":\"" + std::string(10000, 'x') + "\"}");
    EXPECT_LT(longer.at(0).size(), 300u);
    std::string deep;
    for (int i = 0; i < 200; ++i) deep += "{\"a\":";
    EXPECT_EQ(setting_changes("{}", deep + "1" + std::string(200, '}')).size(), 1u);
}

TEST(SettingChanges, HideWhatLooksSecretByNameOrByText) {
    const std::string after = R"({"api_key":"short","note":"Bearer eyJhbGciOi","proxy":"http://me:pw@host:1",)"
                              R"("wifi":{"Password":"hunter2"},"id":"0a1b2c3d4e5f60718293a4b5","plain":"hello"})";
    std::string all;
    for (const auto& line : setting_changes("{}", after)) all += line + "\n";
    for (const char* secret : {"short", "eyJhbGciOi", "me:pw", "hunter2", "0a1b2c3d4e5f60718293a4b5"}) {
        EXPECT_THAT(all, Not(HasSubstr(secret)));
        EXPECT_THAT(shown_settings(after), Not(HasSubstr(secret)));
    }
    EXPECT_THAT(all, HasSubstr("plain: (none) -> \"hello\""));
    EXPECT_THAT(all, HasSubstr("wifi.Password: (none) -> (hidden)"));
    EXPECT_THAT(shown_settings(after), HasSubstr(R"("plain":"hello")"));
    EXPECT_EQ(shown_settings("[]"), "{}");
    EXPECT_EQ(shown_settings("broken"), "{}");
}

TEST(LooksSecret, LeavesOrdinaryWordsAlone) {
    EXPECT_FALSE(looks_secret("theme", "dark"));
    EXPECT_FALSE(looks_secret("address", "https://example.org/a/path"));
    EXPECT_FALSE(looks_secret("text", "a sentence of several words, with 3 numbers and 24 bytes"));
    EXPECT_TRUE(looks_secret("text", std::string(23, 'a') + "1"));
    EXPECT_FALSE(looks_secret("text", std::string(22, 'a') + "1"));
}

}  // namespace
}  // namespace agent::daemon
