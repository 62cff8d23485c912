// The inside of platform::WebSocket, shared by websocket.cpp (opening, the face) and websocket/io.cpp (reading,
// writing).
#pragma once

#include <openssl/rand.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform/byte_buffer.hpp"
#include "platform/clock.hpp"
#include "platform/websocket/frames.hpp"
#include "platform/websocket/websocket.hpp"

namespace platform {

// Unpredictable masks (RFC 6455, 10.3), drawn from the system a thousand at a time.
class MaskSource {
  public:
    MaskKey next() {
        if (used_ == keys_.size()) {
            RAND_bytes(reinterpret_cast<unsigned char*>(keys_.data()), static_cast<int>(sizeof keys_));
            used_ = 0;
        }
        MaskKey key = keys_[used_++];
        if (key == MaskKey{}) key[0] = 1;  // zero would mean "leave as it is"
        return key;
    }

  private:
    std::array<MaskKey, 1024> keys_{};
    std::size_t used_ = keys_.size();
};

struct WebSocket::Impl {
    Impl(net::any_io_executor ex, WebSocketOptions opts)
        : executor(std::move(ex)),
          options(opts),
          reader(opts.max_message, opts.skipped),
          socket(executor),
          flushed(executor),
          ended(executor) {
        flushed.expires_at(TimePoint::max());
        ended.expires_at(TimePoint::max());
    }

    awaitable<Error> handshake(Upgrade upgrade, const TlsContext* context);
    awaitable<Error> start_tls(std::string host, const TlsContext& context);
    awaitable<Error> ask(Upgrade upgrade);
    awaitable<Error> read_answer();

    awaitable<Result<std::size_t>> receive(std::span<char> room);
    awaitable<Result<std::size_t>> send_some(std::string_view bytes);
    awaitable<Error> fill();
    awaitable<Error> flush();
    awaitable<Error> flush_alone();
    void flush_now();
    void next_to_send();
    awaitable<Error> find_verdict(Error failure);
    awaitable<Error> finish();
    awaitable<Error> say_goodbye();
    awaitable<Result<Incoming>> read();
    std::optional<Incoming> take();

    void queue(Opcode opcode, std::span<const std::string_view> parts);
    void queue_close(std::uint16_t code, std::string_view reason);
    void end(Error why);
    void recycle();
    void close_socket();

    net::any_io_executor executor;
    WebSocketOptions options;
    FrameReader reader;
    net::ip::tcp::socket socket;
    std::optional<net::ssl::stream<net::ip::tcp::socket&>> tls;

    ByteBuffer out;        // queued
    ByteBuffer sending;    // being written, up to `sent` already
    std::size_t sent = 0;  // bytes
    MaskSource masks;
    unsigned small_flushes = 0;
    Timer flushed;  // never expires; cancelled when a flush ends
    Timer ended;    // never expires; cancelled when the reader knows how the connection ended

    Error end_reason;   // of the connection as the reader found it; read() returns it for ever
    Error write_error;  // of the writing side
    bool open = false;
    bool flushing = false;
    bool close_sent = false;
    bool answers_due = false;  // pongs, or the answer to a close, are queued
    TimePoint heard{};
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint16_t peer_code = close_code::none;
    Refusal answer;  // to the handshake, whatever it was
    TlsPeer peer;
};

}  // namespace platform
