#include "tests/support/tls_front.hpp"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "tests/support/authority.hpp"

namespace support {
namespace {

namespace ssl = net::ssl;
using net::ip::tcp;
using namespace net::experimental::awaitable_operators;

template <class From, class To>
awaitable<void> pump(From& from, To& to) {
    std::array<char, 65536> room{};
    for (;;) {
        auto [ec, count] = co_await from.async_read_some(net::buffer(room), no_throw);
        if (ec) co_return;
        auto [failed, written] = co_await net::async_write(to, net::buffer(room, count), no_throw);
        static_cast<void>(written);
        if (failed) co_return;
    }
}

}  // namespace

struct TlsFront::Impl {
    Impl(net::io_context& loop, std::uint16_t port)
        : io{loop},
          acceptor{loop, {net::ip::address_v4::loopback(), 0}},
          target{net::ip::address_v4::loopback(), port} {
        const auto identity = authority.issue({.names = {"localhost"}, .addresses = {"127.0.0.1"}});
        context.use_certificate_chain(net::buffer(identity.certificate));
        context.use_private_key(net::buffer(identity.key), ssl::context::pem);
    }

    static awaitable<void> accept(std::shared_ptr<Impl> self) {
        for (;;) {
            auto [ec, socket] = co_await self->acceptor.async_accept(no_throw);
            if (ec) co_return;
            net::co_spawn(self->io, serve(self, std::move(socket)), rethrow);
        }
    }

    static awaitable<void> serve(std::shared_ptr<Impl> self, tcp::socket socket) {
        ssl::stream<tcp::socket> near{std::move(socket), self->context};
        auto [refused] = co_await near.async_handshake(ssl::stream_base::server, no_throw);
        if (refused) co_return;
        tcp::socket far{self->io};
        auto [away] = co_await far.async_connect(self->target, no_throw);
        if (away) co_return;
        // The end of either side ends both.
        co_await (pump(near, far) || pump(far, near));
    }

    net::io_context& io;
    tests::Authority authority;
    ssl::context context{ssl::context::tls_server};
    tcp::acceptor acceptor;
    tcp::endpoint target;
};

TlsFront::TlsFront(net::io_context& io, std::uint16_t target) : impl_{std::make_shared<Impl>(io, target)} {
    net::co_spawn(io, Impl::accept(impl_), rethrow);
}

TlsFront::~TlsFront() {
    Error ignored;
    impl_->acceptor.close(ignored);
}

std::uint16_t TlsFront::port() const {
    return impl_->acceptor.local_endpoint().port();
}

std::string TlsFront::authority() const {
    return impl_->authority.certificate();
}

}  // namespace support
