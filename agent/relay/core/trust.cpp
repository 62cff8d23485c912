#include "agent/relay/core/trust.hpp"

#include <algorithm>

#include "agent/relay/core/client_text.hpp"

namespace relay {
namespace {

constexpr std::string_view of_lines = "trust.controllers";
constexpr std::string_view of_file = "trust.controllers_file";
constexpr std::string_view of_policy = "trust.policy";

std::string line_text(const KeyList& list) {
    return "line " + std::to_string(list.line) + ' ' + list.wrong;
}

std::optional<Profile> profile_named(std::string_view name) noexcept {
    for (const auto& [word, profile] : profile_names) {
        if (word == name) return profile;
    }
    return std::nullopt;
}

}  // namespace

Trust::Trust(const TrustSettings& settings) : require_{settings.require} {
    read_keys(settings);
    if (!wrong_) read_policy(settings.policy);
    if (wrong_) keys_.clear();
}

void Trust::read_keys(const TrustSettings& settings) {
    KeyList lines = read_key_lines(settings.controllers);
    if (!lines.wrong.empty()) {
        wrong_ = Wrong{of_lines, line_text(lines)};
        return;
    }
    KeyList file = read_key_file(settings.controllers_text);
    if (!file.wrong.empty()) {
        wrong_ = Wrong{of_file, line_text(file)};
        return;
    }
    keys_ = std::move(lines.keys);
    for (TrustedKey& key : file.keys) {
        if (find_key(keys_, key.key) == nullptr) keys_.push_back(std::move(key));
    }
}

void Trust::read_policy(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        const std::size_t equals = word.rfind('=');
        const std::string name = word.substr(0, equals);
        const auto profile = equals == std::string::npos ? std::nullopt : profile_named(word.substr(equals + 1));
        const auto named = [&name](const TrustedKey& key) { return key.name == name; };
        if (!profile) {
            wrong_ = Wrong{of_policy, "must give each name a profile: observe, test or full"};
        } else if (name.empty() || std::none_of(keys_.begin(), keys_.end(), named)) {
            // One that is misspelt would leave a key with more than its owner meant it to have.
            wrong_ = Wrong{of_policy, "names a key that is not listed (" + name + ")"};
        } else if (!profiles_.emplace(name, *profile).second) {
            wrong_ = Wrong{of_policy, "names a key twice (" + name + ")"};
        }
        if (wrong_) return;
    }
}

std::string_view Trust::plain_refusal(std::string_view method) const noexcept {
    if (require_ != Require::all) return {};
    if (method == open_client || method == close_client || method == "Agent.getInfo") return {};
    return "This machine takes commands from sealed clients alone (trust.require = \"all\"): open a client with a key "
           "that it lists.";
}

std::string_view Trust::plain_client_refusal() const noexcept {
    if (require_ == Require::off) return {};
    return "This machine takes sealed clients alone (trust.require): open one with \"tls\" and a key that it lists.";
}

std::string Trust::require_member() const {
    return R"("require":")" + std::string{platform::name_in(require_names, require_)} + '"';
}

}  // namespace relay
