#include "tests/hub/connection.hpp"

#include <algorithm>

namespace hub {

namespace {

using namespace net::experimental::awaitable_operators;

// Frames up to this size are copied into one piece; larger ones are handed to the kernel as they lie.
constexpr std::size_t flat_limit = 8 * 1024;
constexpr std::size_t pieces_at_once = 1024, bytes_at_once = 1024 * 1024;
constexpr int idle_ticks = 10;
constexpr std::uint16_t normal = 1000, protocol_error = 1002, too_big = 1009;

}  // namespace

Connection::Connection(std::shared_ptr<World> world, std::unique_ptr<Transport> transport)
    : world_(std::move(world)),
      transport_(std::move(transport)),
      reader_(true, world_->tenant.limits().message_bytes),
      wake_(world_->clock),
      watch_(world_->clock),
      pause_(world_->clock) {
    world_->connections.insert(this);
}

Connection::~Connection() {
    world_->connections.erase(this);
}

awaitable<void> Connection::serve_socket() {
    next_tick_ = world_->clock.now() + world_->tenant.settings().idle_tick;
    co_await (read_loop() || write_loop() || watch_loop());
    socket_.reset();
}

bool Connection::handle(const wire::Message& message) {
    switch (message.opcode) {
        case wire::Opcode::text:
            socket_->on_text(message.data);
            break;
        case wire::Opcode::binary:
            socket_->on_binary(message.data);
            break;
        case wire::Opcode::ping:
            send(std::make_shared<const std::string>(wire::frame(wire::Opcode::pong, {message.data})));
            break;
        case wire::Opcode::close:
            send(std::make_shared<const std::string>(wire::frame(wire::Opcode::close, {message.data.substr(0, 2)})));
            closing_ = true;
            wake_.wake();
            return false;
        default:
            break;
    }
    return true;
}

/// False: the socket is over (what is queued still goes out).
awaitable<bool> Connection::handle_buffered() {
    while (auto message = reader_.next()) {
        idle_ticks_ = 0;
        if (silenced_) continue;
        const bool open = handle(*message);
        if (!open) co_return false;
        while (socket_->stalled_until()) {
            const bool alive = co_await pause_.until(*socket_->stalled_until());
            if (!alive) co_return false;
            socket_->end_stall();
            if (closing_) co_return false;
        }
    }
    if (reader_.state() == wire::Reader::State::too_big) close(too_big);
    if (reader_.state() == wire::Reader::State::protocol_error) close(protocol_error);
    co_return reader_.state() == wire::Reader::State::more;
}

awaitable<void> Connection::read_loop() {
    for (;;) {
        const bool open = co_await handle_buffered();
        const auto cancelled = co_await net::this_coro::cancellation_state;
        if (cancelled.cancelled() != net::cancellation_type::none) co_return;
        if (!open) break;
        if (!transport_->readable()) socket_->settle();
        const auto [data, space] = reader_.prepare();
        const auto size = co_await transport_->read_some(net::buffer(data, space));
        if (size == 0) co_return;
        world_->tenant.counters().bytes_in += size;
        reader_.commit(size);
        idle_ticks_ = 0;
    }
    co_await pause_.until(TimePoint::max());  // the writer ends the socket when it has sent what is queued
}

std::vector<net::const_buffer> Connection::gather() {
    writing_.clear();
    flat_.clear();
    std::size_t bytes = 0, flat = 0;
    while (!queue_.empty() && writing_.size() < pieces_at_once && bytes < bytes_at_once) {
        const auto size = queue_.front()->size();
        bytes += size;
        if (size <= flat_limit) flat += size;
        writing_.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    queued_bytes_ -= bytes;
    flat_.reserve(flat);  // pieces point into it: it must not move while it grows
    std::vector<net::const_buffer> buffers;
    std::size_t run = 0;
    const auto end_run = [&] {
        if (flat_.size() > run) buffers.emplace_back(flat_.data() + run, flat_.size() - run);
        run = flat_.size();
    };
    for (const auto& frame : writing_) {
        if (frame->size() <= flat_limit) {
            flat_ += *frame;
            continue;
        }
        end_run();
        buffers.emplace_back(frame->data(), frame->size());
    }
    end_run();
    return buffers;
}

awaitable<void> Connection::write_loop() {
    bool alive = true;
    while (alive) {
        if (queue_.empty() && closing_) co_return;
        if (queue_.empty()) {
            alive = co_await wake_.until(TimePoint::max());
            continue;
        }
        const auto buffers = gather();
        world_->tenant.counters().bytes_out += net::buffer_size(buffers);
        const auto ec = co_await transport_->write(buffers);
        if (ec) co_return;
    }
}

awaitable<void> Connection::watch_loop() {
    for (;;) {
        const auto deadline = std::min(next_tick_, socket_->next_deadline());
        const bool alive = co_await watch_.until(deadline);
        if (!alive) co_return;
        if (!silenced_ && !socket_->stalled_until()) socket_->on_deadline();
        if (world_->clock.now() < next_tick_) continue;
        next_tick_ += world_->tenant.settings().idle_tick;
        if (!silenced_ && ++idle_ticks_ > idle_ticks && !closing_) close(normal);
    }
}

void Connection::send(const Bytes& frame) {
    if (silenced_ || closing_ || !frame) return;
    queued_bytes_ += frame->size();
    queue_.push_back(frame);
    if (queued_bytes_ > world_->tenant.limits().queue_bytes) return drop();
    wake_.wake();
}

void Connection::close(std::uint16_t code) {
    const auto payload = wire::close_payload(code);
    send(std::make_shared<const std::string>(wire::frame(wire::Opcode::close, {payload})));
    closing_ = true;
    wake_.wake();
}

void Connection::drop() {
    closing_ = true;
    queue_.clear();
    transport_->close();
    wake_.wake();
}

void Connection::silence() {
    silenced_ = true;
}

}  // namespace hub
