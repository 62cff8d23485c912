// Runs a fuzz target without a fuzzer: every file of the corpus, and mutations of it that are the same in every run.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "expect.hpp"

namespace {

constexpr int mutations_per_file = 1500;

void run(const std::string& text) {
    // Exactly as long as the text: a read behind its end is seen by the address sanitizer.
    const std::vector<std::uint8_t> data{text.begin(), text.end()};
    LLVMFuzzerTestOneInput(data.data(), data.size());
}

// Pieces that break parsers more often than single bytes do.
const std::string pieces[] = {"\"",          "\\",
                              "\\u",         "\\ud800",
                              "{",           "}",
                              "[",           "]",
                              ":",           ",",
                              "null",        "1e999",
                              "-",           "\xff",
                              "\xc3",        std::string(1, '\0'),
                              "\n",          "\"id\":",
                              "\"method\":", "\"params\":",
                              "file:",       "view-source:",
                              "\t"};

std::string mutate(std::string text, const std::string& other, std::mt19937& random) {
    const auto below = [&random](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
        const std::size_t at = below(text.size() + 1);
        switch (below(5)) {
            case 0:
                text.insert(at, pieces[below(std::size(pieces))]);
                break;
            case 1:
                text.erase(at, 1 + below(8));
                break;
            case 2:
                text.insert(at, other.substr(below(other.size() + 1), 1 + below(32)));
                break;
            case 3:
                text.resize(at);
                break;
            default:
                if (at < text.size()) text[at] = static_cast<char>(below(256));
                break;
        }
    }
    return text;
}

}  // namespace

int main(int count, char** arguments) {
    std::vector<std::filesystem::path> paths;
    for (int i = 1; i < count; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> texts;
    for (const auto& path : paths) {
        std::ifstream file{path, std::ios::binary};
        texts.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
        run(texts.back());
    }
    if (texts.empty()) return std::fputs("no corpus: name its folder\n", stderr), 1;
    std::mt19937 random{20240611};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        for (int n = 0; n < mutations_per_file; ++n) run(mutate(texts[i], texts[random() % texts.size()], random));
    }
    std::printf("%zu files, %zu mutations\n", texts.size(), texts.size() * mutations_per_file);
}
