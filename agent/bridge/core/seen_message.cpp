#include "agent/bridge/core/seen_message.hpp"

#include "agent/bridge/core/far_text.hpp"
#include "platform/json/core/slice.hpp"

namespace bridge {
namespace {

using platform::JsonKind;

/// The contract's bounds.
constexpr std::size_t most_id = 256;
constexpr std::size_t most_seen_word = 128;

std::string seen_word(std::string_view value) {
    std::string scratch;
    if (platform::json_kind(value) != JsonKind::string) return {};
    return std::string{platform::unescape(value, scratch).substr(0, most_seen_word)};
}

std::string seen_id(std::string_view value) {
    const auto kind = platform::json_kind(value);
    const bool fits = (kind == JsonKind::number || kind == JsonKind::string) && value.size() <= most_id;
    return fits ? std::string{value} : std::string{};
}

}  // namespace

SeenText read_seen(std::string_view object) {
    SeenText text;
    const auto take = [&text](std::string_view key, std::string_view value) {
        if (key == "id") text.sight.id = seen_id(value);
        if (key == "method") text.sight.method = seen_word(value);
        if (key == "sessionId") text.sight.session = seen_word(value);
        if (key == "params") text.params = value;
        if (key == "result") text.result = value;
        if (key == "error" && platform::json_kind(value) == JsonKind::object) text.error = value;
        return true;
    };
    text.readable = platform::for_each_member(object, take, platform::max_json_depth_limit).ok();
    text.sight.params = text.params.substr(0, SeenMessage::most_params);
    text.sight.params_bytes = text.params.size();
    return text;
}

SeenMessage seen_answer(const SeenText& text) {
    SeenMessage sight = text.sight;
    sight.kind = SeenMessage::Kind::answer;
    sight.ok = text.error.empty();
    sight.bytes = text.result.size();
    if (sight.ok) return sight;
    ErrorText error = read_error(text.error);
    sight.code = error.code;
    sight.text = std::move(error.message);
    return sight;
}

}  // namespace bridge
