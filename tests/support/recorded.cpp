#include "tests/support/recorded.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace recorded {

std::string from_base64(std::string_view text) {
    std::string out;
    unsigned bits = 0;
    int held = 0;
    for (const char c : text) {
        static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const auto at = alphabet.find(c);
        if (at == std::string_view::npos) break;
        bits = (bits << 6U) | static_cast<unsigned>(at);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out += static_cast<char>((bits >> static_cast<unsigned>(held)) & 0xFFU);
    }
    return out;
}

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
        if (line.kind == "binary") line.data = from_base64(line.data);
        line.number = json.value("code", json.value("status", 0));
        line.cut = json.value("cut", false);
        all.push_back(std::move(line));
    }
    EXPECT_FALSE(all.empty()) << "no trace " << name;
    return all;
}

}  // namespace recorded
