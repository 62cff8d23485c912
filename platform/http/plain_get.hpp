// A GET over plain TCP to an address that is known: no proxy, no TLS, no redirects. For servers of this machine or
// network, such as a browser's DevTools port.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <string>

#include "platform/net.hpp"

namespace platform::http {

struct PlainGet {
    net::ip::tcp::endpoint address;
    std::string host;  // for the Host header
    std::string target = "/";
    std::size_t max_body = std::size_t{1} << 20;
};

struct PlainAnswer {
    int status = 0;
    std::string body;
};

/// One try. Bound it with a timer. Errors: of the connection; Errc::broken where what came is no whole answer;
/// Errc::too_large.
awaitable<Result<PlainAnswer>> get_plainly(PlainGet asked);

}  // namespace platform::http
