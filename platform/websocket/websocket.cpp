#include "platform/websocket/websocket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <span>
#include <utility>
#include <variant>

#include "platform/websocket/handshake.hpp"
#include "platform/websocket/impl.hpp"

namespace platform {

namespace {

using net::ip::tcp;
using namespace net::experimental::awaitable_operators;

class WebSocketCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "websocket"; }
    std::string message(int value) const override {
        switch (static_cast<WebSocketErrc>(value)) {
            case WebSocketErrc::refused:
                return "The server refused the WebSocket.";
            case WebSocketErrc::upgrade_stripped:
                return "Something between here and the server (a proxy, a gateway, a login page) does not let "
                       "WebSockets "
                       "through: the answer is not the server's.";
            case WebSocketErrc::bad_handshake:
                return "The answer to the WebSocket handshake makes no sense.";
            case WebSocketErrc::handshake_timeout:
                return "The server did not answer the WebSocket handshake in time.";
            case WebSocketErrc::closed:
                return "The server closed the WebSocket.";
            case WebSocketErrc::lost:
                return "The connection ended without a close frame.";
            case WebSocketErrc::invalid_utf8:
                return "A text message was not UTF-8, which ends a WebSocket.";
            case WebSocketErrc::protocol:
                return "A frame broke the WebSocket protocol.";
            case WebSocketErrc::not_open:
                return "The WebSocket is not open.";
        }
        return "Unknown WebSocket error.";
    }
};

}  // namespace

const boost::system::error_category& websocket_category() noexcept {
    static const WebSocketCategory category;
    return category;
}

std::string_view Refusal::header(std::string_view name) const {
    return find_header(headers, name);
}

// --- opening ---------------------------------------------------------------------------------------------------------

awaitable<Error> WebSocket::Impl::handshake(Upgrade upgrade, const TlsContext* context) {
    if (context) {
        const Error ec = co_await start_tls(upgrade.host, *context);
        if (ec) co_return ec;
    }
    co_return co_await ask(std::move(upgrade));
}

awaitable<Error> WebSocket::Impl::start_tls(std::string host, const TlsContext& context) {
    // Asio's context takes a reference of its own: OpenSSL counts them.
    SSL_CTX_up_ref(context.native());
    net::ssl::context shared(context.native());
    tls.emplace(socket, shared);
    const Error named = expect_host(tls->native_handle(), host);
    if (named) co_return named;
    note_peer(tls->native_handle(), peer);
    const auto [ec] = co_await tls->async_handshake(net::ssl::stream_base::client, no_throw);
    if (ec == net::error::operation_aborted) co_return ec;
    if (ec) co_return explain_handshake(tls->native_handle(), ec);
    peer = describe_peer(tls->native_handle());
    co_return Error{};
}

awaitable<Error> WebSocket::Impl::ask(Upgrade upgrade) {
    const std::string key = make_handshake_key();
    const Result<std::string> request = write_handshake(upgrade, tls.has_value(), key);
    if (!request) co_return request.error();
    std::string_view rest = *request;
    while (!rest.empty()) {
        const Result<std::size_t> count = co_await send_some(rest);
        if (!count) co_return count.error();
        rest.remove_prefix(*count);
    }
    const Error ec = co_await read_answer();
    if (ec) co_return ec;
    co_return judge_handshake(answer, key);
}

awaitable<Error> WebSocket::Impl::read_answer() {
    HandshakeParser parser(options.max_refusal_body);
    while (!parser.done()) {
        const std::span<char> room = reader.prepare();
        const Result<std::size_t> count = co_await receive(room);
        if (!count) {
            if (count.error() == WebSocketErrc::lost && parser.ends_with_connection()) break;
            co_return count.error();
        }
        reader.commit(*count);
        const Result<std::size_t> used = parser.put(reader.unread());
        if (!used) co_return used.error();
        reader.consume(*used);
        // A header beyond the window can't come to an end.
        if (*used == 0 && reader.unread().size() == FrameReader::window_size) co_return WebSocketErrc::bad_handshake;
    }
    answer = parser.take();
    co_return Error{};
}

awaitable<Error> WebSocket::connect(tcp::socket socket, Upgrade upgrade, const TlsContext* tls) {
    Impl& self = *impl_;
    if (self.open || self.end_reason) co_return WebSocketErrc::not_open;
    self.socket = std::move(socket);
    Error ec;
    self.socket.set_option(tcp::no_delay(true), ec);
    if (!ec) self.socket.non_blocking(true, ec);
    if (ec) co_return ec;
    Timer limit(self.executor);
    limit.expires_after(self.options.handshake_timeout);
    auto shaking = self.handshake(std::move(upgrade), tls);
    const auto first = co_await (std::move(shaking) || limit.async_wait(no_throw));
    if (first.index() == 1)
        ec = make_error_code(WebSocketErrc::handshake_timeout);
    else
        ec = std::get<0>(first);
    const auto state = co_await net::this_coro::cancellation_state;
    if (is_cancelled(state)) ec = make_error_code(net::error::operation_aborted);
    if (self.end_reason) ec = self.end_reason;  // dropped meanwhile
    if (ec) {
        self.end(ec);
        self.close_socket();
        co_return ec;
    }
    self.open = true;
    self.heard = BootClock::now();
    co_return Error{};
}

// --- the face --------------------------------------------------------------------------------------------------------

WebSocket::WebSocket(net::any_io_executor executor, WebSocketOptions options)
    : impl_(std::make_unique<Impl>(std::move(executor), options)) {}
WebSocket::~WebSocket() = default;
WebSocket::WebSocket(WebSocket&&) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&&) noexcept = default;

const Refusal& WebSocket::refusal() const {
    return impl_->answer;
}

std::string_view WebSocket::response_header(std::string_view name) const {
    return impl_->answer.header(name);
}

const TlsPeer& WebSocket::tls_peer() const {
    return impl_->peer;
}

awaitable<Result<Incoming>> WebSocket::read() {
    return impl_->read();
}

std::optional<Result<Incoming>> WebSocket::poll() {
    if (const auto message = impl_->take()) return Result<Incoming>(*message);
    return std::nullopt;
}

void WebSocket::queue(bool binary, std::string_view head, std::string_view body, std::string_view tail) {
    const std::array parts{head, body, tail};
    impl_->queue(binary ? Opcode::binary : Opcode::text, parts);
}

std::size_t WebSocket::queued() const {
    return impl_->out.size() + impl_->sending.size() - impl_->sent;
}

awaitable<Error> WebSocket::flush() {
    return impl_->flush();
}

void WebSocket::flush_now() {
    impl_->flush_now();
}

TimePoint WebSocket::last_heard() const {
    return impl_->heard;
}

awaitable<Error> WebSocket::close(std::uint16_t code, std::string_view reason) {
    if (!impl_->close_sent) impl_->queue_close(code, reason);
    return impl_->flush();
}

void WebSocket::drop() {
    impl_->end(net::error::operation_aborted);
    impl_->close_socket();
}

std::uint16_t WebSocket::peer_close_code() const {
    return impl_->peer_code;
}

Duration WebSocket::age_of_newest() const {
#ifdef __linux__
    tcp_info told{};
    socklen_t size = sizeof told;
    const int fd = impl_->socket.is_open() ? impl_->socket.native_handle() : -1;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &told, &size) == 0) {
        return std::chrono::milliseconds{told.tcpi_last_data_recv};
    }
#endif
    return {};
}

std::uint64_t WebSocket::bytes_read() const {
    return impl_->bytes_in;
}

std::uint64_t WebSocket::bytes_written() const {
    return impl_->bytes_out;
}

}  // namespace platform
