#include "agent/daemon/device_facts.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>

#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace agent::daemon {
namespace {

using nlohmann::json;

/// Of a field's name and of its value, in bytes, on a line of the log.
constexpr std::size_t name_bytes = 100;
constexpr std::size_t value_bytes = 80;
/// Words that no random token is shorter than, and that no ordinary word is longer than.
constexpr std::size_t token_like = 24;
/// Nesting that is looked into; what lies deeper is compared as a whole.
constexpr int depth_most = 8;

constexpr std::string_view hidden = "(hidden)";
constexpr std::array<std::string_view, 13> secret_names{"password", "passwd", "passphrase", "secret", "token",
                                                        "key",      "auth",   "credential", "cookie", "session",
                                                        "private",  "cert",   "signature"};

std::string lower(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

/// A run of letters and digits without a space, long, and with both of them: tokens, hashes, keys.
bool is_token_like(std::string_view text) {
    std::size_t run = 0;
    bool digit = false;
    bool letter = false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool part = std::isalnum(byte) != 0 || c == '+' || c == '/' || c == '=' || c == '_' || c == '-';
        if (!part) {
            run = 0;
            digit = letter = false;
            continue;
        }
        ++run;
        digit = digit || std::isdigit(byte) != 0;
        letter = letter || std::isalpha(byte) != 0;
        if (run >= token_like && digit && letter) return true;
    }
    return false;
}

std::string text_of(const json& value) {
    return value.is_string() ? value.get<std::string>() : platform::to_text(value);
}

/// The fields of a tree by their dotted names, each with its JSON text.
using Fields = std::map<std::string, const json*>;

void flatten(const json& value, const std::string& name, int depth, Fields& into) {
    if (!value.is_object() || value.empty() || depth == depth_most) {
        into.emplace(name, &value);
        return;
    }
    for (const auto& [key, inner] : value.items())
        flatten(inner, name.empty() ? key : name + "." + key, depth + 1, into);
}

Fields fields_of(const json& tree) {
    Fields fields;
    if (tree.is_object() && !tree.empty()) flatten(tree, "", 0, fields);
    return fields;
}

std::string shown_value(const std::string& name, const json* value) {
    if (value == nullptr) return "(none)";
    if (looks_secret(name, text_of(*value))) return std::string{hidden};
    return platform::clean(platform::to_text(*value), value_bytes);
}

void hide(json& value, const std::string& name, int depth) {
    if (value.is_object() && !value.empty() && depth < depth_most) {
        for (auto& [key, inner] : value.items()) hide(inner, name.empty() ? key : name + "." + key, depth + 1);
    } else if (looks_secret(name, text_of(value))) {
        value = hidden;
    }
}

}  // namespace

DeviceFacts read_facts(std::string_view text, std::string_view device_uuid) {
    DeviceFacts facts;
    facts.device_uuid = device_uuid;
    const auto tree = platform::parse_json(text);
    if (!tree || platform::get_string(*tree, "device_uuid") != facts.device_uuid) return facts;
    facts.name = platform::get_string(*tree, "name");
    const auto* settings = platform::find(*tree, "settings");
    if (settings != nullptr && settings->is_object()) facts.settings = platform::to_text(*settings);
    return facts;
}

std::string facts_text(const DeviceFacts& facts) {
    json tree = {{"format", 1}, {"device_uuid", facts.device_uuid}};
    if (facts.name) tree["name"] = *facts.name;
    if (facts.settings) {
        auto settings = platform::parse_json(*facts.settings);
        if (settings) tree["settings"] = std::move(*settings);
    }
    return platform::to_text(tree) + "\n";
}

bool looks_secret(std::string_view name, std::string_view text) {
    const std::string lowered = lower(name);
    for (const auto word : secret_names) {
        if (lowered.find(word) != std::string::npos) return true;
    }
    // Credentials within an address: scheme://user:password@host.
    const auto scheme = text.find("://");
    if (scheme != std::string_view::npos && text.find('@', scheme) != std::string_view::npos) return true;
    return text.find("eyJ") != std::string_view::npos || text.find("-----BEGIN") != std::string_view::npos ||
           is_token_like(text);
}

std::vector<std::string> setting_changes(std::string_view before, std::string_view after, std::size_t most) {
    const auto old_tree = platform::parse_json(before);
    const auto new_tree = platform::parse_json(after);
    const auto old_fields = old_tree ? fields_of(*old_tree) : Fields{};
    const auto new_fields = new_tree ? fields_of(*new_tree) : Fields{};
    Fields all = old_fields;
    all.insert(new_fields.begin(), new_fields.end());
    std::vector<std::string> lines;
    std::size_t left_out = 0;
    for (const auto& [name, unused] : all) {
        const auto was = old_fields.find(name);
        const auto is = new_fields.find(name);
        const json* const from = was == old_fields.end() ? nullptr : was->second;
        const json* const to = is == new_fields.end() ? nullptr : is->second;
        if (from != nullptr && to != nullptr && *from == *to) continue;
        if (lines.size() == most) {
            ++left_out;
            continue;
        }
        lines.push_back(platform::clean(name, name_bytes) + ": " + shown_value(name, from) + " -> " +
                        shown_value(name, to));
    }
    if (left_out > 0) lines.push_back("and " + std::to_string(left_out) + " more");
    return lines;
}

std::string shown_settings(std::string_view settings) {
    auto tree = platform::parse_json(settings);
    if (!tree || !tree->is_object()) return "{}";
    hide(*tree, "", 0);
    return platform::to_text(*tree);
}

}  // namespace agent::daemon
