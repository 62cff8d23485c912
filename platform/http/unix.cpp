// HTTP over a unix socket, the client's side, and the parameters of a request's address.
#include <unistd.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <cerrno>

#include "platform/file.hpp"
#include "platform/http/exchange.hpp"
#include "platform/http/server.hpp"
#include "platform/percent.hpp"
#include "platform/text.hpp"

namespace platform {
namespace {

namespace beast = boost::beast;
namespace beast_http = beast::http;
using Stream = beast::basic_stream<net::generic::stream_protocol, net::any_io_executor>;
using Unix = net::local::stream_protocol;

awaitable<Error> exchange(Stream& stream, const UnixRequest& asked, UnixResponse& answer) {
    const Unix::endpoint where(asked.socket.string());
    const auto [refused] = co_await stream.socket().async_connect(where, no_throw);
    if (refused) co_return refused;
    const auto server = peer_of(stream.socket().native_handle());
    // A queue that is full lets Asio believe that it connected.
    if (!server) co_return net::error::try_again;
    if (!may_serve(asked.socket, server->uid)) co_return FileErrc::stranger;
    auto request = http::make_plain_request(beast_http::string_to_verb(asked.method), asked.target, "localhost");
    request.keep_alive(false);
    request.body() = asked.body;
    stream.expires_after(asked.timeout);
    const Error failed = co_await http::write_request(stream, request);
    if (failed) co_return failed;
    auto response = co_await http::read_response(stream, unix_answer_bytes);
    if (!response) {
        const bool late = response.error() == beast::error::timeout;
        co_return late ? Error(net::error::timed_out) : response.error();
    }
    answer.status = static_cast<int>(response->result_int());
    answer.body = std::move(response->body());
    co_return Error{};
}

/// The server's queue is full, or it closed the connection without a word of an answer.
bool lost_its_place(Error ec) {
    return ec == net::error::try_again || ec == net::error::connection_reset || ec == net::error::broken_pipe ||
           ec == beast_http::error::end_of_stream || ec == net::error::eof;
}

}  // namespace

awaitable<Result<UnixResponse>> fetch_unix(UnixRequest request) {
    const auto executor = co_await net::this_coro::executor;
    const auto end = BootClock::now() + std::min<Duration>(unix_retry_limit, request.timeout);
    Timer pause(executor);
    for (Duration wait = unix_retry_pause;; wait *= 2) {
        Stream stream(executor);
        UnixResponse answer;
        const Error ec = co_await exchange(stream, request, answer);
        if (!ec) co_return answer;
        if (!lost_its_place(ec) || BootClock::now() + wait >= end) co_return ec;
        pause.expires_after(wait);
        const auto [cancelled] = co_await pause.async_wait(no_throw);
        if (cancelled) co_return ec;
    }
}

std::optional<std::string> ServerRequest::parameter(std::string_view name) const {
    std::optional<std::string> found;
    for (const std::string_view part : split(query, '&')) {
        const auto equals = part.find('=');
        if (percent_decode(part.substr(0, equals)) != name) continue;
        if (found) return std::nullopt;
        found = equals == std::string_view::npos ? std::string() : percent_decode(part.substr(equals + 1));
    }
    return found;
}

}  // namespace platform
