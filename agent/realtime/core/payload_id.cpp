#include "agent/realtime/core/payload_id.hpp"

#include "platform/json/core/check.hpp"
#include "platform/json/core/slice.hpp"

namespace realtime {

std::string_view id_in(std::string_view payload) {
    std::string_view id;
    const auto read = [&id](std::string_view key, std::string_view value) {
        if (key == "id") id = value;
        return id.empty();
    };
    if (platform::json_kind(payload) == platform::JsonKind::object) platform::for_each_member(payload, read);
    return id;
}

std::string_view id_of_answered(std::string_view command) {
    constexpr std::string_view post = R"("Agent.post")";
    std::string_view id;
    std::string_view method;
    const auto read = [&](std::string_view key, std::string_view value) {
        if (key == "id") id = value;
        if (key == "method") method = value;
        return id.empty() || method.empty();
    };
    if (platform::json_kind(command) == platform::JsonKind::object) platform::for_each_member(command, read);
    if (method == post) return {};
    const auto kind = platform::json_kind(id);
    const bool may_be_one = kind == platform::JsonKind::string || kind == platform::JsonKind::number;
    return may_be_one && platform::check_json(id).ok() ? id : std::string_view{};
}

}  // namespace realtime
