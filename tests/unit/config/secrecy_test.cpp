// Secrets among the settings: not in what is printed, not in the command line that every user of the machine can read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/config/option.hpp"

namespace config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// The words as hide_in_command_line() leaves them.
std::vector<std::string> hidden(std::vector<std::string> words) {
    words.insert(words.begin(), "agent");
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    hide_in_command_line(static_cast<int>(pointers.size()), pointers.data());
    words.erase(words.begin());
    return words;
}

TEST(CommandLine, AKeyIsCoveredWhereverItStands) {
    EXPECT_THAT(hidden({"--api-key", "abcdef", "--pair"}), ElementsAre("--api-key", "******", "--pair"));
    EXPECT_THAT(hidden({"--api-key=abcdef", "--pair"}), ElementsAre("--api-key=******", "--pair"));
    EXPECT_THAT(hidden({"--pair", "--api-key"}), ElementsAre("--pair", "--api-key")) << "no value, no crash";
    EXPECT_THAT(hidden({"--api-key="}), ElementsAre("--api-key="));
}

TEST(CommandLine, OnlyWhatHoldsASecretIsCovered) {
    EXPECT_THAT(hidden({"--net-proxy", "http://proxy.test:3128"}),
                ElementsAre("--net-proxy", "http://proxy.test:3128"));
    const auto proxy = hidden({"--net-proxy", "http://me:secret@proxy.test:3128"});
    EXPECT_THAT(proxy[1], Not(HasSubstr("secret")));
    EXPECT_EQ(proxy[1].size(), std::string("http://me:secret@proxy.test:3128").size()) << "it is overwritten in place";
    EXPECT_THAT(hidden({"--log-level", "debug"}), ElementsAre("--log-level", "debug"));
    EXPECT_THAT(hidden({"--api-keys", "abcdef"}), ElementsAre("--api-keys", "abcdef")) << "no flag of ours";
}

TEST(CommandLine, EachElementOfAListIsLookedAt) {
    const auto words = hidden({"--browser-environment", "A=one", "B=two", "--log-level", "debug"});
    EXPECT_THAT(words[1], Not(HasSubstr("one")));
    EXPECT_THAT(words[2], Not(HasSubstr("two")));
    EXPECT_EQ(words[4], "debug");
}

TEST(CommandLine, TheCommandOfAStepIsNotOurs) {
    EXPECT_THAT(hidden({"--exec", "tool", "--api-key", "abcdef"}),
                ElementsAre("--exec", "tool", "--api-key", "abcdef"));
}

TEST(Secrecy, HowMuchOfAValueIsShown) {
    const auto shown = [](std::string_view key, std::string_view value) {
        return without_secrets(*find_option(key), value);
    };
    EXPECT_THAT(shown("api.key", "\"abcdef\""), Not(HasSubstr("abc")));
    EXPECT_EQ(shown("api.key", "\"\""), "\"\"") << "that there is none is no secret";
    EXPECT_THAT(shown("browser.environment", R"(["A=one", "B=t\"wo"])"), HasSubstr("A="));
    EXPECT_THAT(shown("browser.environment", R"(["A=one", "B=t\"wo"])"), Not(HasSubstr("one")));
    EXPECT_THAT(shown("browser.environment", R"(["A=one", "B=t\"wo"])"), Not(HasSubstr("wo")));
    EXPECT_EQ(shown("browser.environment", "[]"), "[]");
    EXPECT_EQ(shown("relay.timeout", "\"30s\""), "\"30s\"");
}

TEST(Secrecy, WhatIsPrintedHoldsNoKey) {
    Loaded loaded;
    loaded.config.api.key = "sb_publishable_abcdef";
    loaded.origins["api.key"] = "agent.toml:3";
    EXPECT_THAT(describe(loaded), Not(HasSubstr("abcdef")));
    const auto json = nlohmann::json::parse(describe_as_json(loaded), nullptr, false);
    ASSERT_TRUE(json.is_object());
    int seen = 0;
    for (const auto& setting : json["settings"]) {
        if (setting["key"] == "api.key") {
            EXPECT_TRUE(setting["value"].is_null());
            EXPECT_EQ(setting["origin"], "agent.toml:3");
            ++seen;
        }
        if (setting["key"] == "relay.timeout") {
            EXPECT_EQ(setting["value"], "\"30s\"");
            ++seen;
        }
    }
    EXPECT_EQ(seen, 2);
    EXPECT_EQ(json["settings"].size(), options().size());
}

TEST(TomlText, EveryByteComesBack) {
    std::string all;
    for (int c = 1; c < 0x80; ++c) all += static_cast<char>(c);
    all += "\xe2\x82\xac";
    std::vector<ConfigError> errors;
    const auto read = read_toml("[log]\nlevel = " + toml_quote(all) + "\n", "file", errors);
    EXPECT_TRUE(errors.empty()) << errors.front().what;
    ASSERT_EQ(read.size(), 1u);
    EXPECT_EQ(read[0].key, "log.level");
    EXPECT_THAT(read[0].words, ElementsAre(all));
    EXPECT_EQ(read[0].origin, "file:2");
}

TEST(TomlText, WhatIsNoSettingIsNamedWithItsLine) {
    std::vector<ConfigError> errors;
    EXPECT_TRUE(read_toml("[log]\nlevel = \n", "file", errors).empty());
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].where, "file:2");
    errors.clear();
    EXPECT_TRUE(read_toml("[log]\n\nlevel = 2026-11-30\n", "file", errors).empty());
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].where, "file:3");
    EXPECT_EQ(errors[0].what, "log.level takes no date or time");
}

}  // namespace
}  // namespace config
