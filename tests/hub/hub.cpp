#include "tests/hub/hub.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "tests/hub/connection.hpp"
#include "tests/hub/oauth.hpp"
#include "tests/hub/routes.hpp"

namespace hub {

using net::ip::tcp;

World::World(net::any_io_executor executor, Settings settings)
    : clock(std::move(executor)), tenant(clock, std::move(settings)), routes(std::make_unique<Routes>(*this)) {}

World::~World() = default;

std::string World::base() const {
    return (tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port);
}

struct Hub::Listener {
    explicit Listener(net::io_context& io, Clock& clock) : acceptor(io), sweep(clock), pause(clock) {}
    tcp::acceptor acceptor;
    std::optional<net::ssl::context> tls;
    Clock::Sleeper sweep, pause;
};

Hub::Hub(net::io_context& io, Settings settings)
    : world_(std::make_shared<World>(io.get_executor(), std::move(settings))), io_(io) {
    listener_ = std::make_shared<Listener>(io, world_->clock);
}

Hub::~Hub() {
    stop();
}

Error Hub::start() {
    auto& settings = world_->tenant.settings();
    Error ec;
    if (!settings.tls_cert.empty()) {
        auto& tls = listener_->tls.emplace(net::ssl::context::tls_server);
        tls.use_certificate_chain_file(settings.tls_cert, ec);
        if (!ec) tls.use_private_key_file(settings.tls_key, net::ssl::context::pem, ec);
        if (ec) return ec;
        world_->tls = true;
    }
    const auto address = net::ip::make_address(settings.address, ec);
    if (ec) return ec;
    auto& acceptor = listener_->acceptor;
    const tcp::endpoint endpoint{address, settings.port};
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(net::socket_base::max_listen_connections, ec);
    if (ec) return ec;
    world_->port = acceptor.local_endpoint().port();
    world_->oauth = std::make_unique<OAuth>(world_->tenant, world_->base());
    auto accept = [world = world_, listener = listener_] { return accept_loop(world, listener); };
    auto sweep = [world = world_, listener = listener_] { return sweep_loop(world, listener); };
    net::co_spawn(io_, std::move(accept), rethrow);
    net::co_spawn(io_, std::move(sweep), rethrow);
    return {};
}

awaitable<void> Hub::accept_loop(std::shared_ptr<World> world, std::shared_ptr<Listener> listener) {
    const auto executor = co_await net::this_coro::executor;
    auto* tls = listener->tls ? &*listener->tls : nullptr;
    while (listener->acceptor.is_open()) {
        auto [ec, socket] = co_await listener->acceptor.async_accept(no_throw);
        if (ec) {  // the end, one connection that failed, or no descriptor left: then there may be one again soon
            constexpr milliseconds a_moment{50};
            const auto until = world->clock.now() + a_moment;
            if (!listener->acceptor.is_open()) co_return;
            const bool alive = co_await listener->pause.until(until);
            if (!alive) co_return;
            continue;
        }
        auto connection = std::make_shared<Connection>(world, make_transport(std::move(socket), tls));
        net::co_spawn(
            executor, [connection] { return connection->run(); }, rethrow);
    }
}

awaitable<void> Hub::sweep_loop(std::shared_ptr<World> world, std::shared_ptr<Listener> listener) {
    auto next = world->clock.now();
    while (!world->draining) {
        next += world->tenant.settings().sweep_period;
        const bool alive = co_await listener->sweep.until(next);
        if (!alive || world->draining) co_return;
        const auto connections = world->connections;
        for (auto* connection : connections) {
            auto* socket = connection->socket();
            if (socket != nullptr && socket->ever_joined() && socket->channel_count() == 0) connection->drop();
        }
    }
}

std::string Hub::socket_base() const {
    return (world_->tls ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + std::to_string(world_->port);
}

awaitable<void> Hub::drain() {
    world_->draining = true;
    Error ignored;
    listener_->acceptor.close(ignored);
    constexpr std::uint16_t service_restart = 1012;
    const auto connections = world_->connections;
    for (auto* connection : connections) {
        auto* socket = connection->socket();
        if (socket == nullptr) connection->drop();
        if (socket != nullptr && socket->channel_count() > 0) connection->close(service_restart);
    }
    Clock::Sleeper pause{world_->clock};
    const auto until = world_->clock.now() + world_->tenant.settings().drain_grace;
    while (!world_->connections.empty() && world_->clock.now() < until) {
        constexpr milliseconds look_again{20};
        co_await pause.until(std::min(until, world_->clock.now() + look_again));
    }
    drop_all();
}

void Hub::stop() {
    world_->draining = true;
    Error ignored;
    listener_->acceptor.close(ignored);
    listener_->sweep.wake();
    listener_->pause.wake();
    drop_all();
}

void Hub::silence_all() {
    for (auto* connection : world_->connections)
        if (connection->socket() != nullptr) connection->silence();
}

void Hub::drop_all() {
    const auto connections = world_->connections;
    for (auto* connection : connections) connection->drop();
}

void Hub::close_all(std::uint16_t code) {
    for (auto* connection : world_->connections)
        if (connection->socket() != nullptr) connection->close(code);
}

namespace {
std::int64_t whole(double seconds_since_1970) {
    return static_cast<std::int64_t>(seconds_since_1970);
}
}  // namespace

std::string Hub::anon_key() const {
    return world_->tenant.sign(anon_claims(whole(world_->clock.wall())));
}
std::string Hub::service_key() const {
    return world_->tenant.sign(service_claims(whole(world_->clock.wall())));
}
std::string Hub::device_token(const std::string& uuid, seconds life) const {
    return world_->tenant.sign(device_claims(uuid, whole(world_->clock.wall()), life.count()));
}
std::string Hub::user_token(const std::string& sub, seconds life) const {
    return world_->tenant.sign(user_claims(sub, whole(world_->clock.wall()), life.count()));
}

}  // namespace hub
