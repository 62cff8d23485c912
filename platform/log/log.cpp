#include "platform/log/log.hpp"

#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "platform/core/names.hpp"
#include "platform/json/tree.hpp"
#include "platform/log/journal.hpp"
#include "platform/log/redact.hpp"
#include "platform/log/repeats.hpp"
#include "platform/text.hpp"

namespace platform::log {
namespace {

using WallClock = std::chrono::system_clock;

/// One line of ours is at most this long: whatever it quotes was cut before.
constexpr std::size_t line_bytes = 4096;

/// The process has one log, as it has one stderr. Guarded: the blocking workers log too.
struct Output {
    std::mutex mutex;
    Format format = Format::automatic;
    std::vector<std::pair<std::string, std::string>> common;
    std::deque<std::string> kept;
    std::string last_error;
    Repeats repeats;
};

Output& output() {
    static Output instance;
    return instance;
}

Format resolve(Format format) {
    if (format != Format::automatic) return format;
    return stderr_is_journal() ? Format::journal : Format::text;
}

std::string stamp(WallClock::time_point now) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    const auto seconds = WallClock::to_time_t(now);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), milliseconds % 1000);
}

void to_stderr(std::string line) {
    line += '\n';
    // One write a line, so that lines of several processes do not mix. A log that cannot be written is not our failure.
    [[maybe_unused]] const auto n = ::write(STDERR_FILENO, line.data(), line.size());
}

std::string as_json(Level level, const std::string& when, std::string_view text, const std::vector<Field>& fields) {
    nlohmann::json line = {{"time", when}, {"level", name_of(level)}, {"message", text}};
    for (const auto& [name, value] : fields) {
        std::string key(name);
        for (auto& c : key) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        line[key] = value;
    }
    return to_text(line);
}

void emit(Output& out, Level level, std::string_view text, std::initializer_list<Field> fields) {
    std::vector<Field> all;
    for (const auto& [name, value] : out.common) {
        const auto own = [&name = name](const Field& field) { return field.name == name; };
        if (std::none_of(fields.begin(), fields.end(), own)) all.push_back({name, value});
    }
    // Deque: the views of `all` point into it.
    std::deque<std::string> cleaned;
    for (const auto& [name, value] : fields) {
        all.push_back({name, cleaned.emplace_back(clean(hide_passwords(value), line_bytes))});
    }
    const auto when = stamp(WallClock::now());
    const auto readable = fmt::format("{} {}: {}", when, name_of(level), text);
    out.kept.push_back(readable);
    if (out.kept.size() > keep_lines) out.kept.pop_front();
    switch (resolve(out.format)) {
        case Format::journal:
            return send_to_journal(level, text, all);
        case Format::json:
            return to_stderr(as_json(level, when, text, all));
        case Format::automatic:
        case Format::text:
            return to_stderr(readable);
    }
}

void emit_held_back(Output& out, const std::vector<Repeats::HeldBack>& lines) {
    for (const auto& [level, text, times] : lines) {
        emit(out, level, fmt::format("came {} more times: {}", times, text), {});
    }
}

}  // namespace

void set_level(Level wanted) noexcept {
    detail::threshold.store(wanted, std::memory_order_relaxed);
}

Level level() noexcept {
    return detail::threshold.load(std::memory_order_relaxed);
}

std::string_view name_of(Level wanted) noexcept {
    return wanted == Level::off ? "off" : name_in(level_names, wanted);
}

/// An output that is chosen anew has had none of the lines before: what is wrong now is to be read there as well.
void set_format(Format format) {
    auto& out = output();
    const std::lock_guard lock(out.mutex);
    emit_held_back(out, out.repeats.forget());
    out.format = format;
}

void set_common_field(std::string_view name, std::string_view value) {
    auto& out = output();
    const std::lock_guard lock(out.mutex);
    std::erase_if(out.common, [&](const auto& field) { return field.first == name; });
    if (!value.empty()) out.common.emplace_back(name, clean(value));
}

std::string last_lines() {
    auto& out = output();
    const std::lock_guard lock(out.mutex);
    std::string text;
    for (const auto& line : out.kept) text.append(line).append("\n");
    return text;
}

std::string last_error() {
    auto& out = output();
    const std::lock_guard lock(out.mutex);
    return out.last_error;
}

void write(Level wanted, std::string_view text, std::initializer_list<Field> fields, std::string_view like) {
    if (!enabled(wanted) || wanted == Level::off) return;
    auto& out = output();
    const std::lock_guard lock(out.mutex);
    const auto line = clean(hide_passwords(text), line_bytes);
    if (wanted == Level::error) out.last_error = line;
    const auto now = WallClock::now();
    emit_held_back(out, out.repeats.over(now));
    // A line with extra fields (a change of state, a command) says something that the last one did not.
    const bool may_repeat = fields.size() == 0 || !like.empty();
    if (may_repeat && !out.repeats.take(wanted, like.empty() ? line : clean(like, line_bytes), now)) return;
    emit(out, wanted, line, fields);
}

}  // namespace platform::log
