#include "agent/daemon/requests.hpp"

#include <filesystem>
#include <functional>
#include <utility>

#include "agent/daemon/policy_answer.hpp"
#include "platform/file.hpp"
#include "platform/log/log.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {

using namespace net::experimental::awaitable_operators;

namespace {

control::ControlPlace place_of(const config::Config& config) {
    const auto socket = config.paths.control_socket();
    return {socket, config.paths.state / socket.filename(), config.control.group};
}

}  // namespace

Requests::Requests(RequestsNeeds needs, config::ConfigInput input)
    : needs_{std::move(needs)},
      reload_{needs_.files, needs_.config, std::move(input), needs_.state, needs_.reloads},
      pairing_{{.executor = needs_.executor,
                .network = needs_.network,
                .files = needs_.files,
                .config = needs_.config,
                .store = needs_.store,
                .tokens = needs_.tokens,
                .agent = needs_.state}},
      control_{needs_.executor, place_of(needs_.config), *this},
      scrape_{needs_.executor, needs_.config.control.metrics_port, *this} {}

awaitable<control::Answer> Requests::unpair(bool delete_device) {
    return needs_.unpairing.unpair_on_request(delete_device);
}

std::string Requests::log() {
    return platform::log::last_lines();
}

awaitable<platform::ServerReply> Requests::on_pairing(platform::ServerRequest request) {
    return pairing_.on_request(std::move(request));
}

std::string Requests::judge(const std::string& method, const std::string& params) {
    return policy_answer(needs_.config, method, params).text;
}

bool Requests::open(credentials::Lock lock) {
    lock_.emplace(std::move(lock));
    const Error ec = control_.open();
    if (platform::is_distrust(ec)) {
        platform::log::error("{}", control_.explain(ec));
        return false;
    }
    if (ec) {
        platform::log::warning("no control socket ({}: {}): --status and its like will not find this agent",
                               needs_.config.paths.control_socket().string(), ec.message());
    }
    socket_open_ = !ec;
    open_port();
    return true;
}

void Requests::open_port() {
    const Error ec = scrape_.open();
    if (ec) {
        platform::log::warning("no port for scrapers (control.metrics_port = {}): {}",
                               needs_.config.control.metrics_port, ec.message());
    }
    port_open_ = !ec;
}

/// Who asks before the store was read would hear that this machine is not paired.
awaitable<void> Requests::run() {
    co_await needs_.state.ready();
    if (needs_.state.stopping()) co_return;
    if (socket_open_ && port_open_) {
        auto scraped = platform::ignoring(scrape_.run());
        co_await (serve_socket() && std::move(scraped));
    } else if (socket_open_) {
        co_await serve_socket();
    } else if (port_open_) {
        co_await scrape_.run();
    }
}

awaitable<void> Requests::serve_socket() {
    lock_->sign(needs_.config.paths.control_socket());
    co_await control_.run();
}

void Requests::on_moved(const std::filesystem::path& socket) {
    lock_->sign(socket);
    platform::log::warning("the control socket was taken away, as a logout does: {} is the place now", socket.string());
}

void Requests::end() {
    control_.stop();
    scrape_.stop();
}

}  // namespace agent::daemon
