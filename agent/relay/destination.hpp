// From the place that a command is routed to, to what the browser link calls it.
#pragma once

#include <string_view>

#include "agent/relay/core/route.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

/// `default_page`: there is one (a setting); else its commands go to the browser target. Place::agent is none of the
/// browser's.
inline cdp::Destination destination_of(Place place, std::string_view session, bool default_page) noexcept {
    using Kind = cdp::Destination::Kind;
    if (place == Place::session) return {Kind::session, session};
    return {place == Place::default_page && default_page ? Kind::default_page : Kind::browser, {}};
}

}  // namespace relay
