// A Realtime server that does what a test's script says, frame by frame: what no well-behaved server does, and what a
// recorded one did. One script a connection; each is a coroutine that talks to its Peer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/net.hpp"

namespace scripted {

/// A message of the client.
struct Said {
    bool over = false;   // the connection ended instead
    int close_code = 0;  // with that code of the client's close frame; 0: without one
    bool binary = false;
    std::string join_ref;
    std::string ref;
    std::string topic;
    std::string event;    // of a binary push: the broadcast's name
    std::string payload;  // the JSON text as it came
    nlohmann::json json() const { return nlohmann::json::parse(payload, nullptr, false); }
};

class Peer {
  public:
    struct Impl;
    explicit Peer(Impl& impl) : impl_{impl} {}

    /// The next message that is no heartbeat; heartbeats are answered, unless told otherwise.
    awaitable<Said> next();
    /// Skips messages until one of that event (or the end of the connection).
    awaitable<Said> expect(std::string event);
    /// A join, answered with ok.
    awaitable<Said> accept_join();

    awaitable<void> text(std::string frame);
    awaitable<void> binary(std::string frame);
    awaitable<void> reply(Said to, std::string status, std::string response);
    awaitable<void> ok(Said to);
    /// A message of the channel that `join` opened: [join_ref, null, topic, event, payload].
    awaitable<void> event(Said join, std::string event, std::string payload);
    /// phx_close of that join.
    awaitable<void> close_channel(Said join);
    /// A kind-4 broadcast on that join's topic.
    awaitable<void> broadcast(Said join, std::string event, std::string payload);
    awaitable<void> close(int code);
    /// Ends the TCP connection without a word.
    void drop();
    /// Reads until the connection is over, answering nothing but heartbeats.
    awaitable<Said> wait_for_end();

    /// The request line and headers of the upgrade.
    const std::string& target() const;
    std::string header(std::string name) const;

    bool answer_heartbeats = true;
    int heartbeats = 0;

  private:
    Impl& impl_;
};

class Server {
  public:
    using Script = std::function<awaitable<void>(Peer&)>;

    explicit Server(net::io_context& io);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::string url() const;  // http://127.0.0.1:port/socket
    std::uint16_t port() const;

    /// What the next connection without a script yet meets, in the order of the calls; after the last one the last one
    /// again.
    Server& then(Script script);
    /// `before` is done between the request and its answer.
    Server& then_refuse(int status, std::string body, std::function<void()> before = {});

    /// What every POST is answered from now on; posts are no connections.
    void answer_posts(int status, std::string body, std::function<void()> before = {});
    int posts() const;

    int connections() const;
    /// Every script that has begun has ended.
    bool idle() const;
    bool done(int connections_wanted) const { return connections() >= connections_wanted && idle(); }

    struct Impl;

  private:
    std::shared_ptr<Impl> impl_;  // shared with the coroutines of connections, which may end after the Server
};

}  // namespace scripted
