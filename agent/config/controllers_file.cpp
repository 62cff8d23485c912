#include "agent/config/controllers_file.hpp"

#include <utility>

#include "platform/file.hpp"
#include "platform/trust.hpp"

namespace config {
namespace {

/// Room for as many keys as are taken, with long names.
constexpr std::size_t controllers_bytes = 1 << 20;

}  // namespace

void read_controllers(Loaded& loaded) {
    auto& trust = loaded.config.relay.trust;
    if (trust.controllers_file.empty()) return;
    const auto found = loaded.origins.find("trust.controllers_file");
    const std::string origin = found != loaded.origins.end() ? found->second : std::string{};
    const std::filesystem::path file = trust.controllers_file;
    if (file.is_relative() && !origin.starts_with("--")) return;  // it is refused for that
    if (auto wrong = platform::why_not_trusted(file); !wrong.empty()) {
        loaded.errors.push_back({origin, "trust.controllers_file: " + wrong});
        return;
    }
    auto text = platform::read_file(file, controllers_bytes);
    if (text) {
        trust.controllers_text = std::move(*text);
        return;
    }
    loaded.errors.push_back({origin, "trust.controllers_file (" + file.string() + "): " + text.error().message()});
}

}  // namespace config
