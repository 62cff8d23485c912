// The log: readable lines on a terminal, fields for journald under systemd, JSON lines on request.
// Levels: error = we failed at our job; warning = outside the plan, handled; info = one line per state change; debug =
// the rest. Payloads, tokens and URLs with queries are never logged, and text from outside passes platform::clean
// first. Thread rule: any thread may log; the level and the format are set before other threads start.
#pragma once

#include <fmt/core.h>

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

namespace platform::log {

enum class Level : std::uint8_t {
    debug,
    info,
    warning,
    error,
    off,  // nothing at all
};
/// Of the levels that a line can have.
inline constexpr std::pair<std::string_view, Level> level_names[] = {
    {"debug", Level::debug}, {"info", Level::info}, {"warning", Level::warning}, {"error", Level::error}};

/// Where lines go and how they look.
enum class Format : std::uint8_t {
    automatic,  // journal when stderr is connected to it (JOURNAL_STREAM), else text
    text,       // "2026-01-02T03:04:05.678Z warning: …" on stderr
    json,       // an object a line on stderr, with the fields as members
    journal,    // journald's native protocol, with fields
};

/// One journald field (upper case, "BMC_…"); in JSON lines its name is in lower case. The views live during the call.
struct Field {
    std::string_view name;
    std::string_view value;
};

void set_level(Level level) noexcept;
Level level() noexcept;
std::string_view name_of(Level level) noexcept;

/// Chooses the output. Without a call: Format::automatic.
void set_format(Format format);

/// Adds a field to every following line ("BMC_DEVICE", the uuid), or removes it when the value is empty.
void set_common_field(std::string_view name, std::string_view value);

/// Keeps the last lines in memory for the support bundle; at most `keep_lines` of them.
inline constexpr std::size_t keep_lines = 200;
std::string last_lines();
/// The last line of the level error, as it was written; empty: none.
std::string last_error();

namespace detail {
inline std::atomic<Level> threshold{Level::info};
}

/// Whether a line of that level would be written. One relaxed load.
inline bool enabled(Level wanted) noexcept {
    return wanted >= detail::threshold.load(std::memory_order_relaxed);
}

/// Writes one finished line. The same text again soon is counted, not written, and the count is written later (see
/// platform/log/repeats.hpp); a line with extra fields is always written. Where `like` is not empty, lines that
/// are alike in it count as the same, whatever else they say and with fields too.
void write(Level level, std::string_view text, std::initializer_list<Field> fields = {}, std::string_view like = {});

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::debug)) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::info)) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::warning)) write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::error)) write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace platform::log
