#include "platform/json/tree.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "platform/secret.hpp"

namespace platform {
namespace {

class JsonCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "json"; }
    std::string message(int) const override { return "the text is not JSON"; }
};

}  // namespace

Error make_error_code(JsonErrc errc) noexcept {
    static const JsonCategory category;
    return {static_cast<int>(errc), category};
}

Result<nlohmann::json> parse_json(std::string_view text) {
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
