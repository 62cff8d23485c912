// What tells of a browser that somebody else runs: DevToolsActivePort, the answer of /json/version, the configured
// address, the table of listeners.
#include <string>

#include "bytes.hpp"
#include "cdp/discover.hpp"
#include "platform/core/listener.hpp"

using fuzz::expect;

namespace {

/// A path goes into the line of a request.
void expect_path(std::string_view path) {
    expect(path.starts_with('/'), "a path that does not begin with a slash");
    expect(path.find_first_of(" \r\n") == std::string_view::npos, "a path that breaks the request's line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{fuzz::text_of(data, size)};
    if (const auto active = cdp::parse_active_port(text)) {
        expect_path(active->path);
        expect(active->path.starts_with("/devtools/browser"), "a port file that names no browser");
    }
    if (const auto path = cdp::path_in_version(text)) expect_path(*path);
    if (const auto address = cdp::parse_browser_address(text)) {
        if (address->kind == cdp::BrowserAddress::Kind::websocket) expect_path(address->path);
        const bool named = !address->host.empty() && address->port != 0;
        expect(named || address->kind == cdp::BrowserAddress::Kind::folder, "an address that names no place");
    }
    platform::listener_owner(text, 9222);
    return 0;
}
