#include "platform/websocket/impl.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <utility>
#include <variant>

#include "platform/wait.hpp"
#include "platform/websocket/opening.hpp"

namespace platform {

namespace {

using net::ip::tcp;

constexpr std::size_t max_waiting_pongs = std::size_t{1} << 20;  // bytes queued beyond which pings stay unanswered
constexpr Duration farewell_limit = std::chrono::seconds{1};     // for the close frame that ends a broken connection
constexpr Duration verdict_limit = std::chrono::seconds{1};      // for the reader to find out why a write failed

}  // namespace

awaitable<Error> WebSocket::Impl::connect(tcp::socket socket, Upgrade upgrade, const TlsContext* tls) {
    if (open || end_reason) co_return WebSocketErrc::not_open;
    Error ec = wire.take(std::move(socket));
    if (ec) co_return ec;
    Timer limit(flushed.get_executor());
    limit.expires_after(options.handshake_timeout);
    const Opening opening{wire, reader, answer, options.max_refusal_body};
    auto shaking = open_websocket(opening, std::move(upgrade), tls);
    auto limited = within(limit, std::move(shaking));
    const auto shaken = co_await std::move(limited);
    ec = shaken ? *shaken : make_error_code(WebSocketErrc::handshake_timeout);
    const auto state = co_await net::this_coro::cancellation_state;
    if (is_cancelled(state)) ec = make_error_code(net::error::operation_aborted);
    if (end_reason) ec = end_reason;  // dropped meanwhile
    if (ec) {
        end(ec);
        close_socket();
        co_return ec;
    }
    open = true;
    heard = BootClock::now();
    co_return Error{};
}

// --- reading ---------------------------------------------------------------------------------------------------------

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
                if (buffer.queued() < max_waiting_pongs) queue(Opcode::pong, std::span(&event.data, 1));
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
        // The flush under way takes the answers along.
        if (std::exchange(answers_due, false) && !flushing) ec = co_await flush_alone();
        if (ec == net::error::operation_aborted) co_return ec;
        const std::span<char> room = reader.prepare();
        const Result<std::size_t> count = co_await wire.receive(room);
        if (count) {
            heard = BootClock::now();
            reader.commit(*count);
            continue;
        }
        if (count.error() == net::error::operation_aborted) co_return end_reason ? end_reason : count.error();
        end(count.error());
    }
}

// The connection is over: answers if the peer still takes it, and closes the socket.
awaitable<Error> WebSocket::Impl::finish() {
    if (open && std::exchange(answers_due, false) && !write_error) {
        Timer limit(flushed.get_executor());
        limit.expires_after(farewell_limit);
        auto parting = within(limit, say_goodbye());
        co_await std::move(parting);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return net::error::operation_aborted;
    }
    close_socket();
    co_return Error{};
}

awaitable<Error> WebSocket::Impl::say_goodbye() {
    Error ec = co_await flush();
    // Closed at once, what the peer still sends would be met with a reset, which takes what it has not yet read of
    // ours: our close frame, and all that was written before it. So the peer closes first (RFC 6455, 7.1.1).
    if (!ec) ec = wire.shut_sending();
    std::array<char, 4096> ignored{};
    while (!ec) {
        const Result<std::size_t> count = co_await wire.receive(ignored);
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
    wire.close();
    flushed.cancel();
}

void WebSocket::Impl::drop() {
    end(net::error::operation_aborted);
    close_socket();
}

// --- writing ---------------------------------------------------------------------------------------------------------

void WebSocket::Impl::queue(Opcode opcode, std::span<const std::string_view> parts) {
    if (!open || close_sent || write_error) return;
    buffer.append(opcode, parts, flushing);
}

void WebSocket::Impl::queue_shared(Opcode opcode, std::string_view head, SharedText body, std::string_view tail) {
    if (!open || close_sent || write_error) return;
    buffer.append_shared(opcode, head, std::move(body), tail, flushing);
}

void WebSocket::Impl::queue_close(std::uint16_t code, std::string_view reason) {
    const std::string payload = close_payload(code, reason);
    const std::string_view part = payload;
    queue(Opcode::close, std::span(&part, 1));
    close_sent = answers_due = true;
}

void WebSocket::Impl::flush_now() {
    if (flushing || !open || write_error) return;
    while (wire.unsent() == 0 && !buffer.empty()) {
        const std::size_t sent =
            wire.send_now(buffer.next(wire.piece()));  // what went wrong is of no interest: flush() meets it
        if (sent == 0) break;
        buffer.advance(sent);
    }
    buffer.recycle();
}

awaitable<Error> WebSocket::Impl::flush_alone() {
    flushing = true;
    Error ec;
    while (!ec && has_unsent()) {
        const Result<std::size_t> count = co_await wire.send_some(buffer.next(wire.piece()));
        if (count)
            buffer.advance(*count);
        else
            ec = count.error();
    }
    flushing = false;
    flushed.cancel();
    // A plain socket that was not written to can go on later; half a TLS record can't.
    const bool may_go_on = ec == net::error::operation_aborted && !wire.has_tls() && open;
    if (ec && !may_go_on) write_error = ec;
    if (ec == net::error::operation_aborted) co_return end_reason ? end_reason : ec;
    if (ec) ec = co_await find_verdict(ec);
    if (!ec) buffer.recycle();
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
    if (!has_unsent()) co_return Error{};
    const Error ec = co_await flush_alone();
    co_return ec;
}

}  // namespace platform
