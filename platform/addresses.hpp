// The addresses that a host stands for, to be tried one after the other: a name may have several of which one alone is
// listened at.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/net.hpp"

namespace platform {

/// All addresses of a host, in the order in which they are to be tried; never empty. Names of loopback (`localhost`)
/// are both loopback addresses, without a look-up, which may lead anywhere. Errors: the resolver's.
awaitable<Result<std::vector<net::ip::tcp::endpoint>>> addresses_of(std::string host, std::uint16_t port);

}  // namespace platform
