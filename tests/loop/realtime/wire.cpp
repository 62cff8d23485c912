#include "tests/loop/realtime/wire.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <optional>
#include <set>
#include <string>

namespace wire {

using tcp = net::ip::tcp;

namespace {

/// One direction of one connection: what was read, and when it may go on.
struct Lane {
    explicit Lane(net::io_context& io) : timer{io} {}
    std::deque<std::pair<TimePoint, std::string>> pieces;
    platform::Timer timer;
    bool ended = false;
};

struct Line {
    explicit Line(net::io_context& io) : near{io}, far{io}, up{io}, down{io} {}
    tcp::socket near;
    tcp::socket far;
    Lane up;
    Lane down;
    void close() {
        boost::system::error_code ignored;
        near.close(ignored);
        far.close(ignored);
        up.ended = down.ended = true;
        up.timer.cancel();
        down.timer.cancel();
    }
};

}  // namespace

struct Wire::Impl {
    Impl(net::io_context& loop, std::uint16_t to)
        : io{loop},
          acceptor{loop, {net::ip::make_address("127.0.0.1"), 0}},
          target{net::ip::make_address("127.0.0.1"), to} {}

    void cut_all() {
        ++cuts;
        limit_up.reset();
        limit_down.reset();
        for (auto& line : lines) line->close();
        lines.clear();
    }
    /// How much of it may pass; counts, and cuts when the limit is reached.
    std::size_t allow(Way way, std::size_t size) {
        auto& limit = way == Way::up ? limit_up : limit_down;
        if (!limit || size <= *limit) {
            if (limit) *limit -= size;
            return size;
        }
        return *limit;
    }

    net::io_context& io;
    tcp::acceptor acceptor;
    tcp::endpoint target;
    std::set<std::shared_ptr<Line>> lines;  // shared with their coroutines
    std::optional<std::size_t> limit_up;
    std::optional<std::size_t> limit_down;
    Duration delay{};
    bool frozen = false;
    int cuts = 0;
};

namespace {

using Shared = std::shared_ptr<Wire::Impl>;

awaitable<void> take(Shared wire, std::shared_ptr<Line> line, Way way) {
    tcp::socket& from = way == Way::up ? line->near : line->far;
    Lane& lane = way == Way::up ? line->up : line->down;
    std::string buffer(65536, '\0');
    for (;;) {
        auto [ec, size] = co_await from.async_read_some(net::buffer(buffer), no_throw);
        if (ec) break;
        const std::size_t allowed = wire->allow(way, size);
        lane.pieces.emplace_back(platform::BootClock::now() + wire->delay, buffer.substr(0, allowed));
        lane.timer.cancel();
        if (allowed == size) continue;
        // The allowed part still arrives: it is written before the cut.
        tcp::socket& to = way == Way::up ? line->far : line->near;
        boost::system::error_code ignored;
        for (auto& piece : lane.pieces) net::write(to, net::buffer(piece.second), ignored);
        wire->cut_all();
        break;
    }
    line->close();
    wire->lines.erase(line);
}

awaitable<void> give(Shared wire, std::shared_ptr<Line> line, Way way) {
    tcp::socket& to = way == Way::up ? line->far : line->near;
    Lane& lane = way == Way::up ? line->up : line->down;
    while (!lane.ended) {
        const TimePoint now = platform::BootClock::now();
        if (wire->frozen || lane.pieces.empty() || lane.pieces.front().first > now) {
            const bool later = !wire->frozen && !lane.pieces.empty();
            lane.timer.expires_at(later ? lane.pieces.front().first : TimePoint::max());
            co_await lane.timer.async_wait(no_throw);
            continue;
        }
        const std::string piece = std::move(lane.pieces.front().second);
        lane.pieces.pop_front();
        auto [ec, size] = co_await net::async_write(to, net::buffer(piece), no_throw);
        if (ec) break;
    }
    line->close();
}

awaitable<void> connect(Shared wire, std::shared_ptr<Line> line) {
    auto [ec] = co_await line->far.async_connect(wire->target, no_throw);
    if (ec) {
        line->close();
        wire->lines.erase(line);
        co_return;
    }
    for (const Way way : {Way::up, Way::down}) {
        auto taking = [wire, line, way] { return take(wire, line, way); };
        auto giving = [wire, line, way] { return give(wire, line, way); };
        net::co_spawn(wire->io, std::move(taking), rethrow);
        net::co_spawn(wire->io, std::move(giving), rethrow);
    }
}

awaitable<void> accept(Shared wire) {
    for (;;) {
        auto line = std::make_shared<Line>(wire->io);
        auto [ec] = co_await wire->acceptor.async_accept(line->near, no_throw);
        if (ec) co_return;
        boost::system::error_code ignored;
        line->near.set_option(tcp::no_delay{true}, ignored);
        wire->lines.insert(line);
        auto one = [wire, line] { return connect(wire, line); };
        net::co_spawn(wire->io, std::move(one), rethrow);
    }
}

}  // namespace

Wire::Wire(net::io_context& io, std::uint16_t port) : impl_{std::make_shared<Impl>(io, port)} {
    auto loop = [impl = impl_] { return accept(impl); };
    net::co_spawn(io, std::move(loop), rethrow);
}

Wire::~Wire() {
    boost::system::error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->cut_all();
    impl_->io.restart();
    impl_->io.poll();
}

std::uint16_t Wire::port() const {
    return impl_->acceptor.local_endpoint().port();
}
void Wire::cut_after(Way way, std::size_t bytes) {
    (way == Way::up ? impl_->limit_up : impl_->limit_down) = bytes;
}
void Wire::hold() {
    impl_->limit_up.reset();
    impl_->limit_down.reset();
}
void Wire::cut() {
    impl_->cut_all();
}
int Wire::cuts() const {
    return impl_->cuts;
}
void Wire::freeze(bool frozen) {
    impl_->frozen = frozen;
    for (const auto& line : impl_->lines) {
        line->up.timer.cancel();
        line->down.timer.cancel();
    }
}
void Wire::delay(std::chrono::milliseconds by) {
    impl_->delay = by;
}

}  // namespace wire
