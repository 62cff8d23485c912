#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <tuple>
#include <utility>

#include "platform/websocket/impl.hpp"

namespace platform {

namespace {

using net::ip::tcp;
using namespace net::experimental::awaitable_operators;

constexpr unsigned small_flushes_until_release = 64;
constexpr std::size_t max_waiting_pongs = std::size_t{1} << 20;  // bytes queued beyond which pings stay unanswered
constexpr Duration farewell_limit = std::chrono::seconds{1};     // for the close frame that ends a broken connection
constexpr Duration verdict_limit = std::chrono::seconds{1};      // for the reader to find out why a write failed

// How a connection ends without a close frame, in all the spellings of the layers below.
Error name_end(Error ec) {
    if (ec == net::error::eof || ec == net::error::connection_reset || ec == net::error::broken_pipe ||
        ec == net::ssl::error::stream_truncated || ec == net::error::connection_aborted) {
        return WebSocketErrc::lost;
    }
    return ec;
}

}  // namespace

// --- reading ---------------------------------------------------------------------------------------------------------

awaitable<Result<std::size_t>> WebSocket::Impl::receive(std::span<char> room) {
    const auto buffer = net::buffer(room.data(), room.size());
    Error ec;
    std::size_t count = 0;
    if (tls)
        std::tie(ec, count) = co_await tls->async_read_some(buffer, no_throw);
    else
        std::tie(ec, count) = co_await socket.async_read_some(buffer, no_throw);
    if (ec) co_return name_end(ec);
    bytes_in += count;
    co_return count;
}

awaitable<Error> WebSocket::Impl::fill() {
    const std::span<char> room = reader.prepare();
    const Result<std::size_t> count = co_await receive(room);
    if (!count) co_return count.error();
    heard = BootClock::now();
    reader.commit(*count);
    co_return Error{};
}

// The next message of those that are here. Control frames on the way are dealt with.
std::optional<Incoming> WebSocket::Impl::take() {
    while (!end_reason) {
        const FrameEvent event = reader.next();
        switch (event.found) {
            case Found::nothing:
                return std::nullopt;
            case Found::message:
                return Incoming{event.data, event.binary, event.size};
            case Found::pong:
                break;
            case Found::ping:
                if (out.size() < max_waiting_pongs) queue(Opcode::pong, std::span(&event.data, 1));
                answers_due = true;
                break;
            case Found::close:
                peer_code = event.code;
                queue_close(event.code == close_code::no_status ? close_code::normal : event.code, {});
                end(WebSocketErrc::closed);
                break;
            case Found::invalid_utf8:
                queue_close(close_code::invalid_payload, {});
                end(WebSocketErrc::invalid_utf8);
                break;
            case Found::bad_frame:
                queue_close(close_code::protocol_error, {});
                end(WebSocketErrc::protocol);
                break;
        }
    }
    return std::nullopt;
}

awaitable<Result<Incoming>> WebSocket::Impl::read() {
    for (;;) {
        const std::optional<Incoming> message = take();
        if (message) co_return *message;
        if (end_reason) {
            const Error ec = co_await finish();
            co_return ec ? ec : end_reason;
        }
        if (!open) co_return WebSocketErrc::not_open;
        Error ec;
        // Whoever flushes now takes the answers along.
        if (std::exchange(answers_due, false) && !flushing) ec = co_await flush_alone();
        if (ec == net::error::operation_aborted) co_return ec;
        ec = co_await fill();
        if (ec == net::error::operation_aborted) co_return end_reason ? end_reason : ec;
        if (ec) end(ec);
    }
}

// The connection is over: answers if the peer still takes it, and closes the socket.
awaitable<Error> WebSocket::Impl::finish() {
    if (open && std::exchange(answers_due, false) && !write_error) {
        Timer limit(executor);
        limit.expires_after(farewell_limit);
        const auto first = co_await (say_goodbye() || limit.async_wait(no_throw));
        (void)first;
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return net::error::operation_aborted;
    }
    close_socket();
    co_return Error{};
}

awaitable<Error> WebSocket::Impl::say_goodbye() {
    Error ec = co_await flush();
    // The peer ended the connection itself: it waits for nothing more.
    if (ec || end_reason == WebSocketErrc::closed) co_return ec;
    // Closed at once, its answer would be met with a reset, which takes our close frame out of its hands unread.
    socket.shutdown(tcp::socket::shutdown_send, ec);
    std::array<char, 4096> ignored{};
    while (!ec) {
        const Result<std::size_t> count = co_await receive(ignored);
        if (!count) ec = count.error();
    }
    co_return ec;
}

void WebSocket::Impl::end(Error why) {
    if (end_reason) return;
    end_reason = why;
    ended.cancel();
}

void WebSocket::Impl::close_socket() {
    open = false;
    Error ignored;
    socket.shutdown(tcp::socket::shutdown_both, ignored);
    socket.close(ignored);
    flushed.cancel();
}

// --- writing ---------------------------------------------------------------------------------------------------------

void WebSocket::Impl::queue(Opcode opcode, std::span<const std::string_view> parts) {
    if (!open || close_sent || write_error) return;
    // Where nothing is under way the larger of the two buffers serves, so that the other one does not grow as well.
    if (out.empty() && sending.empty() && !flushing && sending.capacity() > out.capacity()) out.swap(sending);
    append_frame(out, opcode, options.mask ? masks.next() : MaskKey{}, parts);
}

void WebSocket::Impl::queue_close(std::uint16_t code, std::string_view reason) {
    const std::string payload = close_payload(code, reason);
    const std::string_view part = payload;
    queue(Opcode::close, std::span(&part, 1));
    close_sent = answers_due = true;
}

// A plain socket is tried at once: it nearly always has room, and that saves the way through the scheduler.
awaitable<Result<std::size_t>> WebSocket::Impl::send_some(std::string_view bytes) {
    const auto buffer = net::buffer(bytes.data(), bytes.size());
    Error ec;
    std::size_t count = 0;
    if (tls) {
        std::tie(ec, count) = co_await tls->async_write_some(buffer, no_throw);
    } else {
        count = socket.write_some(buffer, ec);
        if (ec == net::error::would_block) std::tie(ec, count) = co_await socket.async_write_some(buffer, no_throw);
    }
    if (ec) co_return name_end(ec);
    bytes_out += count;
    co_return count;
}

// Everything of `sending` is written: its memory serves the next frames, unless it is a lot and seldom needed.
void WebSocket::Impl::recycle() {
    const bool small = sending.size() <= sending.capacity() / 4;
    small_flushes = small ? small_flushes + 1 : 0;
    const bool idle = small_flushes >= small_flushes_until_release && sending.capacity() > always_kept;
    if (idle || sending.capacity() > kept_memory) sending.release();
    sending.clear();
    sent = 0;
}

void WebSocket::Impl::next_to_send() {
    if (sent < sending.size()) return;
    recycle();
    sending.swap(out);
}

void WebSocket::Impl::flush_now() {
    if (tls || flushing || !open || write_error) return;
    next_to_send();
    if (sending.empty()) return;
    Error ec;  // of no interest: flush() meets it again
    const std::size_t count = socket.write_some(net::buffer(sending.data() + sent, sending.size() - sent), ec);
    bytes_out += count;
    sent += count;
    if (sent == sending.size()) recycle();
}

awaitable<Error> WebSocket::Impl::flush_alone() {
    flushing = true;
    Error ec;
    while (!ec && (sent < sending.size() || !out.empty())) {
        next_to_send();
        const Result<std::size_t> count = co_await send_some(sending.view().substr(sent));
        if (count)
            sent += *count;
        else
            ec = count.error();
    }
    flushing = false;
    flushed.cancel();
    // A plain socket that was not written to can go on later; half a TLS record can't.
    const bool may_go_on = ec == net::error::operation_aborted && !tls && open;
    if (ec && !may_go_on) write_error = ec;
    if (ec == net::error::operation_aborted) co_return end_reason ? end_reason : ec;
    if (ec) ec = co_await find_verdict(ec);
    if (!ec && sent == sending.size()) recycle();
    co_return ec;
}

// A failed write says little; the reader may be about to find the peer's close frame.
awaitable<Error> WebSocket::Impl::find_verdict(Error failure) {
    if (!end_reason) {
        ended.expires_after(verdict_limit);
        const auto [ec] = co_await ended.async_wait(no_throw);
        (void)ec;
    }
    co_return end_reason ? end_reason : failure;
}

awaitable<Error> WebSocket::Impl::flush() {
    while (flushing) {
        const auto [ec] = co_await flushed.async_wait(no_throw);
        (void)ec;
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return net::error::operation_aborted;
    }
    if (write_error) co_return end_reason ? end_reason : write_error;
    if (!open) co_return end_reason ? end_reason : make_error_code(WebSocketErrc::not_open);
    if (out.empty() && sent == sending.size()) co_return Error{};
    const Error ec = co_await flush_alone();
    co_return ec;
}

}  // namespace platform
