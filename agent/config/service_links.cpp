#include "agent/config/service_links.hpp"

#include <array>

namespace config {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::array<std::string_view, 3> protocols{"TCP", "UDP", "SCTP"};

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of(digits) == text.npos;
}

bool is_link_address(std::string_view value) {
    return value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
}

/// Behind "_PORT_": "9100_TCP", "9100_TCP_ADDR".
bool is_port_part(std::string_view text) {
    const auto number = text.substr(0, text.find('_'));
    if (!is_number(number) || number.size() == text.size()) return false;
    text.remove_prefix(number.size() + 1);
    for (const auto protocol : protocols) {
        if (!text.starts_with(protocol)) continue;
        const auto rest = text.substr(protocol.size());
        return rest.empty() || rest == "_ADDR" || rest == "_PORT" || rest == "_PROTO";
    }
    return false;
}

}  // namespace

bool is_service_link(std::string_view name, std::string_view value) {
    constexpr std::string_view port = "_PORT", service_port = "_SERVICE_PORT";
    if (name.ends_with("_SERVICE_HOST")) return true;
    if (name.ends_with(port) && is_link_address(value)) return true;
    if (const auto at = name.rfind(service_port); at != name.npos && is_number(value)) {
        const auto rest = name.substr(at + service_port.size());
        if (rest.empty() || rest.starts_with('_')) return true;
    }
    for (auto at = name.find("_PORT_"); at != name.npos; at = name.find("_PORT_", at + 1)) {
        if (is_port_part(name.substr(at + port.size() + 1))) return true;
    }
    return false;
}

}  // namespace config
