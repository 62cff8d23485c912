#include "tests/hub/transport.hpp"

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace hub {

namespace {

using net::ip::tcp;

std::size_t available(tcp::socket& socket) {
    Error ignored;
    return socket.available(ignored);
}

bool is_local(const tcp::socket& socket) {
    Error ec;
    const auto peer = socket.remote_endpoint(ec);
    return !ec && peer.address().is_loopback();
}

class Tcp final : public Transport {
  public:
    explicit Tcp(tcp::socket socket) : socket_(std::move(socket)), local_(is_local(socket_)) {}

    awaitable<Error> handshake() override { co_return Error{}; }
    awaitable<std::size_t> read_some(net::mutable_buffer buffer) override {
        const auto [ec, size] = co_await socket_.async_read_some(buffer, no_throw);
        co_return ec ? 0 : size;
    }
    awaitable<Error> write(const std::vector<net::const_buffer>& buffers) override {
        const auto [ec, size] = co_await net::async_write(socket_, buffers, no_throw);
        co_return ec;
    }
    bool readable() override { return available(socket_) > 0; }
    bool local() const override { return local_; }
    void close() override {
        Error ignored;
        socket_.close(ignored);
    }

  private:
    tcp::socket socket_;
    bool local_;
};

class Tls final : public Transport {
  public:
    Tls(tcp::socket socket, net::ssl::context& context)
        : stream_(std::move(socket), context), local_(is_local(stream_.next_layer())) {}

    awaitable<Error> handshake() override {
        const auto [ec] = co_await stream_.async_handshake(net::ssl::stream_base::server, no_throw);
        co_return ec;
    }
    awaitable<std::size_t> read_some(net::mutable_buffer buffer) override {
        const auto [ec, size] = co_await stream_.async_read_some(buffer, no_throw);
        co_return ec ? 0 : size;
    }
    awaitable<Error> write(const std::vector<net::const_buffer>& buffers) override {
        const auto [ec, size] = co_await net::async_write(stream_, buffers, no_throw);
        co_return ec;
    }
    bool readable() override { return available(stream_.next_layer()) > 0; }
    bool local() const override { return local_; }
    void close() override {
        Error ignored;
        stream_.next_layer().close(ignored);
    }

  private:
    net::ssl::stream<tcp::socket> stream_;
    bool local_;
};

}  // namespace

std::unique_ptr<Transport> make_transport(tcp::socket socket, net::ssl::context* tls) {
    Error ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    if (tls != nullptr) return std::make_unique<Tls>(std::move(socket), *tls);
    return std::make_unique<Tcp>(std::move(socket));
}

}  // namespace hub
