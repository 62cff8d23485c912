#include "agent/bridge/watch_text.hpp"

#include <cstdint>
#include <utility>

#include "platform/json/core/slice.hpp"
#include "platform/text.hpp"

namespace bridge {
namespace {

using platform::append_quoted;

/// Of a client's name for a person. The whole name has 32 digits.
constexpr std::size_t shown_name = 4;
/// As wide as "client a1b2".
constexpr std::string_view single_command = "call       ";
/// Parameters with less room than this say nothing.
constexpr std::size_t least_params = 8;

std::string whom(const Sight& sight) {
    if (sight.client.empty()) return std::string{single_command};
    return "client " + platform::clean(sight.client.substr(0, shown_name));
}

/// 7 as "7.4" of 7.42.
std::string with_tenth(std::uint64_t tenths) {
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::string size_for_people(std::uint64_t bytes) {
    constexpr std::uint64_t kilo = 1000, mega = 1000 * 1000;
    if (bytes < kilo) return std::to_string(bytes) + " B";
    if (bytes < mega) return with_tenth(bytes / (kilo / 10)) + " kB";
    return with_tenth(bytes / (mega / 10)) + " MB";
}

std::string time_for_people(Duration took) {
    const auto ms = static_cast<std::uint64_t>(took / std::chrono::milliseconds{1});
    constexpr std::uint64_t in_seconds = 10'000;
    constexpr std::uint64_t tenth = 100;
    return ms < in_seconds ? std::to_string(ms) + " ms" : with_tenth(ms / tenth) + " s";
}

/// What stands behind the parameters.
std::string outcome_of(const Sight& sight) {
    if (sight.kind == Sight::Kind::waiting) return " … no answer yet";
    if (sight.kind != Sight::Kind::answer) return {};
    std::string text = " … ";
    if (sight.command_heard) text += time_for_people(sight.took) + " ";
    if (sight.ok) return text + "ok (" + size_for_people(sight.bytes) + ")";
    return text + "failed: " + platform::clean(sight.text) + " (" + std::to_string(sight.code) + ")";
}

/// What stands in front of the parameters.
std::string begin_line(const Sight& sight, std::string_view time) {
    std::string line = std::string{time} + " ";
    switch (sight.kind) {
        case Sight::Kind::event:
            return line + whom(sight) + " ← " + platform::clean(sight.method);
        case Sight::Kind::ended:
            return line + whom(sight) + " was ended: " + platform::clean(sight.text);
        case Sight::Kind::note:
            return line + (sight.client.empty() ? "" : whom(sight) + " ") + platform::clean(sight.text);
        case Sight::Kind::answer:
        case Sight::Kind::waiting:
            break;
    }
    line += whom(sight) + " → ";
    return line + (sight.command_heard ? platform::clean(sight.method) : "a command that was not heard");
}

std::string_view name_of(Sight::Kind kind) {
    switch (kind) {
        case Sight::Kind::answer:
            return "answer";
        case Sight::Kind::waiting:
            return "waiting";
        case Sight::Kind::event:
            return "event";
        case Sight::Kind::ended:
            return "ended";
        case Sight::Kind::note:
            break;
    }
    return "note";
}

class ObjectLine {
  public:
    void text(std::string_view name, std::string_view value) {
        begin(name);
        append_quoted(out_, value);
    }
    void text_if(std::string_view name, std::string_view value) {
        if (!value.empty()) text(name, value);
    }
    /// JSON text: white space between its tokens may hold line ends.
    void raw(std::string_view name, std::string_view value) {
        begin(name);
        for (const char c : value) out_ += c == '\n' || c == '\r' ? ' ' : c;
    }
    std::string end() { return std::move(out_ += '}'); }

  private:
    void begin(std::string_view name) {
        out_ += out_.empty() ? '{' : ',';
        append_quoted(out_, name);
        out_ += ':';
    }
    std::string out_;
};

void write_answer(ObjectLine& line, const Sight& sight) {
    if (sight.command_heard) {
        constexpr auto tenth_of_ms = std::chrono::microseconds{100};
        line.raw("ms", with_tenth(static_cast<std::uint64_t>(sight.took / tenth_of_ms)));
    }
    line.raw("ok", sight.ok ? "true" : "false");
    if (sight.ok) return line.raw("bytes", std::to_string(sight.bytes));
    ObjectLine error;
    error.raw("code", std::to_string(sight.code));
    error.text("message", sight.text);
    line.raw("error", error.end());
}

}  // namespace

std::string write_watch_line(const Sight& sight, std::string_view time, std::size_t room) {
    std::string line = begin_line(sight, time);
    const std::string outcome = outcome_of(sight);
    const std::size_t taken = line.size() + outcome.size() + 1;
    if (!sight.params.empty() && taken + least_params <= room) {
        line += ' ';
        line += platform::clean(sight.params, room - taken);
    }
    return platform::clean(line + outcome, room);
}

std::string write_watch_json(const Sight& sight, std::string_view time) {
    ObjectLine line;
    line.text("time", time);
    line.text("kind", name_of(sight.kind));
    line.text_if("client", sight.client);
    line.text_if("session", sight.session);
    if (!sight.id.empty()) line.raw("id", sight.id);
    line.text_if("method", sight.method);
    const bool whole = sight.params.size() == sight.params_bytes;
    if (whole && !sight.params.empty()) line.raw("params", sight.params);
    if (!whole) line.raw("paramsBytes", std::to_string(sight.params_bytes));
    if (sight.kind == Sight::Kind::answer) write_answer(line, sight);
    if (sight.kind == Sight::Kind::ended) line.text("reason", sight.text);
    if (sight.kind == Sight::Kind::note) line.text("text", sight.text);
    return line.end();
}

}  // namespace bridge
