#include "agent/control/scrape.hpp"

#include <utility>

namespace control {

using platform::ServerReply;
using platform::ServerRequest;

bool is_loopback_host(std::string_view host) noexcept {
    if (host.starts_with("[::1]")) return host.size() == 5 || host[5] == ':';
    const auto name = host.substr(0, host.find(':'));
    return name == "127.0.0.1" || name == "localhost";
}

Scrape::Scrape(net::any_io_executor executor, std::uint16_t port, MetricsSource& source)
    : executor_(std::move(executor)), port_(port), source_(source) {}

Error Scrape::open() {
    if (port_ == 0) return {};
    auto server = platform::HttpServer::on_loopback(executor_, port_);
    if (!server) return server.error();
    server_.emplace(std::move(*server));
    return {};
}

awaitable<Error> Scrape::run() {
    if (!server_) co_return Error{};
    platform::ServerHandler handle = [this](ServerRequest request) -> awaitable<ServerReply> {
        co_return answer(request);
    };
    const Error ec = co_await server_->run(std::move(handle));
    co_return ec;
}

void Scrape::stop() {
    if (server_) server_->stop();
}

ServerReply Scrape::answer(const ServerRequest& request) const {
    if (!is_loopback_host(request.host)) return {421, "text/plain", "ask for 127.0.0.1 or localhost\n", {}};
    if (request.path != "/metrics") return {404, "text/plain", "there is /metrics alone\n", {}};
    if (request.method != "GET") return {405, "text/plain", "GET only\n", {{"Allow", "GET"}}};
    return {200, std::string(metrics_type), source_.metrics(), {}};
}

}  // namespace control
