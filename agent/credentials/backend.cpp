#include "agent/credentials/backend.hpp"

#include <arpa/inet.h>

#include <array>

#include "platform/url.hpp"

namespace credentials {
namespace {

/// Where each project of a hosting service has its own name under one domain.
constexpr std::array<std::string_view, 3> hosting_domains{".supabase.co", ".supabase.in", ".supabase.net"};

std::string normal_host(std::string host) {
    while (host.size() > 1 && host.back() == '.') host.pop_back();
    in6_addr six{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_pton(AF_INET6, host.c_str(), &six) == 1 &&
        ::inet_ntop(AF_INET6, &six, text.data(), text.size()) != nullptr) {
        return text.data();
    }
    return host;
}

std::optional<platform::Url> normal_url(std::string_view text) {
    auto url = platform::parse_url(text);
    if (!url) return std::nullopt;
    // A socket's address and a page's lead to the same server.
    url->scheme = url->secure() ? "https" : "http";
    url->host = normal_host(std::move(url->host));
    while (!url->target.empty() && url->target.back() == '/') url->target.pop_back();
    return std::move(*url);
}

/// The domain of a hosting service that this host is a project of; empty: none.
std::string_view hosting_domain(std::string_view host) {
    for (const auto domain : hosting_domains) {
        if (host.ends_with(domain)) return domain;
    }
    return {};
}

bool one_host(const std::string& a, const std::string& b) {
    return a == b || (platform::is_loopback(a) && platform::is_loopback(b));
}

}  // namespace

std::optional<std::string> normal_address(std::string_view text) {
    const auto url = normal_url(text);
    if (!url) return std::nullopt;
    return url->origin() + url->target;
}

bool same_address(std::string_view one, std::string_view other) {
    const auto first = normal_address(one);
    return first && first == normal_address(other);
}

std::string shown_address(std::string_view url) {
    return normal_address(url).value_or("an address that cannot be read");
}

bool Backend::same_place(const Backend& other) const {
    return same_address(api_url, other.api_url) && same_address(realtime_url, other.realtime_url) &&
           same_address(rest_url, other.rest_url);
}

Origins compare_issuer(std::string_view issuer, const Backend& backend) {
    const auto theirs = normal_url(issuer);
    if (!theirs) return Origins::silent;
    bool strange = false;
    const auto domain = hosting_domain(theirs->host);
    for (const auto* address : {&backend.api_url, &backend.realtime_url, &backend.rest_url, &backend.issuer}) {
        const auto ours = normal_url(*address);
        if (!ours) continue;
        if (one_host(theirs->host, ours->host)) return Origins::same;
        strange = strange || (!domain.empty() && hosting_domain(ours->host) == domain);
    }
    return strange ? Origins::stranger : Origins::different;
}

}  // namespace credentials
