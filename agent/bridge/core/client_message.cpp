#include "agent/bridge/core/client_message.hpp"

#include "platform/json/core/check.hpp"
#include "platform/json/core/slice.hpp"

namespace bridge {

std::string refusal_of(std::string_view message) {
    const auto verdict = platform::check_json(message);
    if (!verdict.ok()) {
        std::string text = "JSON: ";
        text += platform::describe(verdict.fault);
        text += " at position " + std::to_string(verdict.position);
        return R"({"error":{"code":-32700,"message":")" + text + "\"}}";
    }
    const auto value = message.substr(platform::skip_json_space(message, 0));
    if (platform::json_kind(value) == platform::JsonKind::object) return {};
    return R"({"error":{"code":-32600,"message":"Message must be an object"}})";
}

}  // namespace bridge
