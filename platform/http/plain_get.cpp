#include "platform/http/plain_get.hpp"

#include <utility>

#include "platform/http/exchange.hpp"
#include "platform/http/http.hpp"

namespace platform::http {

awaitable<Result<PlainAnswer>> get_plainly(PlainGet asked) {
    const auto executor = co_await net::this_coro::executor;
    net::ip::tcp::socket socket{executor};
    const auto [refused] = co_await socket.async_connect(asked.address, no_throw);
    if (refused) co_return refused;
    auto request = make_plain_request(boost::beast::http::verb::get, asked.target, asked.host);
    const Error unsent = co_await write_request(socket, request);
    if (unsent) co_return unsent;
    auto response = co_await read_response(socket, asked.max_body);
    if (!response) {
        const bool too_large = response.error() == boost::beast::http::error::body_limit;
        co_return too_large ? make_error_code(Errc::too_large) : make_error_code(Errc::broken);
    }
    co_return PlainAnswer{static_cast<int>(response->result_int()), std::move(response->body())};
}

}  // namespace platform::http
