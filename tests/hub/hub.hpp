// The stand-in of the Busymate backend: Realtime, REST subset, tokens, in one process and on one thread. Tests make one
// on their own io_context; the program `hub` is the same with a command line.
#pragma once

#include <memory>
#include <set>

#include "tests/hub/http.hpp"
#include "tests/hub/tenant.hpp"

namespace hub {

class Connection;
class OAuth;
class Routes;

/// What connections share with the hub. Shared, because a connection's coroutine may end after the hub.
struct World {
    World(net::any_io_executor executor, Settings settings);
    ~World();

    Clock clock;
    Tenant tenant;
    std::unique_ptr<Routes> routes;
    std::unique_ptr<OAuth> oauth;  ///< once the hub listens: its address is the issuer
    std::set<Connection*> connections;
    bool draining = false;
    std::uint16_t port = 0;
    bool tls = false;

    /// http(s)://127.0.0.1:port
    std::string base() const;
};

class Hub {
  public:
    Hub(net::io_context& io, Settings settings);
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    /// Listens. After it port() and base() are known. A bad certificate or a taken port is an error.
    Error start();
    std::uint16_t port() const { return world_->port; }
    /// http(s)://127.0.0.1:port
    std::string base() const { return world_->base(); }
    /// ws(s)://127.0.0.1:port
    std::string socket_base() const;
    Tenant& tenant() { return world_->tenant; }
    Clock& clock() { return world_->clock; }
    OAuth& oauth() { return *world_->oauth; }

    std::string anon_key() const;
    std::string service_key() const;
    std::string device_token(const std::string& uuid, seconds life = seconds{3600}) const;
    std::string user_token(const std::string& sub, seconds life = seconds{3600}) const;

    /// As on SIGTERM: no new connections, sockets with channels get 1012, the others are cut after the grace.
    awaitable<void> drain();
    /// Ends everything at once, as a kill would. The io_context must run once more to let coroutines finish.
    void stop();

    /// For tests: half-open links and cut links. `skip`: how many sockets, oldest first, are spared.
    void silence_all();
    void drop_all();
    void close_all(std::uint16_t code);

  private:
    struct Listener;
    static awaitable<void> accept_loop(std::shared_ptr<World> world, std::shared_ptr<Listener> listener);
    static awaitable<void> sweep_loop(std::shared_ptr<World> world, std::shared_ptr<Listener> listener);

    std::shared_ptr<World> world_;
    std::shared_ptr<Listener> listener_;  ///< shared with the loops that end after the hub
    net::io_context& io_;
};

}  // namespace hub
