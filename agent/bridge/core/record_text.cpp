#include "agent/bridge/core/record_text.hpp"

#include "platform/core/names.hpp"

namespace bridge {
namespace {

using Kind = SeenMessage::Kind;

bool has_params(const SeenMessage& sight) noexcept {
    return sight.kind == Kind::event || sight.kind == Kind::waiting || sight.kind == Kind::answer;
}

void write_params(ObjectLine& line, const SeenMessage& sight) {
    const auto safe = recorded_params(sight);
    if (safe.kept.empty()) return;
    line.raw("params", safe.kept);
    if (safe.left_out.empty()) return;
    std::string names;
    for (const auto& name : safe.left_out) {
        names += names.empty() ? '[' : ',';
        platform::append_quoted(names, name);
    }
    line.raw("leftOut", names += ']');
}

/// The outcome of an answer: "ms", "ok", and "bytes" or "error".
void write_outcome(ObjectLine& line, const SeenMessage& sight, std::string_view message) {
    if (sight.command_heard) line.milliseconds("ms", sight.took);
    line.flag("ok", sight.ok);
    if (sight.ok) return line.number("bytes", sight.bytes);
    ObjectLine error;
    error.raw("code", std::to_string(sight.code));
    error.text("message", message);
    line.raw("error", error.end());
}

}  // namespace

SafeParams recorded_params(const SeenMessage& sight) {
    const bool whole = sight.params.size() == sight.params_bytes;
    if (!whole || sight.params.empty()) return {};
    const auto author = sight.kind == Kind::event ? Author::browser : Author::controller;
    return safe_params(sight.method, sight.params, author);
}

std::string write_record_head(const RecordHead& head, std::string_view time) {
    ObjectLine line;
    line.number("recording", recording_format);
    line.text("time", time);
    line.text("device", head.device);
    line.text_if("name", head.name);
    line.text("by", head.by);
    line.flag("withParams", head.with_params);
    return line.end();
}

std::string write_record(const SeenMessage& sight, std::string_view time, bool with_params) {
    ObjectLine line;
    line.text("time", time);
    line.text("kind", platform::name_in(seen_kinds, sight.kind));
    if (sight.kind != Kind::note) {
        const bool down = sight.kind == Kind::event || sight.kind == Kind::ended;
        line.text("direction", down ? "down" : "up");
    }
    line.text_if("client", sight.client);
    line.text_if("session", sight.session);
    if (!sight.id.empty()) line.raw("id", sight.id);
    line.text_if("method", sight.method);
    const bool told = has_params(sight) && sight.command_heard && !types_text(sight.method);
    if (told) line.number("paramsBytes", sight.params_bytes);
    if (with_params && has_params(sight)) write_params(line, sight);
    const auto text = std::string_view{sight.text}.substr(0, most_record_text);
    if (sight.kind == Kind::answer) write_outcome(line, sight, text);
    if (sight.kind == Kind::ended) line.text("reason", text);
    if (sight.kind == Kind::note) line.text("text", text);
    return line.end();
}

}  // namespace bridge
