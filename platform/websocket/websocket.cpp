#include "platform/websocket/websocket.hpp"

#include <array>
#include <utility>

#include "platform/websocket/handshake.hpp"
#include "platform/websocket/impl.hpp"

namespace platform {

namespace {

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
    return impl_->wire.peer();
}

awaitable<Error> WebSocket::connect(net::ip::tcp::socket socket, Upgrade upgrade, const TlsContext* tls) {
    return impl_->connect(std::move(socket), std::move(upgrade), tls);
}

awaitable<Result<Incoming>> WebSocket::read() {
    return impl_->read();
}

std::optional<Result<Incoming>> WebSocket::poll() {
    if (const auto message = impl_->take()) return Result<Incoming>(*message);
    return std::nullopt;
}

KeptMessage WebSocket::keep() {
    return impl_->reader.keep();
}

void WebSocket::queue(bool binary, std::string_view head, std::string_view body, std::string_view tail) {
    const std::array parts{head, body, tail};
    impl_->queue(binary ? Opcode::binary : Opcode::text, parts);
}

void WebSocket::queue_shared(bool binary, std::string_view head, SharedText body, std::string_view tail) {
    impl_->queue_shared(binary ? Opcode::binary : Opcode::text, head, std::move(body), tail);
}

std::size_t WebSocket::queued() const {
    return impl_->buffer.size() + impl_->wire.unsent();
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
    impl_->drop();
}

std::uint16_t WebSocket::peer_close_code() const {
    return impl_->peer_code;
}

Duration WebSocket::age_of_newest() const {
    return impl_->wire.age_of_newest();
}

std::uint64_t WebSocket::bytes_read() const {
    return impl_->wire.bytes_in();
}

std::uint64_t WebSocket::bytes_written() const {
    return impl_->wire.bytes_out();
}

}  // namespace platform
