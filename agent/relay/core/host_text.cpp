// How a browser reads a host: source: the URL Standard (WHATWG), "host parsing" and "IPv4 parser".
#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "agent/relay/core/policy_hosts.hpp"

namespace relay {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr std::size_t longest_host = 1024;

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape =
            text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        out += escape ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
        if (escape) i += 2;
    }
    return out;
}

/// One code point of UTF-8; nothing for broken text.
std::optional<char32_t> next_point(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (size == 0 || size > text.size()) return std::nullopt;
    char32_t point = size == 1 ? first : first & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0) != 0x80) return std::nullopt;
        point = point << 6 | (byte & 0x3F);
    }
    text.remove_prefix(size);
    return point;
}

struct Range {
    char32_t first;
    char32_t last;
};

template <std::size_t Size>
bool is_in(const Range (&ranges)[Size], char32_t point) noexcept {
    return std::any_of(std::begin(ranges), std::end(ranges),
                       [point](const Range& range) { return point >= range.first && point <= range.last; });
}

// Dropped by the mapping of names (UTS 46).
constexpr Range ignored[] = {{0xAD, 0xAD},     {0x34F, 0x34F},   {0x200B, 0x200D}, {0x2060, 0x2064},
                             {0x180B, 0x180F}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF}};
// Blocks whose characters become letters, digits or dots of ASCII (compatibility decompositions). No host is spelled
// with them but to deceive.
constexpr Range deceptive[] = {
    {0xAA, 0xAA},       {0xB2, 0xB3},       {0xB9, 0xBA},       {0xBC, 0xBE},       {0x132, 0x133},
    {0x13F, 0x140},     {0x149, 0x149},     {0x17F, 0x17F},     {0x1C4, 0x1CC},     {0x1F1, 0x1F3},
    {0x2B0, 0x2E4},     {0x1D2C, 0x1D6A},   {0x1D78, 0x1DBF},   {0x2000, 0x209F},   {0x2100, 0x218F},
    {0x2460, 0x24FF},   {0x2C7C, 0x2C7D},   {0x3200, 0x33FF},   {0xA69C, 0xA69D},   {0xA770, 0xA770},
    {0xA7F2, 0xA7F9},   {0xAB5C, 0xAB69},   {0xFB00, 0xFB06},   {0xFE10, 0xFE6F},   {0xFF00, 0xFFEF},
    {0x10780, 0x107BF}, {0x1D400, 0x1D7FF}, {0x1E000, 0x1E06F}, {0x1F100, 0x1F2FF}, {0x1FBF0, 0x1FBF9}};

void append_utf8(std::string& out, char32_t point) {
    if (point < 0x800) {
        out += static_cast<char>(0xC0 | point >> 6);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0 | point >> 12);
        out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | point >> 18);
        out += static_cast<char>(0x80 | (point >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    }
    out += static_cast<char>(0x80 | (point & 0x3F));
}

/// Lower case, full-width forms as their ASCII ones, every kind of dot a dot. Nothing where that cannot be told.
std::optional<std::string> mapped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto point = next_point(text);
        if (!point) return std::nullopt;
        if (*point >= 0xFF01 && *point <= 0xFF5E) *point -= 0xFF01 - 0x21;
        if (*point == 0x3002 || *point == 0xFF61) *point = '.';
        if (is_in(ignored, *point)) continue;
        if (is_in(deceptive, *point)) return std::nullopt;
        if (*point >= 'A' && *point <= 'Z') *point += 'a' - 'A';
        if (*point <= 0x20 || *point == 0x7F) return std::nullopt;
        if (*point < 0x80)
            out += static_cast<char>(*point);
        else
            append_utf8(out, *point);
    }
    return out;
}

/// A part of an IPv4 address: decimal, octal (0…) or hexadecimal (0x…).
std::optional<std::uint64_t> ipv4_number(std::string_view part) {
    int base = 10;
    if (part.starts_with("0x")) {
        base = 16;
        part.remove_prefix(2);
        if (part.empty()) return 0;
    } else if (part.size() > 1 && part.front() == '0') {
        base = 8;
        part.remove_prefix(1);
    }
    std::uint64_t value = 0;
    const auto [end, ec] = std::from_chars(part.data(), part.data() + part.size(), value, base);
    if (end != part.data() + part.size() || ec == std::errc::invalid_argument) return std::nullopt;
    if (ec == std::errc::result_out_of_range) return UINT64_MAX;
    return value;
}

std::vector<std::string_view> labels_of(std::string_view name) {
    std::vector<std::string_view> labels;
    for (;;) {
        const std::size_t dot = name.find('.');
        labels.push_back(name.substr(0, dot));
        if (dot == std::string_view::npos) return labels;
        name.remove_prefix(dot + 1);
    }
}

bool is_number(std::string_view label) {
    const bool digits =
        !label.empty() && std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits || (label.starts_with("0x") && ipv4_number(label));
}

Bytes as_mapped(std::uint32_t ipv4) {
    Bytes bytes{};
    bytes[10] = bytes[11] = 0xFF;
    for (unsigned i = 0; i < 4; ++i) bytes[12 + i] = static_cast<std::uint8_t>(ipv4 >> (24 - 8 * i));
    return bytes;
}

std::optional<Bytes> ipv4_address(const std::vector<std::string_view>& labels) {
    if (labels.size() > 4) return std::nullopt;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto number = ipv4_number(labels[i]);
        const bool last = i + 1 == labels.size();
        const std::uint64_t most = last ? (std::uint64_t{1} << (8 * (5 - labels.size()))) - 1 : 255;
        if (!number || *number > most) return std::nullopt;
        sum += last ? *number : *number << (8 * (3 - i));
    }
    return as_mapped(static_cast<std::uint32_t>(sum));
}

/// IPv6 addresses that lead to an IPv4 one: mapped, compatible, and by a translator (64:ff9b::/96).
Bytes without_detour(const Bytes& bytes) {
    constexpr std::array<std::uint8_t, 12> translated = {0, 0x64, 0xFF, 0x9B};
    constexpr std::array<std::uint8_t, 12> compatible = {};
    const auto begins_with = [&](const auto& prefix) {
        return std::equal(prefix.begin(), prefix.end(), bytes.begin());
    };
    const bool small = begins_with(compatible) && bytes[12] == 0 && bytes[13] == 0 && bytes[14] == 0;  // ::, ::1
    if (small || (!begins_with(translated) && !begins_with(compatible))) return bytes;
    Bytes out = as_mapped(0);
    std::copy(bytes.begin() + 12, bytes.end(), out.begin() + 12);
    return out;
}

std::optional<Host> of_address(const std::optional<Bytes>& bytes) {
    if (!bytes) return std::nullopt;
    const Bytes plain = without_detour(*bytes);
    return Host{write_address(plain), plain};
}

}  // namespace

std::string write_address(const Bytes& bytes) {
    char text[INET6_ADDRSTRLEN];
    if (bytes == as_mapped(0) || std::equal(bytes.begin(), bytes.begin() + 12, as_mapped(0).begin())) {
        ::inet_ntop(AF_INET, bytes.data() + 12, text, sizeof text);
    } else {
        ::inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
    }
    return text;
}

std::optional<Host> read_host(std::string_view text) {
    if (text.empty() || text.size() > longest_host) return std::nullopt;
    if (text.front() == '[') {
        if (text.back() != ']') return std::nullopt;
        const std::string inner{text.substr(1, text.size() - 2)};
        Bytes bytes{};
        if (::inet_pton(AF_INET6, inner.c_str(), bytes.data()) != 1) return std::nullopt;
        return of_address(bytes);
    }
    auto name = mapped(percent_decoded(text));
    if (!name) return std::nullopt;
    if (name->ends_with('.')) name->pop_back();
    constexpr std::string_view forbidden = "#/:<>?@[\\]^|%";
    if (name->empty() || name->find_first_of(forbidden) != std::string::npos) return std::nullopt;
    const auto labels = labels_of(*name);
    if (is_number(labels.back())) return of_address(ipv4_address(labels));
    return Host{*name, std::nullopt};
}

}  // namespace relay
