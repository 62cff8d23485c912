#include "platform/http/server_socket.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "platform/http/server_stream.hpp"

namespace platform {
namespace {

namespace websocket = boost::beast::websocket;

/// What a large message took goes back to the system; the memory of small ones serves the next.
constexpr std::size_t kept_buffer_bytes = std::size_t{1} << 20;

}  // namespace

struct ServerSocket::Impl {
    explicit Impl(ServerStream& stream) : socket(stream) {
        socket.read_message_max(server_message_bytes);
        socket.auto_fragment(false);
        socket.text(true);
        // The time limits are Beast's: of the handshake, and of the wait for the answer to a close frame.
        websocket::stream_base::timeout limits{};
        limits.handshake_timeout = server_close_limit;
        limits.idle_timeout = websocket::stream_base::none();
        limits.keep_alive_pings = false;
        socket.set_option(limits);
    }

    websocket::stream<ServerStream&, false> socket;  // false: no compression
    boost::beast::flat_buffer buffer;
};

ServerSocket::ServerSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ServerSocket::~ServerSocket() = default;

awaitable<Result<std::string_view>> ServerSocket::read() {
    auto& buffer = impl_->buffer;
    buffer.clear();
    if (buffer.capacity() > kept_buffer_bytes) buffer.shrink_to_fit();
    const auto [ec, size] = co_await impl_->socket.async_read(buffer, no_throw);
    if (ec) co_return ec;
    const auto bytes = buffer.cdata();
    co_return std::string_view(static_cast<const char*>(bytes.data()), bytes.size());
}

awaitable<Error> ServerSocket::write(std::string_view message) {
    const auto bytes = net::buffer(message);
    const auto [ec, size] = co_await impl_->socket.async_write(bytes, no_throw);
    co_return ec;
}

awaitable<void> ServerSocket::close(std::uint16_t code, std::string_view reason) {
    const websocket::close_reason why(static_cast<websocket::close_code>(code),
                                      {reason.data(), std::min(reason.size(), close_reason_bytes)});
    co_await impl_->socket.async_close(why, no_throw);
}

void ServerSocket::drop() {
    impl_->socket.next_layer().close();
}

awaitable<void> serve_websocket(ServerStream& stream, const UpgradeRequest& request, const ServerReply& reply) {
    auto impl = std::make_unique<ServerSocket::Impl>(stream);
    auto& opening = impl->socket;
    ServerSocket socket(std::move(impl));
    const auto [ec] = co_await opening.async_accept(request, no_throw);
    if (!ec) co_await reply.websocket(socket);
}

}  // namespace platform
