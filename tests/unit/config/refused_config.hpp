// What the tests of refused configurations share: a home folder whose agent.toml is read as the agent reads it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/config/config.hpp"
#include "tests/support/temp_folder.hpp"

namespace config::test {

struct RefusedCase {
    std::string file;      // "~" is the test's folder
    std::string sentence;  // behind the file's name; "~" likewise
};

inline std::string replaced(std::string text, const std::string& by) {
    for (auto at = text.find('~'); at != std::string::npos; at = text.find('~', at + by.size())) {
        text.replace(at, 1, by);
    }
    return text;
}

class RefusedConfig : public testing::Test {
  protected:
    tests::TempFolder home;
    ConfigInput input;

    void SetUp() override {
        input.paths.uid = 1000;
        input.paths.environment = [this](const char* name) -> std::optional<std::string> {
            if (std::string_view(name) == "HOME") return home.path().string();
            return std::nullopt;
        };
        input.environment = {"PATH=/usr/bin:/bin"};
    }
    std::string said(const std::vector<ConfigError>& lines) const {
        const auto file = (home / ".config/bmc-agent/agent.toml").string() + ":";
        std::string all;
        for (const auto& [where, what] : lines) {
            const auto shown = where.starts_with(file) ? where.substr(file.size()) : where;
            all += (all.empty() ? "" : "\n") + shown + ": " + what;
        }
        return all;
    }
    std::string errors_of(const std::string& text) {
        home.put(".config/bmc-agent/agent.toml", replaced(text, home.path().string()));
        return said(load_config(input).errors);
    }
    void expect_all(const std::vector<RefusedCase>& cases) {
        for (const auto& [file, sentence] : cases) {
            EXPECT_EQ(errors_of(file), replaced(sentence, home.path().string())) << file;
        }
    }
    void expect_good(const std::vector<std::string>& files) {
        for (const auto& file : files) EXPECT_EQ(errors_of(file), "") << file;
    }
};

}  // namespace config::test
