// REST by libcurl on the network worker: https with the one proxy and certificate policy, bounded in size and time.
#pragma once

#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "platform/net.hpp"
#include "platform/net_failure.hpp"
#include "platform/net_options.hpp"
#include "platform/worker.hpp"

namespace platform::http {

enum class Errc {
    not_https = 1,  // plain http is for loopback only
    bad_url,        // not an http or https address
    too_large,      // the body is beyond the limit
    timed_out,      // no whole answer within the limit
    broken,         // the connection ended within the answer, or what came is no HTTP
    bad_header,     // a header that we were asked to send has a line break or no name
};
const boost::system::error_category& http_category() noexcept;
inline Error make_error_code(Errc code) noexcept {
    return {static_cast<int>(code), http_category()};
}

using Headers = std::vector<std::pair<std::string, std::string>>;

/// One request. Redirects are never followed: an answer of 3xx is handed out as it is.
struct Request {
    std::string method = "GET";
    std::string url;
    Headers headers;
    std::string body;
    std::size_t max_body = std::size_t{1} << 20;  // bytes of the answer
    Duration timeout = std::chrono::seconds{30};  // from start to the answer's last byte
};

struct Response {
    int status = 0;
    Headers headers;  // names in lower case, in the order they came
    std::string body;
    std::chrono::seconds retry_after{0};  // how long the server wants not to be asked; 0: it did not say

    bool is_success() const noexcept { return status >= 200 && status < 300; }

    /// The first header of that (lower-case) name, or an empty string.
    std::string_view header(std::string_view name) const;
};

/// Performs the request on the network worker. Any HTTP status is a Response; errors are about the way to it: of this
/// module, of TLS (platform/tls.hpp) or of the connection and the proxy (platform/tunnel.hpp). Cancelling ends it at
/// once. Its sentence names who is concerned. Passwords and tokens in the request are not logged and not part of any
/// error.
awaitable<NetResult<Response>> fetch(Worker& network, Request request, NetOptions options);

}  // namespace platform::http

template <>
struct boost::system::is_error_code_enum<platform::http::Errc> : std::true_type {};
