#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <utility>

namespace platform {
namespace {

struct Decoded {
    std::uint32_t code = 0;
    std::size_t size = 0;  // 0: not UTF-8
};

/// One character as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
Decoded decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {};
    std::uint32_t code = lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {};
        code = (code << 6) | (byte(i) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    if (code < least[size] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {code, size};
}

/// Control characters, and those that a reader does not see but a terminal or a bidirectional layout obeys.
bool is_hidden(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0xAD || code == 0x61C || code == 0x180E ||
           (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB) ||
           (code >= 0xE0000 && code <= 0xE007F);
}

constexpr std::uint32_t replacement_character = 0xFFFD;

/// \uXXXX, two of them beyond the basic plane.
void append_unicode_escape(std::string& out, std::uint32_t code) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto unit = [&](std::uint32_t value) {
        out += "\\u";
        for (int shift = 12; shift >= 0; shift -= 4) out += digits[(value >> shift) & 15U];
    };
    if (code < 0x10000) return unit(code);
    unit(0xD800 + ((code - 0x10000) >> 10));
    unit(0xDC00 + ((code - 0x10000) & 0x3FF));
}

constexpr std::string_view ellipsis = "\xE2\x80\xA6";

std::string cut_at(std::string text, std::size_t max) {
    const std::size_t room = max >= ellipsis.size() ? max - ellipsis.size() : 0;
    std::size_t end = std::min(room, text.size());
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
    if (max >= ellipsis.size()) text += ellipsis;
    return text;
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string clean(std::string_view text, std::size_t max) {
    std::string out;
    bool in_broken = false;
    while (!text.empty() && out.size() <= max) {
        const auto [code, size] = decode(text);
        if (size == 0) {
            if (!in_broken) out += '?';
            in_broken = true;
            text.remove_prefix(1);
            continue;
        }
        in_broken = false;
        if (!is_hidden(code)) out.append(text.substr(0, size));
        text.remove_prefix(size);
    }
    if (out.size() > max) return cut_at(std::move(out), max);
    return out;
}

std::string clean_lines(std::string_view text, std::size_t max_line) {
    std::string out;
    for (;;) {
        const auto end = text.find('\n');
        out += clean(text.substr(0, end), max_line);
        if (end == std::string_view::npos) return out;
        out += '\n';
        text.remove_prefix(end + 1);
    }
}

std::string escape_hidden(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    while (!json.empty()) {
        const auto [code, size] = decode(json);
        if (size == 0) {
            append_unicode_escape(out, replacement_character);
        } else if (code == '\n') {
            out += '\n';
        } else if (code == '\r' || code == '\t') {
            out += ' ';  // between tokens: in a string they are written as escapes
        } else if (is_hidden(code)) {
            append_unicode_escape(out, code);
        } else {
            out.append(json.substr(0, size));
        }
        json.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
    std::optional<std::string> best;
    std::size_t least = std::max<std::size_t>(word.size() / 3, 1) + 1;
    for (const auto& candidate : candidates) {
        const auto found = distance(word, candidate);
        if (found >= least) continue;
        least = found;
        best = candidate;
    }
    return best;
}

std::string_view trim(std::string_view text) noexcept {
    constexpr std::string_view space = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string for_people(long long seconds) {
    constexpr long long minute = 60, hour = 3600, day = 86400;
    const auto with_rest = [](long long big, const char* unit, long long small, const char* small_unit) {
        auto text = std::to_string(big) + " " + unit;
        if (small > 0) text += " " + std::to_string(small) + " " + small_unit;
        return text;
    };
    if (seconds < minute) return std::to_string(seconds) + " s";
    if (seconds < hour) return with_rest(seconds / minute, "min", seconds < 10 * minute ? seconds % minute : 0, "s");
    if (seconds < day) return with_rest(seconds / hour, "h", seconds % hour / minute, "min");
    return with_rest(seconds / day, "d", seconds % day / hour, "h");
}

}  // namespace platform
