#include "agent/relay/core/route.hpp"

#include <algorithm>
#include <array>

#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

// Domains of the browser target. In other domains some methods would be taken there too, but for every page at once.
constexpr std::array<std::string_view, 7> browser_domains = {"Browser",   "Target",     "SystemInfo",        "Tracing",
                                                             "Tethering", "Extensions", "BluetoothEmulation"};

// Those of Storage that the browser target carries out; the others want a frame and are an internal error there.
constexpr std::array<std::string_view, 3> browser_storage = {"Storage.getCookies", "Storage.setCookies",
                                                             "Storage.clearCookies"};

template <std::size_t Size>
bool contains(const std::array<std::string_view, Size>& all, std::string_view one) noexcept {
    return std::find(all.begin(), all.end(), one) != all.end();
}

std::string_view domain_of(std::string_view method) noexcept {
    return method.substr(0, method.find('.'));
}

bool names_agent_stream(const Command& command) {
    std::string scratch;
    return stream_handle(command.params, scratch).starts_with(agent_stream_prefix);
}

}  // namespace

bool is_browser_level(std::string_view method) noexcept {
    return contains(browser_domains, domain_of(method)) || contains(browser_storage, method);
}

std::string_view stream_handle(std::string_view params, std::string& scratch) {
    std::string_view found;
    platform::for_each_member(params, [&](std::string_view key, std::string_view value) {
        if (key != "handle" || platform::json_kind(value) != platform::JsonKind::string) return true;
        found = platform::unescape(value, scratch);
        return true;  // a repeat wins, as it does in Chrome
    });
    return found;
}

Place route(const Command& command) {
    const std::string_view domain = domain_of(command.method);
    if (domain == "Agent") return Place::agent;
    if (domain == "IO" && names_agent_stream(command)) return Place::agent;
    if (!command.session.empty()) return Place::session;
    if (domain == "IO") return Place::browser_then_page;
    return is_browser_level(command.method) ? Place::browser : Place::default_page;
}

}  // namespace relay
