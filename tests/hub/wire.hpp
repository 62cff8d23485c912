// WebSocket frames as bytes (RFC 6455), for the server side of the hub and the client side of its tests. By hand,
// because the recorded server does what a library refuses: it does not look at UTF-8, refuses a message by its header
// alone, and the same frame bytes go out to every receiver of a broadcast.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace hub::wire {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// One unmasked, final frame around the concatenation of `parts`.
std::string frame(Opcode opcode, std::initializer_list<std::string_view> parts);

/// The payload of a close frame.
std::string close_payload(std::uint16_t code);

/// One whole message, or a control frame. `data` points into the reader's buffer, until the next call on the reader.
struct Message {
    Opcode opcode{};
    std::string_view data;
};

/// Cuts a byte stream into messages. Fill the space of prepare(), tell commit(), then call next() until it has none.
class Reader {
  public:
    enum class State : std::uint8_t { more, too_big, protocol_error };

    /// masked: the peer must mask (we are the server). limit: bytes of one message.
    Reader(bool masked, std::size_t limit) : masked_(masked), limit_(limit) {}

    std::pair<char*, std::size_t> prepare();
    void commit(std::size_t bytes) { end_ += bytes; }
    /// Bytes that came along with the HTTP header.
    void feed(std::string_view bytes);
    /// A message, or none: then state() says whether more bytes help.
    std::optional<Message> next();
    State state() const { return state_; }

  private:
    struct Head {
        bool final;
        Opcode opcode;
        std::size_t header, length;
        std::uint32_t mask;
    };
    std::optional<Head> head();

    bool masked_;
    std::size_t limit_;
    State state_ = State::more;
    std::string buffer_;
    std::size_t begin_ = 0, end_ = 0;
    std::string partial_;  ///< fragments of a message so far
    std::optional<Opcode> partial_opcode_;
};

/// A client's frame: masked with zeroes (a test needs no protection from proxies).
std::string masked_frame(Opcode opcode, std::string_view payload, bool final = true);

/// The value of Sec-WebSocket-Accept for a key.
std::string accept_key(std::string_view key);

}  // namespace hub::wire
