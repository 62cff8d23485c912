// The text of a configuration file: read, merged and judged, or refused with sentences that name their place.
#include <optional>
#include <string>
#include <vector>

#include "agent/config/config.hpp"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    std::vector<config::ConfigError> errors;
    auto assignments = config::read_toml(text, "agent.toml", errors);
    expect_sentences(errors);
    if (!errors.empty()) return 0;
    const auto loaded = config::load_config(input_of(std::move(assignments)));
    expect_sentences(loaded.errors);
    if (!loaded.merged) return 0;
    // What is printed can be read again, and says the same.
    const auto printed = config::describe(loaded);
    auto again = config::read_toml(printed, "printed.toml", errors);
    expect(errors.empty(), "a configuration that was printed cannot be read");
    const auto second = config::load_config(input_of(std::move(again)));
    expect(second.merged, "a configuration that was printed is refused");
    return 0;
}
