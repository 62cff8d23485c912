#include "cdp/discover.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <filesystem>

#include "cdp/core/targets.hpp"
#include "cdp/error.hpp"
#include "cdp/settings.hpp"
#include "platform/unique_fd.hpp"
#include "platform/url.hpp"

namespace cdp {
namespace {

namespace fs = std::filesystem;
using tcp = net::ip::tcp;

constexpr std::size_t header_limit = 16 * 1024;   // Chrome sends some 130 bytes
constexpr std::size_t version_limit = 64 * 1024;  // and half a kilobyte of body
constexpr std::size_t port_file_limit = 1024;
constexpr std::string_view browser_path = "/devtools/browser";

bool equal_letters(std::string_view a, std::string_view b) {
    auto same = [](char x, char y) { return (x | 0x20) == (y | 0x20); };
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same);
}

/// The value of a header field; Chrome puts no space behind the colon.
std::string_view field(std::string_view headers, std::string_view name) {
    while (!headers.empty()) {
        const auto end = headers.find("\r\n");
        const auto line = headers.substr(0, end);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && equal_letters(line.substr(0, colon), name)) {
            auto value = line.substr(colon + 1);
            while (value.starts_with(' ')) value.remove_prefix(1);
            return value;
        }
        if (end == std::string_view::npos) break;
        headers.remove_prefix(end + 2);
    }
    return {};
}

template <class Number>
bool read_all(std::string_view text, Number& number) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    return ec == std::errc{} && end == text.data() + text.size();
}

Result<std::string> read_port_file(const std::string& folder) {
    const auto path = fs::path{folder} / "DevToolsActivePort";
    const platform::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return Error{errno, boost::system::system_category()};
    std::string text(port_file_limit, '\0');
    const auto count = ::read(fd.get(), text.data(), text.size());
    if (count < 0) return Error{errno, boost::system::system_category()};
    text.resize(static_cast<std::size_t>(count));
    return text;
}

Result<tcp::endpoint> choose(const tcp::resolver::results_type& found, bool allow_remote) {
    for (const auto& entry : found) {
        if (allow_remote || entry.endpoint().address().is_loopback()) return entry.endpoint();
    }
    return Error{Errc::not_loopback};
}

awaitable<Result<tcp::endpoint>> resolve(std::string host, std::uint16_t port, bool allow_remote) {
    Error ec;
    const auto literal = net::ip::make_address(host, ec);
    if (!ec) {
        if (!allow_remote && !literal.is_loopback()) co_return Errc::not_loopback;
        co_return tcp::endpoint{literal, port};
    }
    const auto executor = co_await net::this_coro::executor;
    tcp::resolver resolver{executor};
    const auto service = std::to_string(port);
    auto [failed, found] = co_await resolver.async_resolve(host, service, no_throw);
    if (failed) co_return failed;
    co_return choose(found, allow_remote);
}

awaitable<Result<Endpoint>> ask_version(tcp::endpoint address) {
    auto body = co_await fetch_version(address);
    if (!body) co_return body.error();
    auto path = path_in_version(*body);
    if (!path) co_return path.error();
    Endpoint endpoint;
    endpoint.address = address;
    endpoint.path = std::move(*path);
    endpoint.host_header = host_header(address);
    co_return endpoint;
}

/// The file is never removed by Chrome: what it says counts only when the browser at that port says the same.
awaitable<Result<Endpoint>> from_folder(std::string folder) {
    const auto text = read_port_file(folder);
    if (!text) co_return text.error();
    const auto active = parse_active_port(*text);
    if (!active) co_return active.error();
    const tcp::endpoint address{net::ip::address_v4::loopback(), active->port};
    auto endpoint = co_await ask_version(address);
    if (!endpoint) co_return Errc::stale_port_file;
    if (endpoint->path != active->path) co_return Errc::stale_port_file;
    co_return endpoint;
}

}  // namespace

std::string host_header(const tcp::endpoint& address) {
    const auto text = address.address().to_string();
    const auto host = address.address().is_v6() ? "[" + text + "]" : text;
    return host + ":" + std::to_string(address.port());
}

Result<BrowserAddress> parse_browser_address(std::string_view text) {
    BrowserAddress address;
    const std::string owned{text};
    std::error_code ignored;
    if (text.starts_with('/') || text.starts_with('.') || (!owned.empty() && fs::is_directory(owned, ignored))) {
        address.kind = BrowserAddress::Kind::folder;
        address.path = owned;
        return address;
    }
    const bool has_scheme = text.find("://") != std::string_view::npos;
    const auto url = platform::parse_url(has_scheme ? owned : "http://" + owned);
    if (!url || url->secure()) return Error{Errc::bad_address};
    address.host = url->host;
    address.port = url->port;
    if (url->scheme == "http") {
        // Without a port somebody forgot it: no DevTools endpoint stands at port 80.
        if (!has_scheme && text.find(':') == std::string_view::npos) return Error{Errc::bad_address};
        return address;
    }
    address.path = url->target;
    if (address.path == "/" || address.path == browser_path) return address;
    if (!address.path.starts_with(browser_path)) return Error{Errc::bad_address};
    address.kind = BrowserAddress::Kind::websocket;
    return address;
}

std::uint16_t devtools_port(const Settings& settings) {
    if (settings.mode == BrowserMode::attach) {
        const auto address = parse_browser_address(settings.browser_url);
        return address ? address->port : std::uint16_t{0};
    }
    constexpr std::string_view option = "--remote-debugging-port=";
    std::uint16_t port = 0;
    for (const std::string_view argument : settings.extra_arguments) {
        if (!argument.starts_with(option)) continue;
        const auto digits = argument.substr(option.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), port);
    }
    return port;
}

Result<ActivePort> parse_active_port(std::string_view text) {
    const auto end = text.find('\n');
    ActivePort active;
    if (end == std::string_view::npos || !read_all(text.substr(0, end), active.port)) {
        return Error{Errc::stale_port_file};
    }
    auto path = text.substr(end + 1);
    if (path.ends_with('\n')) path.remove_suffix(1);
    if (!path.starts_with(browser_path) || path.find_first_of(" \r\n") != std::string_view::npos) {
        return Error{Errc::stale_port_file};
    }
    active.path = path;
    return active;
}

Result<std::string> path_in_version(std::string_view body) {
    const auto url = member(body, "webSocketDebuggerUrl");
    const auto at = url.find(browser_path);
    // The rest of the URL is an echo of our Host header.
    if (!url.starts_with("ws") || at == std::string::npos) return Error{Errc::not_devtools};
    auto path = url.substr(at);
    if (path.find_first_of(" \r\n") != std::string::npos) return Error{Errc::not_devtools};
    return path;
}

awaitable<Result<std::string>> fetch_version(tcp::endpoint address) {
    const auto executor = co_await net::this_coro::executor;
    tcp::socket socket{executor};
    auto [ec] = co_await socket.async_connect(address, no_throw);
    if (ec) co_return ec;
    const auto request = "GET /json/version HTTP/1.1\r\nHost: " + host_header(address) + "\r\n\r\n";
    auto [write_ec, written] = co_await net::async_write(socket, net::buffer(request), no_throw);
    if (write_ec) co_return write_ec;

    std::string answer;
    auto into = net::dynamic_buffer(answer, header_limit + version_limit);
    auto [head_ec, head] = co_await net::async_read_until(socket, into, "\r\n\r\n", no_throw);
    if (head_ec) co_return Errc::not_devtools;
    const std::string_view headers{answer.data(), head};
    std::size_t length = 0;
    const bool good = headers.starts_with("HTTP/1.1 200") && read_all(field(headers, "content-length"), length);
    if (!good || length > version_limit) co_return Errc::not_devtools;
    if (answer.size() < head + length) {
        const auto missing = head + length - answer.size();
        auto [body_ec, count] = co_await net::async_read(socket, into, net::transfer_exactly(missing), no_throw);
        if (body_ec) co_return Errc::not_devtools;
    }
    co_return answer.substr(head, length);
}

awaitable<Result<Endpoint>> discover(BrowserAddress address, bool allow_remote) {
    if (address.kind == BrowserAddress::Kind::folder) {
        auto endpoint = co_await from_folder(address.path);
        co_return endpoint;
    }
    const auto resolved = co_await resolve(address.host, address.port, allow_remote);
    if (!resolved) co_return resolved.error();
    auto endpoint = co_await ask_version(*resolved);
    if (endpoint || address.kind == BrowserAddress::Kind::http) co_return endpoint;
    // Something between that answers websockets alone: the URL as it was given.
    Endpoint given;
    given.address = *resolved;
    given.path = address.path;
    given.host_header = host_header(*resolved);
    co_return given;
}

}  // namespace cdp
