// Who may drive the far browser through a port of the bridge, and which device an address names. Pure.
//
// The system does not say which user connects to a port, so an address holds a secret of 128 random bits: in front of
// its path, as the id in /devtools/browser/ID, or in an Authorization header.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bridge {

/// Whether Chrome accepts such a Host header: none, an IP address, localhost or a name below it, with any port. Others
/// are refused because of DNS rebinding: a foreign page whose own name resolves to 127.0.0.1 sends that name.
bool host_passes(std::string_view host);

/// A device behind a port.
struct DeviceKey {
    std::string secret = {};
    std::string name = {};  // as given to --bridge: /NAME leads to the device if no secret is needed
};

struct AccessRules {
    std::vector<DeviceKey> devices = {};  // at least one, but where `page_secret` is set
    std::string page_secret = {};         // of the page that shows all devices; empty: there is none
    bool open_to_local_users = false;
    std::vector<std::string> allowed_origins = {};
};

/// A request, as far as access depends on it. Views outlive the call.
struct Visit {
    std::string_view path = {};
    std::string_view host = {};
    std::string_view authorization = {};
    std::optional<std::string_view> origin = {};  // nothing: there is no such header
    bool upgrade = false;
};

struct Pass {
    std::optional<std::size_t> device = {};  // nothing: the page that shows all
    std::string prefix;                      // what paths in answers begin with: "/SECRET", "/NAME" or empty
    std::string path;                        // without the prefix
};
struct Denial {
    int status = 0;
    std::string sentence;
};
std::variant<Pass, Denial> judge(const Visit& visit, const AccessRules& rules);

}  // namespace bridge
