// The client's half of one HTTP exchange over a stream that is connected, whatever kind of stream it is. For
// platform/http's own files: it names Beast.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstddef>
#include <string>

#include "platform/net.hpp"

namespace platform::http {

using PlainRequest = boost::beast::http::request<boost::beast::http::string_body>;
using PlainResponse = boost::beast::http::response<boost::beast::http::string_body>;

inline PlainRequest make_plain_request(boost::beast::http::verb method, const std::string& target,
                                       const std::string& host) {
    constexpr unsigned http_1_1 = 11;
    PlainRequest request{method, target, http_1_1};
    request.set(boost::beast::http::field::host, host);
    return request;
}

template <class Stream>
awaitable<Error> write_request(Stream& stream, PlainRequest& request) {
    request.prepare_payload();
    const auto [failed, put] = co_await boost::beast::http::async_write(stream, request, no_throw);
    co_return failed;
}

/// The whole answer; its body ends where the header says, or with the connection.
template <class Stream>
awaitable<Result<PlainResponse>> read_response(Stream& stream, std::size_t max_body) {
    boost::beast::flat_buffer buffer;
    boost::beast::http::response_parser<boost::beast::http::string_body> parser;
    parser.body_limit(max_body);
    const auto [failed, got] = co_await boost::beast::http::async_read(stream, buffer, parser, no_throw);
    if (failed) co_return failed;
    co_return parser.release();
}

}  // namespace platform::http
