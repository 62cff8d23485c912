#include "agent/bridge/core/replay_line.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "platform/core/names.hpp"
#include "platform/json/core/slice.hpp"

namespace bridge {
namespace {

using platform::JsonKind;

constexpr std::size_t most_replayed_text = 1024;

/// The digits at that place of the text; nothing: there are others.
std::optional<unsigned> digits(std::string_view text, std::size_t from, std::size_t count) {
    unsigned value = 0;
    const auto* begin = text.data() + from;
    const auto [end, wrong] = std::from_chars(begin, begin + count, value);
    if (wrong != std::errc{} || end != begin + count) return std::nullopt;
    return value;
}

std::string padded(unsigned value, std::size_t width) {
    auto text = std::to_string(value);
    return text.insert(0, width - std::min(width, text.size()), '0');
}

/// Reads members one by one, and keeps the first complaint.
class ReplayMembers {
  public:
    explicit ReplayMembers(ReplayLine& line) : line_{line} {}

    void take(std::string_view name, std::string_view value) {
        if (name == "recording") return take_format(value);
        if (name == "time") return take_time(value);
        if (name == "kind") return take_kind(value);
        if (name == "error") return take_error(value);
        SeenMessage& sight = line_.sight;
        for (auto& [key, into] : {std::pair{"client", &sight.client},
                                  {"session", &sight.session},
                                  {"method", &sight.method},
                                  {"reason", &sight.text},
                                  {"text", &sight.text},
                                  {"device", &head_.device},
                                  {"name", &head_.name},
                                  {"by", &head_.by}}) {
            if (name == key) take_text(name, value, *into);
        }
        if (name == "id") sight.id = value.substr(0, most_replayed_text);
        if (name == "ms") take_took(value);
        if (name == "ok") take_flag(name, value, sight.ok);
        if (name == "withParams") take_flag(name, value, head_.with_params);
        if (name == "bytes") take_size(name, value, sight.bytes);
        if (name == "paramsBytes") take_size(name, value, sight.params_bytes);
    }

    /// What is wrong with the whole.
    std::string end() {
        if (!wrong_.empty()) return wrong_;
        if (!timed_) return R"(it has no "time": this is no line of a recording)";
        if (first_) line_.head = std::move(head_);
        if (!first_ && !kind_) return R"(it has no "kind": this is no line of a recording)";
        return {};
    }

  private:
    void complain(std::string sentence) {
        if (wrong_.empty()) wrong_ = std::move(sentence);
    }
    void complain(std::string_view name, std::string_view what) {
        complain('"' + std::string{name} + "\" is " + std::string{what});
    }

    void take_text(std::string_view name, std::string_view value, std::string& into) {
        std::string scratch;
        if (platform::json_kind(value) != JsonKind::string) return complain(name, "no text");
        into = platform::unescape(value, scratch).substr(0, most_replayed_text);
    }

    void take_flag(std::string_view name, std::string_view value, bool& into) {
        if (platform::json_kind(value) != JsonKind::boolean) return complain(name, "neither true nor false");
        into = value == "true";
    }

    void take_size(std::string_view name, std::string_view value, std::size_t& into) {
        std::uint64_t size = 0;
        if (!platform::read_unsigned(value, size)) return complain(name, "no number of bytes");
        into = size;
    }

    void take_format(std::string_view value) {
        std::uint64_t format = 0;
        if (!platform::read_unsigned(value, format)) return complain("recording", "no number");
        first_ = true;
        if (format > recording_format)
            complain("the recording has the format " + std::to_string(format) +
                     ", and this version of the agent reads " + std::to_string(recording_format));
    }

    void take_time(std::string_view value) {
        std::string text;
        take_text("time", value, text);
        const auto time = read_record_time(text);
        if (!time) return complain("time", "no time such as 2026-12-01T12:01:02.345Z");
        line_.time = *time;
        timed_ = true;
    }

    void take_kind(std::string_view value) {
        std::string word;
        take_text("kind", value, word);
        const auto is_it = [&word](const auto& row) { return row.first == word; };
        const auto* const found = std::find_if(std::begin(seen_kinds), std::end(seen_kinds), is_it);
        if (found == std::end(seen_kinds)) return complain("kind", "none that this version of the agent knows");
        line_.sight.kind = found->second;
        kind_ = true;
    }

    void take_took(std::string_view value) {
        constexpr double most_ms = 1e9;
        double ms = -1;
        const auto end = std::from_chars(value.data(), value.data() + value.size(), ms);
        const bool whole = end.ec == std::errc{} && end.ptr == value.data() + value.size();
        if (!whole || !(ms >= 0) || ms > most_ms) return complain("ms", "no time in milliseconds");
        constexpr double in_microseconds = 1000;
        line_.sight.took = std::chrono::microseconds{std::llround(ms * in_microseconds)};
        line_.timed = true;
    }

    void take_error(std::string_view value) {
        if (platform::json_kind(value) != JsonKind::object) return complain("error", "no object");
        platform::for_each_member(value, [this](std::string_view name, std::string_view inner) {
            if (name == "message") take_text("error.message", inner, line_.sight.text);
            if (name != "code") return true;
            const auto end = std::from_chars(inner.data(), inner.data() + inner.size(), line_.sight.code);
            if (end.ec != std::errc{} || end.ptr != inner.data() + inner.size()) complain("error.code", "no number");
            return true;
        });
    }

    ReplayLine& line_;
    RecordHead head_;
    bool first_ = false;
    bool timed_ = false;
    bool kind_ = false;
    std::string wrong_;
};

}  // namespace

std::optional<RecordTime> read_record_time(std::string_view text) {
    using namespace std::chrono;
    constexpr std::string_view form = "0000-00-00T00:00:00.000Z";
    if (text.size() != form.size()) return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !digit : text[i] != form[i]) return std::nullopt;
    }
    constexpr std::size_t month_at = 5, day_at = 8, hour_at = 11, minute_at = 14, second_at = 17, milli_at = 20;
    const year_month_day date{year{static_cast<int>(*digits(text, 0, 4))}, month{*digits(text, month_at, 2)},
                              day{*digits(text, day_at, 2)}};
    const auto hour = *digits(text, hour_at, 2), minute = *digits(text, minute_at, 2),
               second = *digits(text, second_at, 2);
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return RecordTime{sys_days{date}} + hours{hour} + minutes{minute} + seconds{second} +
           milliseconds{*digits(text, milli_at, 3)};
}

std::string write_record_time(RecordTime time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    const auto number = [](auto count) { return static_cast<unsigned>(count); };
    return padded(number(int{date.year()}), 4) + "-" + padded(unsigned{date.month()}, 2) + "-" +
           padded(unsigned{date.day()}, 2) + "T" + padded(number(clock.hours().count()), 2) + ":" +
           padded(number(clock.minutes().count()), 2) + ":" + padded(number(clock.seconds().count()), 2) + "." +
           padded(number(clock.subseconds().count()), 3) + "Z";
}

std::variant<ReplayLine, std::string> read_record(std::string_view text) {
    const auto verdict = platform::check_json(text, platform::max_json_depth_limit);
    if (!verdict.ok()) {
        return "it cannot be read: " + std::string{platform::describe(verdict.fault)} + " at position " +
               std::to_string(verdict.position + 1);
    }
    if (platform::json_kind(text.substr(platform::skip_json_space(text, 0))) != JsonKind::object) {
        return "it is no JSON object";
    }
    ReplayLine line;
    ReplayMembers members{line};
    platform::for_each_member(
        text,
        [&members](std::string_view name, std::string_view value) {
            members.take(name, value);
            return true;
        },
        platform::max_json_depth_limit);
    if (auto wrong = members.end(); !wrong.empty()) return wrong;
    line.sight.command_heard = !line.sight.method.empty();
    return line;
}

}  // namespace bridge
