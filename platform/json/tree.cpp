#include "platform/json/tree.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "platform/json/core/check.hpp"
#include "platform/secret.hpp"

namespace platform {
namespace {

class JsonCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "json"; }
    std::string message(int) const override { return "the text is not JSON"; }
};

/// Whether the brackets outside of strings nest deeper than that. A tree is copied, compared, written and cleansed by
/// recursion, whose stack has an end.
bool is_deeper(std::string_view text, std::size_t levels) noexcept {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string && c == '\\') {
            ++i;
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && (c == '[' || c == '{')) {
            if (++depth > levels) return true;
        } else if (!in_string && (c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return false;
}

}  // namespace

Error make_error_code(JsonErrc errc) noexcept {
    static const JsonCategory category;
    return {static_cast<int>(errc), category};
}

Result<nlohmann::json> parse_json(std::string_view text) {
    if (is_deeper(text, max_json_depth)) return make_error_code(JsonErrc::not_json);
    auto tree = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
    if (tree.is_discarded()) return make_error_code(JsonErrc::not_json);
    return tree;
}

const nlohmann::json* find(const nlohmann::json& value, std::string_view key) noexcept {
    if (!value.is_object()) return nullptr;
    const auto& members = value.get_ref<const nlohmann::json::object_t&>();
    const auto found = members.find(key);
    return found == members.end() ? nullptr : &found->second;
}

std::optional<std::string> get_string(const nlohmann::json& value, std::string_view key) {
    const auto* member = find(value, key);
    if (member == nullptr || !member->is_string()) return std::nullopt;
    return member->get_ref<const std::string&>();
}

std::optional<std::int64_t> get_integer(const nlohmann::json& value, std::string_view key) noexcept {
    const auto* member = find(value, key);
    if (member == nullptr || !member->is_number_integer()) return std::nullopt;
    if (member->is_number_unsigned() &&
        member->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return std::nullopt;
    }
    return member->get<std::int64_t>();
}

std::optional<bool> get_bool(const nlohmann::json& value, std::string_view key) noexcept {
    const auto* member = find(value, key);
    if (member == nullptr || !member->is_boolean()) return std::nullopt;
    return member->get<bool>();
}

std::string to_text(const nlohmann::json& value, int indent) {
    return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

void cleanse(nlohmann::json& value) noexcept {
    if (value.is_string()) return cleanse(value.get_ref<std::string&>());
    if (!value.is_structured()) return;
    for (auto& member : value) cleanse(member);
}

}  // namespace platform
