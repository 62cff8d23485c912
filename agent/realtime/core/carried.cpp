#include "agent/realtime/core/carried.hpp"

#include <charconv>
#include <cstdint>
#include <system_error>

#include "platform/json/core/check.hpp"

namespace realtime {
namespace {

constexpr std::string_view lone_surrogate = "an unpaired surrogate";
constexpr std::string_view not_a_double = "a number beyond the range of a double";
constexpr std::string_view not_utf8 = "text that is not UTF-8";
constexpr std::string_view number_characters = "+-.0123456789eE";

constexpr std::size_t escape_bytes = 2;   // \n
constexpr std::size_t unicode_bytes = 6;  // \ud83d
constexpr std::uint32_t first_high = 0xD800, first_low = 0xDC00, behind_low = 0xE000;

/// The code unit of a \uXXXX at `at`; 0: there is none.
std::uint32_t unit_at(std::string_view json, std::size_t at) noexcept {
    if (json.size() - at < unicode_bytes || json[at] != '\\' || json[at + 1] != 'u') return 0;
    constexpr int hexadecimal = 16;
    std::uint32_t unit = 0;
    std::from_chars(json.data() + at + escape_bytes, json.data() + at + unicode_bytes, unit, hexadecimal);
    return unit;
}

/// How many bytes the escape at `at` has, the second half of a pair included; 0: half of a pair is missing.
std::size_t escape_size(std::string_view json, std::size_t at) noexcept {
    const std::uint32_t unit = unit_at(json, at);
    if (unit < first_high || unit >= behind_low) return escape_bytes;
    if (unit >= first_low) return 0;
    const std::uint32_t second = unit_at(json, at + unicode_bytes);
    return second >= first_low && second < behind_low ? 2 * unicode_bytes : 0;
}

bool fits_double(std::string_view number) noexcept {
    // Whole numbers have any length there.
    if (number.find_first_of(".eE") == std::string_view::npos) return true;
    double value = 0;
    return std::from_chars(number.data(), number.data() + number.size(), value).ec != std::errc::result_out_of_range;
}

}  // namespace

std::string_view uncarried(Vsn vsn, std::string_view json) noexcept {
    if (vsn == Vsn::v2) return {};
    if (!platform::valid_utf8(json)) return not_utf8;
    bool in_string = false;
    for (std::size_t at = 0; at < json.size();) {
        const char c = json[at];
        std::size_t size = 1;
        if (c == '"') {
            in_string = !in_string;
        } else if (in_string && c == '\\') {
            size = escape_size(json, at);
            if (size == 0) return lone_surrogate;
        } else if (!in_string && (c == '-' || (c >= '0' && c <= '9'))) {
            const auto end = json.find_first_not_of(number_characters, at);
            size = (end == std::string_view::npos ? json.size() : end) - at;
            if (!fits_double(json.substr(at, size))) return not_a_double;
        }
        at += size;
    }
    return {};
}

}  // namespace realtime
