// The client's end of one connection to the hub: plain bytes on a socket, what arrived, and the pump that runs the hub
// in the same thread until neither side has anything more to do.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "platform/net.hpp"
#include "tests/hub/wire.hpp"

namespace conformance {

/// What a close frame without a code counts as (RFC 6455, 7.1.5).
inline constexpr std::uint16_t no_code = 1005;

/// What arrived, in order.
struct Arrival {
    enum class Kind : std::uint8_t { http, text, binary, pong, close, end };
    Kind kind{};
    std::string data;        ///< of a frame; the body of an answer
    std::string head;        ///< of an HTTP answer
    unsigned status = 0;     ///< of an HTTP answer
    std::uint16_t code = 0;  ///< of a close frame; 1005 when it had none
};

class Peer {
  public:
    /// Connects; connected() says whether somebody listened.
    Peer(net::io_context& io, std::uint16_t port);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    bool connected() const { return fd_ >= 0; }
    /// Queues bytes; pump() moves them.
    void send(std::string_view bytes) { out_ += bytes; }
    void send_frame(hub::wire::Opcode opcode, std::string_view payload) {
        out_ += hub::wire::masked_frame(opcode, payload);
    }
    /// Ends the connection without a word.
    void abort();
    std::deque<Arrival>& inbox() { return inbox_; }

    /// Moves what can be moved. True: something moved.
    bool pump();

  private:
    bool flush();
    bool receive();
    void parse();
    bool parse_http();

    int fd_ = -1;
    bool upgraded_ = false, ended_ = false;
    std::string out_, in_;
    hub::wire::Reader reader_;
    std::deque<Arrival> inbox_;
};

}  // namespace conformance
