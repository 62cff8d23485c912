// One TCP (or TLS) connection of the hub: HTTP requests, then perhaps a WebSocket.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "tests/hub/hub.hpp"
#include "tests/hub/socket.hpp"
#include "tests/hub/transport.hpp"
#include "tests/hub/wire.hpp"

namespace hub {

class Connection final : public Outlet {
  public:
    Connection(std::shared_ptr<World> world, std::unique_ptr<Transport> transport);
    ~Connection() override;

    awaitable<void> run();

    // Outlet
    void send(const Bytes& frame) override;
    void close(std::uint16_t code) override;
    void drop() override;
    void deadline_changed() override { watch_.wake(); }

    /// From now on nothing is read or sent, and the connection stays open: a half-open link.
    void silence();
    Socket* socket() { return socket_ ? &*socket_ : nullptr; }

  private:
    awaitable<bool> serve_http();
    awaitable<std::optional<HttpRequest>> read_request();
    awaitable<bool> more_bytes();
    awaitable<Error> write_reply(const HttpRequest& request, HttpReply reply);
    std::optional<HttpReply> oversized() const;
    awaitable<bool> upgrade(const HttpRequest& request);
    HttpReply refusal(const HttpRequest& request, Verdict& verdict, std::string& token) const;

    awaitable<void> serve_socket();
    awaitable<void> read_loop();
    awaitable<void> write_loop();
    awaitable<void> watch_loop();
    awaitable<bool> handle_buffered();
    bool handle(const wire::Message& message);
    std::vector<net::const_buffer> gather();

    std::shared_ptr<World> world_;  ///< shared with the hub and all other connections
    std::unique_ptr<Transport> transport_;
    std::string buffer_;  ///< HTTP bytes not used yet
    wire::Reader reader_;
    std::optional<Socket> socket_;
    Clock::Sleeper wake_, watch_, pause_;
    std::deque<Bytes> queue_, writing_;
    std::string flat_;
    std::size_t queued_bytes_ = 0;
    bool closing_ = false, silenced_ = false;
    int idle_ticks_ = 0;
    TimePoint next_tick_{};
};

}  // namespace hub
