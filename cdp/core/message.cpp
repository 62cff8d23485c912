#include "cdp/core/message.hpp"

#include <charconv>

#include "platform/json/core/slice.hpp"

namespace cdp {
namespace {

constexpr std::string_view id_key = R"({"id":)";
constexpr std::string_view result_key = R"(,"result":)";
constexpr std::string_view error_key = R"(,"error":)";
constexpr std::string_view method_key = R"({"method":")";
constexpr std::string_view params_key = R"(,"params":)";
constexpr std::string_view session_key = R"(,"sessionId":")";

bool read_id(std::string_view text, std::int32_t& id, std::size_t& length) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
    length = static_cast<std::size_t>(end - text.data());
    return ec == std::errc{};
}

/// Splits `body` + optional session off the end of a message: `…}}` has none, `…},"sessionId":"S"}` has one.
bool split_tail(std::string_view rest, Message& message) {
    if (!rest.starts_with('{') || !rest.ends_with('}')) return false;
    rest.remove_suffix(1);
    if (rest.ends_with('}')) {
        message.body = rest;
        return true;
    }
    if (!rest.ends_with('"')) return false;
    rest.remove_suffix(1);
    const auto quote = rest.rfind('"');
    if (quote == std::string_view::npos) return false;
    const auto body = rest.substr(0, quote + 1);
    if (!body.ends_with(session_key)) return false;
    message.session = rest.substr(quote + 1);
    message.body = body.substr(0, body.size() - session_key.size());
    return message.body.ends_with('}');
}

bool fast_reply(std::string_view text, Message& message) {
    text.remove_prefix(id_key.size());
    std::size_t length = 0;
    if (!read_id(text, message.id, length)) return false;
    message.has_id = true;
    text.remove_prefix(length);
    if (text.starts_with(result_key)) {
        message.kind = Message::Kind::result;
        return split_tail(text.substr(result_key.size()), message);
    }
    if (text.starts_with(error_key)) {
        message.kind = Message::Kind::error;
        return split_tail(text.substr(error_key.size()), message);
    }
    return false;
}

bool fast_event(std::string_view text, Message& message) {
    text.remove_prefix(method_key.size());
    const auto quote = text.find('"');
    if (quote == std::string_view::npos) return false;
    message.kind = Message::Kind::event;
    message.method = text.substr(0, quote);
    text.remove_prefix(quote + 1);
    if (!text.starts_with(params_key) || message.method.find('\\') != std::string_view::npos) return false;
    return split_tail(text.substr(params_key.size()), message);
}

bool plain_string(std::string_view value, std::string_view& out) {
    if (!platform::is_plain_string(value)) return false;
    out = value.substr(1, value.size() - 2);
    return true;
}

/// Keys in any order, white space anywhere: an endpoint that is not quite Chrome.
Message walk(std::string_view text) {
    Message message;
    bool readable = true;
    const auto verdict = platform::for_each_member(
        text,
        [&](std::string_view key, std::string_view value) {
            std::size_t length = 0;
            if (key == "id") {
                message.has_id = read_id(value, message.id, length) && length == value.size();
            } else if (key == "method") {
                readable = plain_string(value, message.method) && readable;
                message.kind = Message::Kind::event;
            } else if (key == "result" || key == "error") {
                message.kind = key == "result" ? Message::Kind::result : Message::Kind::error;
                message.body = value;
            } else if (key == "params") {
                message.body = value;
            } else if (key == "sessionId") {
                readable = plain_string(value, message.session) && readable;
            }
            return true;
        },
        platform::max_json_depth_limit);
    if (!verdict.ok() || !readable || (message.kind == Message::Kind::result && !message.has_id)) return {};
    return message;
}

}  // namespace

Message classify(std::string_view text) {
    Message message;
    if (text.starts_with(id_key) && fast_reply(text, message)) return message;
    message = {};
    if (text.starts_with(method_key) && fast_event(text, message)) return message;
    return walk(text);
}

bool leading_id(std::string_view beginning, std::int32_t& id) {
    std::size_t length = 0;
    return beginning.starts_with(id_key) && read_id(beginning.substr(id_key.size()), id, length);
}

void Envelope::write(std::int32_t id, std::string_view method, bool with_params, std::string_view session) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, id).ptr;
    head.assign(id_key).append(digits, end).append(R"(,"method":")").append(method).append(1, '"');
    if (with_params) head.append(params_key);
    tail.clear();
    if (!session.empty()) tail.append(session_key).append(session).append(1, '"');
    tail.append(1, '}');
}

}  // namespace cdp
