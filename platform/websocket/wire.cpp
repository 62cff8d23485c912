#include "platform/websocket/wire.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <tuple>
#include <utility>

#include "platform/websocket/gathered.hpp"
#include "platform/websocket/websocket.hpp"

namespace platform {
namespace {

using net::ip::tcp;

constexpr std::size_t encrypted_at_once = std::size_t{128} << 10;  // bytes of text; a multiple of a record's 16 KiB

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
    tls_.emplace(context.native());
    const Error named = expect_host(tls_->native(), host);
    if (named) co_return named;
    note_peer(tls_->native(), peer_);
    const Error ec = co_await shake_hands();
    if (ec == net::error::operation_aborted) co_return ec;
    if (ec) co_return explain_handshake(tls_->native(), ec);
    peer_ = describe_peer(tls_->native());
    co_return Error{};
}

awaitable<Error> Wire::shake_hands() {
    for (;;) {
        const auto step = tls_->handshake();
        const Error unsent = co_await send_records();  // also the alert that says why it failed
        if (step == TlsRecords::Step::failed) co_return tls_->error();
        if (step == TlsRecords::Step::ended) co_return make_error_code(net::error::eof);
        if (step == TlsRecords::Step::done) co_return unsent;
        // What the peer said before it went says more than that it takes nothing.
        const Error ec = co_await receive_records();
        if (ec) co_return ec;
    }
}

// --- receiving -------------------------------------------------------------------------------------------------------

awaitable<Error> Wire::receive_records() {
    const auto room = tls_->prepare();
    const auto [ec, count] = co_await socket_.async_read_some(net::buffer(room.data(), room.size()), no_throw);
    tls_->commit(count);
    co_return ec;
}

awaitable<Result<std::size_t>> Wire::receive_text(std::span<char> room) {
    for (;;) {
        std::size_t count = 0;
        const auto step = tls_->read(room, count);
        send_records_now();  // what the protocol answers by itself
        if (step == TlsRecords::Step::done) co_return count;
        if (step == TlsRecords::Step::ended) co_return make_error_code(net::error::eof);
        if (step == TlsRecords::Step::failed) co_return tls_->error();
        const Error ec = co_await receive_records();
        if (ec) co_return ec;
    }
}

awaitable<Result<std::size_t>> Wire::receive(std::span<char> room) {
    Error ec;
    std::size_t count = 0;
    if (tls_) {
        const Result<std::size_t> got = co_await receive_text(room);
        if (!got) co_return name_end(got.error());
        count = *got;
    } else {
        std::tie(ec, count) = co_await socket_.async_read_some(net::buffer(room.data(), room.size()), no_throw);
    }
    if (ec) co_return name_end(ec);
    bytes_in_ += count;
    co_return count;
}

// --- sending ---------------------------------------------------------------------------------------------------------

/// A socket is tried at once: it nearly always has room, and that saves the way through the scheduler.
awaitable<Error> Wire::send_records() {
    sending_records_ = true;
    Error ec;
    while (!ec && tls_->unsent() > 0) {
        const auto bytes = tls_->waiting();
        const auto buffer = net::buffer(bytes.data(), bytes.size());
        std::size_t count = socket_.write_some(buffer, ec);
        if (ec == net::error::would_block) std::tie(ec, count) = co_await socket_.async_write_some(buffer, no_throw);
        tls_->advance(count);
    }
    sending_records_ = false;
    co_return ec;
}

std::size_t Wire::piece() const {
    return tls_ ? encrypted_at_once : Gathered::piece_size;
}

void Wire::send_records_now() {
    Error ec;  // of no interest: who sends next meets it again
    while (!ec && !sending_records_ && tls_->unsent() > 0) {
        const auto bytes = tls_->waiting();
        tls_->advance(socket_.write_some(net::buffer(bytes.data(), bytes.size()), ec));
    }
}

awaitable<Result<std::size_t>> Wire::send_some(std::string_view bytes) {
    Error ec;
    std::size_t count = 0;
    if (tls_) {
        bytes = bytes.substr(0, encrypted_at_once);
        if (tls_->write(bytes) != TlsRecords::Step::done) co_return name_end(tls_->error());
        count = bytes.size();
        ec = co_await send_records();
    } else {
        const auto buffer = net::buffer(bytes.data(), bytes.size());
        count = socket_.write_some(buffer, ec);
        if (ec == net::error::would_block) std::tie(ec, count) = co_await socket_.async_write_some(buffer, no_throw);
    }
    if (ec) co_return name_end(ec);
    bytes_out_ += count;
    co_return count;
}

std::size_t Wire::send_now(std::string_view bytes) {
    std::size_t count = 0;
    if (tls_) {
        bytes = bytes.substr(0, encrypted_at_once);
        if (tls_->write(bytes) == TlsRecords::Step::done) count = bytes.size();
        send_records_now();
    } else {
        Error ignored;
        count = socket_.write_some(net::buffer(bytes.data(), bytes.size()), ignored);
    }
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
