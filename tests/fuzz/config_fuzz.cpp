// The text of a configuration file: read, merged and judged, or refused with sentences that name their place.
#include <optional>
#include <string>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/config/option.hpp"
#include "bytes.hpp"
#include "platform/text.hpp"

using fuzz::expect;

namespace {

config::ConfigInput input_of(std::vector<config::Assignment> flags) {
    config::ConfigInput input;
    input.paths.environment = [](const char* name) {
        return std::string_view(name) == "HOME" ? std::optional<std::string>("/nonexistent") : std::nullopt;
    };
    input.flags = std::move(flags);
    return input;
}

void expect_sentences(const std::vector<config::ConfigError>& errors) {
    for (const auto& error : errors) {
        expect(!error.where.empty() && !error.what.empty(), "an error without a place or a sentence");
        expect(error.what.find('\n') == std::string::npos, "an error in several lines");
    }
}

/// Merges, judges and prints. What is printed can be read again, and is not refused.
void load(std::vector<config::Assignment> assignments) {
    const auto loaded = config::load_config(input_of(std::move(assignments)));
    expect_sentences(loaded.errors);
    if (!loaded.merged) return;
    std::vector<config::ConfigError> errors;
    auto again = config::read_toml(config::describe(loaded), "printed.toml", errors);
    expect(errors.empty(), "a configuration that was printed cannot be read");
    const auto second = config::load_config(input_of(std::move(again)));
    expect(second.merged, "a configuration that was printed is refused");
}

/// A line each: a byte that names the setting, and its value. Most random texts are no TOML.
std::vector<config::Assignment> assignments_of(fuzz::Bytes& bytes) {
    std::vector<config::Assignment> all;
    const auto& options = config::options();
    while (!bytes.empty()) {
        const auto& option = options[bytes.byte() % options.size()];
        all.push_back({option.key, {std::string(bytes.until('\n'))}, "line"});
    }
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint8_t line_by_line = 1;
    fuzz::Bytes bytes{data, size};
    if (size > 0 && data[0] == line_by_line) {
        bytes.byte();
        load(assignments_of(bytes));
        return 0;
    }
    std::vector<config::ConfigError> errors;
    auto assignments = config::read_toml(bytes.rest(), "agent.toml", errors);
    expect_sentences(errors);
    if (errors.empty()) load(std::move(assignments));
    return 0;
}
