#include "tests/support/delay_proxy.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <list>
#include <string>
#include <thread>

#include "platform/net.hpp"

namespace tests {

namespace {

using net::ip::tcp;
using Clock = std::chrono::steady_clock;

struct Chunk {
    Clock::time_point due;
    std::string bytes;  // empty: the sender's end
};

// One way of a connection: a reader that notes when each chunk is due, and a writer that waits for that.
struct Way {
    Way(tcp::socket& source, tcp::socket& target) : from(source), to(target), wake(source.get_executor()) {}
    tcp::socket& from;
    tcp::socket& to;
    net::steady_timer wake;
    std::deque<Chunk> chunks;
};

struct Line {
    Line(tcp::socket a, net::io_context& io) : near(std::move(a)), far(io), up(near, far), down(far, near) {}
    tcp::socket near;
    tcp::socket far;
    Way up;
    Way down;
    bool dead = false;  // swallowed once: what passes now would be a stream with a hole
};

}  // namespace

struct DelayProxy::Impl {
    explicit Impl(std::uint16_t port) : target(net::ip::address_v4::loopback(), port) {}

    awaitable<void> accept();
    awaitable<void> serve(std::shared_ptr<Line> line);
    awaitable<void> read(std::shared_ptr<Line> line, Way& way);
    awaitable<void> write(std::shared_ptr<Line> line, Way& way);
    void reset_all();

    net::io_context io{1};
    tcp::acceptor acceptor{io, tcp::endpoint(net::ip::address_v4::loopback(), 0)};
    tcp::endpoint target;
    std::chrono::milliseconds delay{};
    bool swallowing = false;
    std::list<std::weak_ptr<Line>> lines;  // the loops of a line share it
    std::atomic<int> accepted = 0;
    std::thread thread;
};

awaitable<void> DelayProxy::Impl::accept() {
    for (;;) {
        auto [ec, socket] = co_await acceptor.async_accept(no_throw);
        if (ec) co_return;
        ++accepted;
        auto line = std::make_shared<Line>(std::move(socket), io);
        line->dead = swallowing;
        lines.remove_if([](const auto& old) { return old.expired(); });
        lines.push_back(line);
        net::co_spawn(io, serve(line), rethrow);
    }
}

awaitable<void> DelayProxy::Impl::serve(std::shared_ptr<Line> line) {
    const auto [ec] = co_await line->far.async_connect(target, no_throw);
    Error ignored;
    if (ec) {
        line->near.close(ignored);
        co_return;
    }
    line->near.set_option(tcp::no_delay(true), ignored);
    line->far.set_option(tcp::no_delay(true), ignored);
    for (Way* way : {&line->up, &line->down}) {
        net::co_spawn(io, read(line, *way), rethrow);
        net::co_spawn(io, write(line, *way), rethrow);
    }
}

awaitable<void> DelayProxy::Impl::read(std::shared_ptr<Line> line, Way& way) {
    std::string room(65536, '\0');
    for (;;) {
        const auto [ec, count] = co_await way.from.async_read_some(net::buffer(room), no_throw);
        if (ec == net::error::operation_aborted) co_return;
        if (!line->dead) way.chunks.push_back({Clock::now() + delay, room.substr(0, ec ? 0 : count)});
        way.wake.cancel();
        if (ec) co_return;
    }
}

awaitable<void> DelayProxy::Impl::write(std::shared_ptr<Line> line, Way& way) {
    for (;;) {
        way.wake.expires_at(way.chunks.empty() ? Clock::time_point::max() : way.chunks.front().due);
        const auto [woken] = co_await way.wake.async_wait(no_throw);
        (void)woken;
        if (!way.to.is_open() || line->dead) co_return;
        while (!way.chunks.empty() && way.chunks.front().due <= Clock::now()) {
            const Chunk chunk = std::move(way.chunks.front());
            way.chunks.pop_front();
            Error ec;
            if (chunk.bytes.empty()) way.to.shutdown(tcp::socket::shutdown_send, ec);
            if (chunk.bytes.empty()) co_return;
            const auto [failed, count] = co_await net::async_write(way.to, net::buffer(chunk.bytes), no_throw);
            (void)count;
            if (failed) co_return;
        }
    }
}

void DelayProxy::Impl::reset_all() {
    for (const auto& weak : lines) {
        const auto line = weak.lock();
        if (!line) continue;
        for (tcp::socket* socket : {&line->near, &line->far}) {
            Error ignored;
            socket->set_option(net::socket_base::linger(true, 0), ignored);
            socket->close(ignored);
        }
        line->up.wake.cancel();
        line->down.wake.cancel();
    }
}

DelayProxy::DelayProxy(std::uint16_t target, std::chrono::milliseconds delay) : impl_(std::make_unique<Impl>(target)) {
    impl_->delay = delay;
    net::co_spawn(impl_->io, impl_->accept(), rethrow);
    impl_->thread = std::thread([this] { impl_->io.run(); });
}

DelayProxy::~DelayProxy() {
    net::post(impl_->io, [this] { impl_->io.stop(); });
    impl_->thread.join();
}

std::uint16_t DelayProxy::port() const {
    return impl_->acceptor.local_endpoint().port();
}

int DelayProxy::accepted() const {
    return impl_->accepted;
}

void DelayProxy::set_delay(std::chrono::milliseconds delay) {
    net::post(impl_->io, [this, delay] { impl_->delay = delay; });
}

void DelayProxy::swallow() {
    net::post(impl_->io, [this] {
        impl_->swallowing = true;
        for (const auto& weak : impl_->lines) {
            if (const auto line = weak.lock()) line->dead = true;
        }
    });
}

void DelayProxy::heal() {
    net::post(impl_->io, [this] { impl_->swallowing = false; });
}

void DelayProxy::sever() {
    net::post(impl_->io, [this] { impl_->reset_all(); });
}

}  // namespace tests
