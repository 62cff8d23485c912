#include "platform/addresses.hpp"

#include <boost/asio/ip/address.hpp>

#include "platform/url.hpp"

namespace platform {

using net::ip::tcp;

awaitable<Result<std::vector<tcp::endpoint>>> addresses_of(std::string host, std::uint16_t port) {
    std::vector<tcp::endpoint> all;
    Error ec;
    const auto literal = net::ip::make_address(host, ec);
    if (!ec) {
        all.emplace_back(literal, port);
        co_return all;
    }
    if (is_loopback(host)) {
        all.emplace_back(net::ip::address_v4::loopback(), port);
        all.emplace_back(net::ip::address_v6::loopback(), port);
        co_return all;
    }
    const auto executor = co_await net::this_coro::executor;
    tcp::resolver resolver(executor);
    const auto service = std::to_string(port);
    // Without flags: the usual ones leave out a family of which this machine has no address beside loopback.
    constexpr tcp::resolver::flags none{};
    auto [failed, found] = co_await resolver.async_resolve(host, service, none, no_throw);
    if (failed) co_return failed;
    for (const auto& entry : found) all.push_back(entry.endpoint());
    if (all.empty()) co_return Error{net::error::host_not_found};
    co_return all;
}

}  // namespace platform
