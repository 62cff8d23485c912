// Where the Realtime socket is: the configured address, taken apart and checked, and what is asked for at the upgrade.
#pragma once

#include <boost/system/error_code.hpp>
#include <string>
#include <string_view>
#include <type_traits>

#include "agent/realtime/core/frame.hpp"
#include "platform/core/result.hpp"
#include "platform/url.hpp"
#include "platform/websocket/websocket.hpp"

namespace realtime {

enum class EndpointErrc {
    bad_url = 1,  // realtime.url can't be read as an address
    not_secure,   // plain http or ws to another machine
};
const boost::system::error_category& endpoint_category() noexcept;
inline Error make_error_code(EndpointErrc code) noexcept {
    return {static_cast<int>(code), endpoint_category()};
}

/// The address of the service, "/websocket" appended to its path. Plain text only to loopback.
Result<platform::Url> socket_endpoint(std::string_view url);

/// Where one event is broadcast over HTTP into the private channel `topic` (without "realtime:"): an address below the
/// same service. The batch address beside it would say yes to what it drops.
Result<std::string> broadcast_endpoint(std::string_view url, std::string_view topic, std::string_view event);

/// What to ask for: the key and the version in the query, the token as Authorization (the server ignores it, gateways
/// may want it; it is left out where it exceeds the header that the server takes).
platform::Upgrade upgrade_for(const platform::Url& endpoint, Vsn vsn, std::string_view api_key, std::string_view token);

/// What an answer in the websocket's place says for itself: its body, or where a redirect leads (whose body is for
/// nobody's eyes).
std::string text_of_refusal(const platform::Refusal& refusal);

}  // namespace realtime

template <>
struct boost::system::is_error_code_enum<realtime::EndpointErrc> : std::true_type {};
