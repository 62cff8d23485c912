#include "agent/relay/core/policy_hosts.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "agent/relay/core/policy_url.hpp"

namespace relay {
namespace {

/// Link-local addresses hold most clouds' metadata services; the others stand beside them. (AWS and its containers,
/// Google, Azure, Alibaba, Oracle, Tencent, Equinix.)
constexpr std::string_view denied_by_default[] = {"169.254.169.254",
                                                  "169.254.170.2",
                                                  "169.254.170.23",
                                                  "169.254.0.0/16",
                                                  "fe80::/10",
                                                  "fd00:ec2::254",
                                                  "fd00:ec2::23",
                                                  "fd20:ce::254",
                                                  "100.100.100.200",
                                                  "168.63.129.16",
                                                  "192.0.0.192",
                                                  "metadata",
                                                  "metadata.google.internal",
                                                  "metadata.goog",
                                                  "metadata.tencentyun.com",
                                                  "metadata.packet.net",
                                                  "metadata.platformequinix.com",
                                                  "instance-data",
                                                  "instance-data.ec2.internal"};

/// By these names and addresses a browser reaches what listens on loopback.
constexpr std::string_view loopback[] = {
    "127.0.0.0/8", "0.0.0.0/8",  "::1",           "::",           "localhost",
    "*.localhost", "localhost6", "ip6-localhost", "ip6-loopback", "localhost.localdomain"};

std::optional<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

/// Host and port of an authority; nothing where the port is none.
struct Authority {
    std::string_view host;
    std::optional<std::uint16_t> port;
};
std::optional<Authority> split_authority(std::string_view text) {
    const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == std::string_view::npos) return std::nullopt;
    const std::size_t colon = text.find(':', bracket);
    if (colon == std::string_view::npos) return Authority{text, std::nullopt};
    const auto digits = text.substr(colon + 1);
    if (digits.empty()) return Authority{text.substr(0, colon), std::nullopt};
    const auto port = read_port(digits);
    if (!port) return std::nullopt;
    return Authority{text.substr(0, colon), port};
}

std::uint16_t usual_port(std::string_view scheme) noexcept {
    if (scheme == "https" || scheme == "wss" || scheme == "quic") return 443;
    if (scheme.starts_with("socks")) return 1080;
    return 80;
}

std::string_view authority_of(std::string_view behind_scheme) {
    const std::size_t begin = std::min(behind_scheme.find_first_not_of("/\\"), behind_scheme.size());
    behind_scheme.remove_prefix(begin);
    auto authority = behind_scheme.substr(0, behind_scheme.find_first_of("/\\?#"));
    const std::size_t user = authority.rfind('@');
    if (user != std::string_view::npos) authority.remove_prefix(user + 1);
    return authority;
}

bool is_glob(std::string_view text) {
    return text.find('*') != std::string_view::npos;
}

std::string hex(unsigned value) {
    char text[2 * sizeof value + 1];
    std::snprintf(text, sizeof text, "%x", value);
    return text;
}

/// Patterns of text for a range of addresses; none for one that text cannot express.
std::vector<std::string> texts_of(const HostPattern& pattern) {
    const auto& bytes = pattern.address;
    std::vector<std::string> texts;
    if (!pattern.ipv4) {
        if (pattern.bits == 128) return {'[' + write_address(bytes) + ']'};
        if (pattern.bits > 16) return {};
        // Ranges within the first group, digit by digit: fe80::/10 is fe8*, fe9*, fea* and feb*.
        const unsigned whole = (pattern.bits + 3) / 4;
        const unsigned group = static_cast<unsigned>(bytes[0]) << 8 | bytes[1];
        const unsigned first = group >> (16 - 4 * whole);
        for (unsigned i = 0; i < 1U << (4 * whole - pattern.bits); ++i) texts.push_back("[" + hex(first + i) + "*");
        return texts;
    }
    const unsigned bits = pattern.bits - 96;
    const unsigned whole = (bits + 7) / 8;
    if (whole == 0) return {};
    std::string prefix;
    for (unsigned i = 0; i + 1 < whole; ++i) prefix += std::to_string(bytes[12 + i]) + '.';
    for (unsigned i = 0; i < 1U << (8 * whole - bits); ++i) {
        texts.push_back(prefix + std::to_string(bytes[11 + whole] + i) + (whole < 4 ? ".*" : ""));
    }
    // The same as IPv6 writes it, where that is one text.
    if (bits == 32)
        texts.push_back("[::ffff:" + hex(unsigned{bytes[12]} << 8U | bytes[13]) + ':' +
                        hex(unsigned{bytes[14]} << 8U | bytes[15]) + ']');
    if (bits == 16) texts.push_back("[::ffff:" + hex(unsigned{bytes[12]} << 8U | bytes[13]) + ":*");
    if (bits == 8 && bytes[12] >= 16) texts.push_back("[::ffff:" + hex(bytes[12]) + "*");
    return texts;
}

std::vector<std::string> chrome_patterns(const HostPattern& pattern) {
    auto texts = pattern.glob.empty() ? texts_of(pattern) : std::vector<std::string>{pattern.glob};
    const bool name = !pattern.glob.empty() && !pattern.glob.ends_with('*');
    if (name) texts.push_back(pattern.glob + '.');
    if (pattern.port) {
        for (auto& text : texts) text += ':' + std::to_string(*pattern.port);
    }
    return texts;
}

std::string read_patterns(std::string_view name, const std::vector<std::string>& texts, std::vector<HostPattern>& out) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
        auto pattern = read_host_pattern(texts[i]);
        if (!pattern) {
            return "policy." + std::string(name) + '[' + std::to_string(i) + "] \"" + texts[i] +
                   "\" is no pattern of hosts: write a name (\"*.example.org\"), an address or a range "
                   "(\"10.0.0.0/8\"), with \":PORT\" for one port alone.";
        }
        out.push_back(std::move(*pattern));
    }
    return {};
}

}  // namespace

bool HostPattern::matches(const Host& host, std::uint16_t at_port) const {
    if (port && *port != at_port) return false;
    if (!glob.empty()) return matches_glob(glob, host.text);
    if (!host.address) return false;
    for (unsigned bit = 0; bit < bits; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
        if (((*host.address)[bit / 8] & mask) != (address[bit / 8] & mask)) return false;
    }
    return true;
}

std::optional<HostPattern> read_host_pattern(std::string_view text) {
    HostPattern pattern;
    // An IPv6 address without brackets has no port.
    const bool bare = !text.starts_with('[') && std::count(text.begin(), text.end(), ':') > 1;
    const auto authority = bare ? Authority{text, std::nullopt} : split_authority(text);
    if (!authority || authority->host.empty()) return std::nullopt;
    pattern.port = authority->port;
    std::string_view host = authority->host;
    if (is_glob(host)) {
        const auto fits = [](char c) { return c > ' ' && c != ',' && c != '/' && c != '[' && c != ']' && c != 0x7F; };
        if (!std::all_of(host.begin(), host.end(), fits)) return std::nullopt;
        pattern.glob = host;
        std::transform(pattern.glob.begin(), pattern.glob.end(), pattern.glob.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        return pattern;
    }
    const std::size_t slash = host.find('/');
    const auto read =
        read_host(bare ? '[' + std::string(host.substr(0, slash)) + ']' : std::string(host.substr(0, slash)));
    if (!read) return std::nullopt;
    if (!read->address) {
        if (slash != std::string_view::npos || read->text.find(',') != std::string::npos) return std::nullopt;
        pattern.glob = read->text;
        return pattern;
    }
    pattern.address = *read->address;
    pattern.ipv4 = read->text.find(':') == std::string::npos;
    unsigned bits = pattern.ipv4 ? 32 : 128;
    if (slash != std::string_view::npos) {
        const auto given = read_port(host.substr(slash + 1));
        if (!given || *given > bits) return std::nullopt;
        bits = *given;
    }
    pattern.bits = bits + (pattern.ipv4 ? 96 : 0);
    return pattern;
}

HostRules::HostRules(const std::vector<std::string>& deny, const std::vector<std::string>& allow,
                     const std::vector<std::uint16_t>& own_ports) {
    for (const auto text : denied_by_default) deny_.push_back(*read_host_pattern(text));
    for (const auto port : own_ports) {
        if (port == 0) continue;
        for (const auto text : loopback) {
            deny_.push_back(*read_host_pattern(text));
            deny_.back().port = port;
        }
    }
    error_ = read_patterns("hosts_deny", deny, deny_);
    if (error_.empty()) error_ = read_patterns("hosts_allow", allow, allow_);
}

bool HostRules::refuses(std::string_view text, std::uint16_t port) const {
    const auto host = read_host(text);
    if (!host) return true;
    const auto matches = [&](const HostPattern& pattern) { return pattern.matches(*host, port); };
    return std::any_of(deny_.begin(), deny_.end(), matches) && std::none_of(allow_.begin(), allow_.end(), matches);
}

bool HostRules::refuses_url(std::string_view url) const {
    std::string normalized = normalize_url(url);
    while (scheme_of(normalized) == "blob") normalized = normalize_url(std::string_view{normalized}.substr(5));
    const std::string scheme{scheme_of(normalized)};
    if (scheme != "http" && scheme != "https" && scheme != "ws" && scheme != "wss" && scheme != "ftp") return false;
    const auto authority = split_authority(authority_of(std::string_view{normalized}.substr(scheme.size() + 1)));
    return !authority || refuses(authority->host, authority->port.value_or(usual_port(scheme)));
}

bool HostRules::refuses_proxy(std::string_view address) const {
    const std::string normalized = normalize_url(address);
    std::string_view rest = normalized;
    std::string_view scheme = "http";
    const std::size_t mark = rest.find("://");
    if (mark != std::string_view::npos) {
        scheme = rest.substr(0, mark);
        rest.remove_prefix(mark + 3);
    }
    if (scheme == "direct") return false;
    const auto authority = split_authority(authority_of(rest));
    return !authority || refuses(authority->host, authority->port.value_or(usual_port(scheme)));
}

std::string HostRules::resolver_rules() const {
    std::string rules;
    const auto add = [&rules](std::string_view verb, const std::string& pattern, std::string_view to) {
        rules.append(rules.empty() ? "" : ",").append(verb).append(pattern).append(to);
    };
    for (const auto& pattern : allow_) {
        for (const auto& text : chrome_patterns(pattern)) add("EXCLUDE ", text, "");
    }
    for (const auto& pattern : deny_) {
        for (const auto& text : chrome_patterns(pattern)) add("MAP ", text, " ~NOTFOUND");
    }
    return rules;
}

std::vector<std::string> HostRules::denied_hosts() const {
    std::vector<std::string> hosts;
    for (const auto& pattern : deny_) {
        for (auto& text : pattern.glob.empty() ? texts_of(pattern) : std::vector<std::string>{pattern.glob}) {
            if (is_glob(text) || pattern.port) continue;
            const auto host = read_host(text);
            const auto lifts = [&](const HostPattern& allowed) { return host && allowed.matches(*host, 80); };
            if (std::none_of(allow_.begin(), allow_.end(), lifts)) hosts.push_back(std::move(text));
        }
    }
    return hosts;
}

}  // namespace relay
