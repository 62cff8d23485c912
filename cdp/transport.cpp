#include "cdp/transport.hpp"

#include <signal.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <utility>

#include "cdp/core/nul_framing.hpp"

namespace cdp {
namespace {

/// What the outgoing buffers keep between commands; a large command's memory is given back.
constexpr std::size_t kept_capacity = 1024 * 1024;

/// What is tried to be written at once, in bytes. More is the writer's work: what a pipe leaves of it would have to be
/// moved.
constexpr std::size_t at_once_most = 64 * 1024;

/// Writing to a browser that has gone must be an error, not the end of us: no other way for a pipe.
void ignore_sigpipe() {
    struct sigaction now {};
    if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
}

class PipeTransport final : public Transport {
  public:
    PipeTransport(const net::any_io_executor& executor, platform::UniqueFd from, platform::UniqueFd to,
                  std::size_t max_message)
        : from_{executor, from.release()}, to_{executor, to.release()}, framing_{max_message} {
        Error ignored;  // then flush_now() does nothing
        to_.non_blocking(true, ignored);
    }

    awaitable<Result<Arrived>> read() override {
        for (;;) {
            auto ready = poll();
            if (ready) co_return *ready;
            const auto place = framing_.prepare();
            auto [ec, count] = co_await from_.async_read_some(net::buffer(place.data, place.size), no_throw);
            if (ec) co_return ec;
            framing_.commit(count);
            bytes_read_ += count;
        }
    }

    std::optional<Result<Arrived>> poll() override {
        const auto framed = framing_.next();
        if (!framed) return std::nullopt;
        return Arrived{framed->text, framed->size};
    }

    void queue(std::string_view head, std::string_view body, std::string_view tail) override {
        filling_.reserve(filling_.size() + head.size() + body.size() + tail.size() + 1);
        filling_.append(head).append(body).append(tail).append(1, '\0');
    }

    std::size_t queued() const override { return filling_.size(); }

    awaitable<Error> flush() override {
        while (!filling_.empty()) {
            writing_.swap(filling_);
            auto [ec, count] = co_await net::async_write(to_, net::buffer(writing_), no_throw);
            writing_.clear();
            if (writing_.capacity() > kept_capacity) writing_ = {};
            if (ec) co_return ec;
        }
        co_return Error{};
    }

    void flush_now() override {
        if (!to_.non_blocking() || !writing_.empty() || filling_.empty() || filling_.size() > at_once_most) return;
        Error ec;  // of no interest: flush() meets it again
        const std::size_t count = to_.write_some(net::buffer(filling_), ec);
        filling_.erase(0, count);
    }

    std::uint64_t bytes_read() const override { return bytes_read_; }

    void drop() override {
        Error ignored;
        from_.close(ignored);
        to_.close(ignored);
    }

  private:
    net::posix::stream_descriptor from_;
    net::posix::stream_descriptor to_;
    NulFraming framing_;
    std::string filling_;
    std::string writing_;
    std::uint64_t bytes_read_ = 0;
};

class WebSocketTransport final : public Transport {
  public:
    explicit WebSocketTransport(platform::WebSocket socket) : socket_{std::move(socket)} {}

    awaitable<Result<Arrived>> read() override {
        auto incoming = co_await socket_.read();
        co_return as_arrived(incoming);
    }

    std::optional<Result<Arrived>> poll() override {
        const auto incoming = socket_.poll();
        if (!incoming) return std::nullopt;
        return as_arrived(*incoming);
    }

    platform::KeptMessage keep() override { return socket_.keep(); }

    void queue(std::string_view head, std::string_view body, std::string_view tail) override {
        socket_.queue(false, head, body, tail);
    }

    std::size_t queued() const override { return socket_.queued(); }
    awaitable<Error> flush() override { return socket_.flush(); }
    void flush_now() override { socket_.flush_now(); }
    std::uint64_t bytes_read() const override { return socket_.bytes_read(); }
    void drop() override { socket_.drop(); }

  private:
    static Result<Arrived> as_arrived(const Result<platform::Incoming>& incoming) {
        if (!incoming) return incoming.error();
        return Arrived{incoming->data, incoming->size};
    }

    platform::WebSocket socket_;
};

}  // namespace

std::unique_ptr<Transport> make_pipe_transport(const net::any_io_executor& executor, platform::UniqueFd from,
                                               platform::UniqueFd to, std::size_t max_message) {
    ignore_sigpipe();
    return std::make_unique<PipeTransport>(executor, std::move(from), std::move(to), max_message);
}

std::unique_ptr<Transport> make_websocket_transport(platform::WebSocket socket) {
    return std::make_unique<WebSocketTransport>(std::move(socket));
}

}  // namespace cdp
