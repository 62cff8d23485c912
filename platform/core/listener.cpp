#include "platform/core/listener.hpp"

#include <ios>
#include <sstream>
#include <string>

namespace platform {

std::optional<std::uint32_t> listener_owner(std::string_view text, std::uint16_t port) {
    constexpr std::string_view listens = "0A";  // TCP_LISTEN
    std::istringstream lines{std::string{text}};
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words{line};
        std::string slot;
        std::string local;
        std::string skipped;
        std::string state;
        std::uint32_t owner = 0;
        // sl local_address rem_address st tx:rx tr:when retrnsmt uid …
        if (!(words >> slot >> local >> skipped >> state >> skipped >> skipped >> skipped >> owner)) continue;
        const auto colon = local.rfind(':');
        if (state != listens || colon == std::string::npos) continue;
        std::istringstream number{local.substr(colon + 1)};
        std::uint32_t at = 0;
        if (number >> std::hex >> at && at == port) return owner;
    }
    return std::nullopt;
}

}  // namespace platform
