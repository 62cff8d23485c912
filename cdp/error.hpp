// What can go wrong between us and a browser.
#pragma once

#include <boost/system/error_code.hpp>
#include <type_traits>

#include "platform/core/result.hpp"

namespace cdp {

enum class Errc {
    stopped = 1,        // we were asked to end
    connection_ended,   // the browser ended the connection, or its process went
    start_timeout,      // no answer within start_limit
    not_answering,      // the connection stands, and the browser-level checks stay without an answer
    unexpected_answer,  // it answered something that no DevTools endpoint would
    planned_restart,    // its age, its memory, or an update of its binary
    not_found,          // no browser where it was looked for
    not_loopback,       // the address is not this machine's, and allow_remote_browser is off
    bad_address,        // the browser's address cannot be read
    not_devtools,       // the program that answers there is no DevTools endpoint
    stale_port_file,    // DevToolsActivePort names a port at which another browser, or nobody, answers
    refused,            // the endpoint refused the websocket
    host_refused,       // the browser host gave no session
    no_consent,         // the person at the browser said no, or nothing: asked again only when somebody wants it
};
const boost::system::error_category& cdp_category() noexcept;
inline Error make_error_code(Errc code) noexcept {
    return {static_cast<int>(code), cdp_category()};
}

}  // namespace cdp

template <>
struct boost::system::is_error_code_enum<cdp::Errc> : std::true_type {};
