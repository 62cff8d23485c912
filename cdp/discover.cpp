#include "cdp/discover.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "cdp/core/targets.hpp"
#include "cdp/error.hpp"
#include "cdp/settings.hpp"
#include "platform/addresses.hpp"
#include "platform/core/listener.hpp"
#include "platform/http/http.hpp"
#include "platform/http/plain_get.hpp"
#include "platform/unique_fd.hpp"
#include "platform/url.hpp"
#include "platform/wait.hpp"

namespace cdp {
namespace {

namespace fs = std::filesystem;
using tcp = net::ip::tcp;

constexpr std::size_t version_limit = 64 * 1024;  // bytes of body; Chrome sends half a kilobyte
constexpr std::size_t port_file_limit = 1024;
constexpr int http_ok = 200;
constexpr std::string_view browser_path = "/devtools/browser";
constexpr std::string_view page_path = "/devtools/page";

template <class Number>
bool read_all(std::string_view text, Number& number) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    return ec == std::errc{} && end == text.data() + text.size();
}

/// The answer to `GET /json/version`. An Error: there is none, or none in HTTP.
awaitable<Result<platform::http::PlainAnswer>> ask_http(tcp::endpoint address) {
    platform::http::PlainGet asked{address, host_header(address), "/json/version", version_limit};
    auto answer = co_await platform::http::get_plainly(std::move(asked));
    const Error failed = answer ? Error{} : answer.error();
    using platform::http::Errc;
    const bool no_answer = failed == Errc::broken || failed == Errc::too_large;
    if (no_answer) co_return cdp::Errc::not_devtools;
    co_return answer;
}

Result<std::string> version_in(platform::http::PlainAnswer answer) {
    if (answer.status != http_ok) return Error{Errc::not_devtools};
    return std::move(answer.body);
}

bool is_path(const std::string& body, const std::string& path) {
    const auto told = path_in_version(body);
    return told && *told == path;
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

awaitable<Result<Endpoint>> ask_until(tcp::endpoint address, TimePoint end) {
    const auto executor = co_await net::this_coro::executor;
    platform::Timer limit{executor, end};
    auto asking = platform::within(limit, ask_version(address));
    auto answered = co_await std::move(asking);
    if (!answered) co_return Errc::start_timeout;
    co_return std::move(*answered);
}

/// A port outlives its Chrome in the file, and any user may listen there then: the listener must belong to the file's
/// owner. True where the system does not say who listens.
bool listens_as_owner(const std::string& folder, std::uint16_t port) {
    struct stat file = {};
    if (::stat((fs::path{folder} / port_file_name).c_str(), &file) != 0) return false;
    for (const char* const table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::ostringstream text;
        text << std::ifstream{table}.rdbuf();
        if (const auto owner = platform::listener_owner(text.str(), port)) return *owner == file.st_uid;
    }
    return true;
}

/// The file is never removed by Chrome: what it says counts only when the browser at that port says the same. A
/// person's Chrome (from version 144 on) says nothing there: it has a websocket alone, and asks for consent to it.
awaitable<Result<Endpoint>> from_folder(std::string folder) {
    const auto text = read_port_file(folder);
    if (!text) co_return text.error();
    const auto active = parse_active_port(*text);
    if (!active) co_return active.error();
    Endpoint endpoint;
    endpoint.address = tcp::endpoint{net::ip::address_v4::loopback(), active->port};
    endpoint.path = active->path;
    endpoint.host_header = host_header(endpoint.address);
    auto answer = co_await ask_http(endpoint.address);
    if (!answer) co_return Errc::stale_port_file;
    endpoint.asks = answer->status == http_not_found;
    if (endpoint.asks && !listens_as_owner(folder, active->port)) co_return Errc::stale_port_file;
    if (endpoint.asks) co_return endpoint;
    const auto body = version_in(std::move(*answer));
    if (!body || !is_path(*body, active->path)) co_return Errc::stale_port_file;
    co_return endpoint;
}

}  // namespace

Result<std::string> read_port_file(const std::string& folder) {
    const auto path = fs::path{folder} / port_file_name;
    const platform::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return Error{errno, boost::system::system_category()};
    std::string text(port_file_limit, '\0');
    const auto count = ::read(fd.get(), text.data(), text.size());
    if (count < 0) return Error{errno, boost::system::system_category()};
    text.resize(static_cast<std::size_t>(count));
    return text;
}

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
    if (url->target == browser_path) return address;
    if (url->target != "/" && !url->target.starts_with(browser_path)) return Error{Errc::bad_address};
    address.path = url->target;
    if (url->target != "/") address.kind = BrowserAddress::Kind::websocket;
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
    const auto scheme = url.find("://");
    if (!url.starts_with("ws") || scheme == std::string::npos) return Error{Errc::not_devtools};
    // The rest of the URL is an echo of our Host header.
    const auto at = url.find('/', scheme + 3);
    auto path = at == std::string::npos ? std::string{"/"} : url.substr(at);
    if (path.find_first_of(" \r\n") != std::string::npos) return Error{Errc::not_devtools};
    if (path.starts_with(page_path)) return Error{Errc::not_devtools};
    return path;
}

awaitable<Result<std::string>> fetch_version(tcp::endpoint address) {
    auto answer = co_await ask_http(address);
    if (!answer) co_return answer.error();
    co_return version_in(std::move(*answer));
}

awaitable<Result<Endpoint>> discover_at(std::vector<tcp::endpoint> addresses, std::string given, Duration turn) {
    std::optional<tcp::endpoint> taken;  // the first at which something takes connections
    Error why;
    for (const auto& address : addresses) {
        const bool last = &address == &addresses.back();
        const TimePoint end = last ? TimePoint::max() : platform::BootClock::now() + turn;
        auto endpoint = co_await ask_until(address, end);
        if (endpoint) co_return endpoint;
        const bool answered = endpoint.error() == Errc::not_devtools;
        if (answered && !taken) taken = address;
        if (answered || !why) why = endpoint.error();
    }
    if (given.empty() || !taken) co_return why;
    // Something that answers websockets alone: the URL as it was given.
    Endpoint as_given;
    as_given.address = *taken;
    as_given.path = std::move(given);
    as_given.host_header = host_header(*taken);
    co_return as_given;
}

awaitable<Result<Endpoint>> discover(BrowserAddress address, bool allow_remote) {
    if (address.kind == BrowserAddress::Kind::folder) {
        auto endpoint = co_await from_folder(address.path);
        co_return endpoint;
    }
    auto addresses = co_await platform::addresses_of(address.host, address.port);
    if (!addresses) co_return addresses.error();
    auto elsewhere = [](const tcp::endpoint& endpoint) { return !endpoint.address().is_loopback(); };
    if (!allow_remote) std::erase_if(*addresses, elsewhere);
    if (addresses->empty()) co_return Errc::not_loopback;
    auto endpoint = co_await discover_at(std::move(*addresses), std::move(address.path));
    co_return endpoint;
}

}  // namespace cdp
