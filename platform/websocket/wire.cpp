#include "platform/websocket/wire.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <tuple>
#include <utility>

#include "platform/websocket/websocket.hpp"

namespace platform {
namespace {

using net::ip::tcp;

/// How a connection ends without a close frame, in all the spellings of the layers below.
Error name_end(Error ec) {
    if (ec == net::error::eof || ec == net::error::connection_reset || ec == net::error::broken_pipe ||
        ec == net::ssl::error::stream_truncated || ec == net::error::connection_aborted) {
        return WebSocketErrc::lost;
    }
    return ec;
}

}  // namespace

Error Wire::take(tcp::socket socket) {
    socket_ = std::move(socket);
    Error ec;
    socket_.set_option(tcp::no_delay(true), ec);
    if (!ec) socket_.non_blocking(true, ec);
    return ec;
}

awaitable<Error> Wire::start_tls(std::string host, const TlsContext& context) {
    // Asio's context takes its own reference: OpenSSL counts them.
    SSL_CTX_up_ref(context.native());
    net::ssl::context shared(context.native());
    tls_.emplace(socket_, shared);
    const Error named = expect_host(tls_->native_handle(), host);
    if (named) co_return named;
    note_peer(tls_->native_handle(), peer_);
    const auto [ec] = co_await tls_->async_handshake(net::ssl::stream_base::client, no_throw);
    if (ec == net::error::operation_aborted) co_return ec;
    if (ec) co_return explain_handshake(tls_->native_handle(), ec);
    peer_ = describe_peer(tls_->native_handle());
    co_return Error{};
}

awaitable<Result<std::size_t>> Wire::receive(std::span<char> room) {
    const auto buffer = net::buffer(room.data(), room.size());
    Error ec;
    std::size_t count = 0;
    if (tls_)
        std::tie(ec, count) = co_await tls_->async_read_some(buffer, no_throw);
    else
        std::tie(ec, count) = co_await socket_.async_read_some(buffer, no_throw);
    if (ec) co_return name_end(ec);
    bytes_in_ += count;
    co_return count;
}

/// A plain socket is tried at once: it nearly always has room, and that saves the way through the scheduler.
awaitable<Result<std::size_t>> Wire::send_some(std::string_view bytes) {
    const auto buffer = net::buffer(bytes.data(), bytes.size());
    Error ec;
    std::size_t count = 0;
    if (tls_) {
        std::tie(ec, count) = co_await tls_->async_write_some(buffer, no_throw);
    } else {
        count = socket_.write_some(buffer, ec);
        if (ec == net::error::would_block) std::tie(ec, count) = co_await socket_.async_write_some(buffer, no_throw);
    }
    if (ec) co_return name_end(ec);
    bytes_out_ += count;
    co_return count;
}

std::size_t Wire::send_now(std::string_view bytes) {
    Error ignored;
    const std::size_t count = socket_.write_some(net::buffer(bytes.data(), bytes.size()), ignored);
    bytes_out_ += count;
    return count;
}

Error Wire::shut_sending() {
    Error ec;
    socket_.shutdown(tcp::socket::shutdown_send, ec);
    return ec;
}

void Wire::close() {
    Error ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
}

Duration Wire::age_of_newest() {
#ifdef __linux__
    tcp_info told{};
    socklen_t size = sizeof told;
    const int fd = socket_.is_open() ? socket_.native_handle() : -1;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &told, &size) == 0) {
        return std::chrono::milliseconds{told.tcpi_last_data_recv};
    }
#endif
    return {};
}

}  // namespace platform
