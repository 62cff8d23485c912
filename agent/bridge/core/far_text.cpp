#include "agent/bridge/core/far_text.hpp"

#include <charconv>

#include "agent/realtime/core/budget.hpp"
#include "agent/realtime/core/raw_payload.hpp"
#include "agent/relay/core/client_text.hpp"
#include "platform/core/base64.hpp"
#include "platform/json/core/slice.hpp"

namespace bridge {
namespace {

using platform::append_quoted;
using platform::JsonKind;

/// A name or a word of the other end's is kept up to this length.
constexpr std::size_t max_word = 256;
constexpr std::size_t max_sentence = 2048;
/// Base64 of the records that a far agent's TLS begins with.
constexpr std::size_t max_greeting = std::size_t{64} << 10;

template <class Visit>
bool walk(std::string_view object, Visit&& visit) {
    const auto every = [&visit](std::string_view key, std::string_view value) {
        visit(key, value);
        return true;
    };
    return platform::for_each_member(object, every, platform::max_json_depth_limit).ok();
}

std::string text_of(std::string_view value, std::size_t most) {
    std::string scratch;
    if (platform::json_kind(value) != JsonKind::string) return {};
    const auto text = platform::unescape(value, scratch);
    return text.size() <= most ? std::string{text} : std::string{};
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
    if (out.back() != '{') out += ',';
    append_quoted(out, name);
    out += ':';
    append_quoted(out, text);
}

void take_data(ErrorText& out, std::string_view data) {
    if (platform::json_kind(data) != JsonKind::object) return;
    walk(data, [&out](std::string_view key, std::string_view value) {
        if (key == "source") out.source = text_of(value, max_word);
        if (key == "reason") out.reason = text_of(value, max_word);
        if (key == "stream") out.stream = text_of(value, max_word);
        if (key == "size") platform::read_unsigned(value, out.size);
    });
}

/// A pace that is no number of this range is none.
void take_pace(std::optional<double>& pace, std::string_view value) {
    constexpr double least = realtime::Budget::least_left;
    constexpr double most = 1e6;
    double number = -1;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), number);
    if (end.ec != std::errc{} || end.ptr != value.data() + value.size()) return;
    if (number == 0 || (number >= least && number <= most)) pace = number;
}

std::string ended_reason(std::string_view ended) {
    std::string reason;
    if (platform::json_kind(ended) == JsonKind::object) {
        walk(ended, [&reason](std::string_view key, std::string_view value) {
            if (key == "reason") reason = text_of(value, max_word);
        });
    }
    return reason.empty() ? "unknown" : reason;
}

}  // namespace

std::string write_command(const CommandText& command) {
    constexpr std::size_t around = 128;
    std::string out = R"({"id":")";
    out.reserve(command.params.size() + command.session.size() + command.method.size() + around);
    out.append(command.id).append(1, '"');
    append_text(out, "method", command.method);
    if (!command.params.empty()) out.append(R"(,"params":)").append(command.params);
    if (!command.session.empty()) append_text(out, "sessionId", command.session);
    if (command.timeout.count() > 0) out.append(R"(,"timeoutMs":)").append(std::to_string(command.timeout.count()));
    return out += '}';
}

std::string write_post(std::string_view id, std::string_view client, std::string_view members, std::string_view raw) {
    std::string out = R"({"id":")";
    out.reserve(members.size() + raw.size() + post_envelope);
    out.append(id).append(R"(","method":")").append(relay::post_to_client).append(R"(","params":{)");
    append_text(out, "client", client);
    out.append(1, ',').append(members).append("}}");
    if (!raw.empty()) realtime::append_raw(out, raw);
    return out;
}

std::string write_open(std::string_view target, std::string_view label, bool exclusive,
                       std::chrono::milliseconds lease) {
    std::string out = "{";
    append_text(out, "label", label.substr(0, relay::max_label_bytes));
    if (!target.empty()) append_text(out, "target", target);
    if (exclusive) out += R"(,"exclusive":true)";
    return out.append(R"(,"leaseMs":)").append(std::to_string(lease.count())).append(1, '}');
}

ResultText read_result(std::string_view payload) {
    ResultText out;
    bool told = false;
    const bool whole = walk(payload, [&](std::string_view key, std::string_view value) {
        if (key == "id") out.id = text_of(value, max_word);
        if (key == "result") out.result = value;
        if (key == "error" && platform::json_kind(value) == JsonKind::object) out.error = value;
        if (key != "ok") return;
        told = platform::json_kind(value) == JsonKind::boolean;
        out.ok = value == "true";
    });
    out.readable = whole && told && (out.ok ? !out.result.empty() : !out.error.empty());
    return out;
}

ErrorText read_error(std::string_view error) {
    ErrorText out;
    walk(error, [&out](std::string_view key, std::string_view value) {
        if (key == "code") std::from_chars(value.data(), value.data() + value.size(), out.code);
        if (key == "message") out.message = text_of(value, max_sentence);
        if (key == "data") take_data(out, value);
    });
    return out;
}

std::string write_bridge_error(std::string_view reason, std::string_view message, std::string_view source) {
    std::string out = R"({"code":-32000)";
    append_text(out, "message", message);
    out += R"(,"data":{)";
    append_text(out, "source", source);
    append_text(out, "reason", reason);
    return out += "}}";
}

OpenedText read_opened(std::string_view result) {
    OpenedText out;
    walk(result, [&out](std::string_view key, std::string_view value) {
        if (key == "client") out.client = text_of(value, max_client_name);
        if (key == "instance") out.instance = text_of(value, max_word);
        if (key == "binary") out.binary = value == "true";
        if (key == "data") out.data = platform::from_base64(text_of(value, max_greeting)).value_or("");
        if (key != "limits" || platform::json_kind(value) != JsonKind::object) return;
        walk(value, [&out](std::string_view name, std::string_view number) {
            if (name == "payloadBytes") platform::read_unsigned(number, out.payload);
            if (name == "messageBytes") platform::read_unsigned(number, out.message);
            if (name == "leaseMs") platform::read_unsigned(number, out.lease_ms);
            if (name == relay::pace_member) take_pace(out.pace, number);
        });
    });
    return out;
}

EventText read_event(std::string_view payload) {
    EventText out;
    const bool whole = walk(payload, [&out](std::string_view key, std::string_view value) {
        if (key == "client") out.client = text_of(value, max_client_name);
        if (key == "instance") out.instance = text_of(value, max_word);
        if (key == "ended") out.ended = ended_reason(value);
        if (key != "limits" || platform::json_kind(value) != JsonKind::object) return;
        walk(value, [&out](std::string_view name, std::string_view number) {
            if (name == relay::pace_member) take_pace(out.pace, number);
        });
    });
    return whole ? out : EventText{};
}

PieceText read_piece(std::string_view result) {
    PieceText out;
    bool told = false;
    walk(result, [&](std::string_view key, std::string_view value) {
        if (key == "data" && platform::json_kind(value) == JsonKind::string) out.data = value;
        if (key != "eof") return;
        told = platform::json_kind(value) == JsonKind::boolean;
        out.eof = value == "true";
    });
    out.readable = told && !out.data.empty();
    return out;
}

}  // namespace bridge
