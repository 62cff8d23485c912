#include "tests/support/recorded.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "platform/crypto.hpp"

namespace recorded {

std::vector<Line> lines(std::string_view name) {
    std::vector<Line> all;
    std::ifstream file{std::string{BMC_TEST_DATA "/traces/"} + std::string{name} + ".jsonl"};
    std::string text;
    while (std::getline(file, text)) {
        const auto json = nlohmann::json::parse(text);
        Line line;
        line.connection = json.value("conn", "");
        line.direction = json.value("dir", "");
        line.kind = json.value("kind", "");
        if (json.contains("data") && json["data"].is_string()) line.data = json["data"];
        if (line.kind == "binary") line.data = platform::from_base64(line.data).value();
        line.number = json.value("code", json.value("status", 0));
        line.cut = json.value("cut", false);
        all.push_back(std::move(line));
    }
    EXPECT_FALSE(all.empty()) << "no trace " << name;
    return all;
}

}  // namespace recorded
