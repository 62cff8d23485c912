// The websocket to Realtime: opened, and read until its end. Nothing that arrives ends the process; what cannot be read
// is counted. Thread rule: the loop's thread.
#pragma once

#include <optional>

#include "agent/credentials/tokens.hpp"
#include "agent/realtime/connection_end.hpp"
#include "agent/realtime/core/frame.hpp"
#include "agent/realtime/core/outline.hpp"
#include "agent/realtime/settings.hpp"
#include "agent/realtime/status.hpp"
#include "platform/net.hpp"
#include "platform/turn.hpp"
#include "platform/url.hpp"
#include "platform/websocket/frames.hpp"
#include "platform/websocket/websocket.hpp"
#include "platform/worker.hpp"

namespace realtime {

/// Who is handed what arrives.
class FrameSink {
  public:
    /// Before each message, readable or not.
    virtual void on_message() = 0;
    /// The views are valid during the call.
    virtual void on_frame(const Frame& frame) = 0;
    /// All that came together was handed out.
    virtual void on_read() = 0;

  protected:
    ~FrameSink() = default;
};

/// What is known of a message that was beyond Settings::read_limit.
class OverlongMessage final : public platform::SkippedMessage {
  public:
    void begin(bool binary) override { outline_.begin(binary); }
    void add(std::string_view piece) override { outline_.add(piece); }
    FrameOutline& outline() noexcept { return outline_; }

  private:
    FrameOutline outline_;
};

class Socket {
  public:
    /// Messages handled in one go before the other loops get a turn.
    static constexpr int messages_a_turn = 128;

    /// What of the memory it works with; all of it outlives the socket.
    struct Needs {
        platform::Worker& network;
        const Settings& settings;
        credentials::Tokens& tokens;
        Counters& counters;
    };
    Socket(const net::any_io_executor& executor, const Needs& needs, FrameSink& sink, ConnectionEnd& ending);

    /// Opens the connection within `connect_timeout`. Nothing: it stands. Else: why not.
    awaitable<std::optional<End>> open(Duration connect_timeout);

    /// Reads until the connection ends, which finishes it, or until it is cancelled.
    awaitable<void> run();

    /// For the writer, and for the heartbeat, which asks when something was heard.
    platform::WebSocket& websocket() noexcept { return socket_; }
    const platform::WebSocket& websocket() const noexcept { return socket_; }

  private:
    awaitable<std::optional<End>> upgrade(net::ip::tcp::socket tunnel, platform::Url endpoint,
                                          const platform::TlsContext* tls);
    int take_all(const platform::Incoming& first);
    void take(const platform::Incoming& message);
    void take_overlong(const platform::Incoming& message);
    void ended(Error ec);

    const Needs with_;
    FrameSink& sink_;
    ConnectionEnd& ending_;
    net::any_io_executor executor_;
    platform::Turns& turns_;
    OverlongMessage overlong_;
    platform::WebSocket socket_;
    Decoder decoder_;
};

}  // namespace realtime
