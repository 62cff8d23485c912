#include "agent/cli/browser_host.hpp"

#include <grp.h>
#include <pwd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "agent/cli/browser_host_restart.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/config/browser_fence.hpp"
#include "agent/control/exit_code.hpp"
#include "cdp/browser_host.hpp"
#include "platform/file.hpp"
#include "platform/log/log.hpp"
#include "platform/loop.hpp"
#include "platform/service_manager.hpp"
#include "platform/trust.hpp"
#include "platform/watchdog.hpp"

namespace cli::host_command {
namespace {

using cdp::BrowserHost;
using cdp::HostState;
using control::Exit;

/// The agent's user and group in the packages: where they exist its socket is theirs too.
constexpr const char* agent_name = "bmc-agent";

cdp::HostSettings host_settings(const config::Config& config) {
    cdp::HostSettings settings;
    settings.browser = config::settings_of(config, relay::Policy{config.relay.policy}, config.relay.spool.folder);
    if (const auto* user = ::getpwnam(agent_name)) settings.allowed_users.push_back(user->pw_uid);
    if (const auto* group = ::getgrnam(agent_name)) settings.socket_group = group->gr_gid;
    return settings;
}

std::string_view describe(HostState state) {
    switch (state) {
        case HostState::idle:
            return "no browser is needed yet";
        case HostState::launching:
            return "the browser is being started";
        case HostState::ready:
            return "the browser runs, no agent uses it";
        case HostState::serving:
            return "an agent uses the browser";
    }
    return "";
}

std::string line_of(const BrowserHost& host) {
    std::string line{describe(host.state())};
    if (host.state() == HostState::idle && !host.reason().empty()) line += ": " + host.reason();
    return line;
}

void show(const BrowserHost& host) {
    const auto line = line_of(host);
    platform::log::info("browser host: {}", line);
    platform::service_manager::status(line);
}

int cannot_listen(const std::string& socket, Error failed) {
    const auto folder = std::filesystem::absolute(socket).parent_path();
    const auto why = failed == platform::FileErrc::open_way
                         ? platform::why_not_trusted(folder, platform::Sharing::sticky)
                         : failed.message();
    complain("the browser host cannot listen on " + socket + " (" + why + ")");
    return static_cast<int>(Exit::failure);
}

/// Shows each state, and lets a restart that waits for one know.
struct StateFollower final : cdp::HostListener {
    StateFollower(const BrowserHost& of, HostRestart& waiting) : host{of}, restart{waiting} {}
    void on_host_state() override {
        show(host);
        restart.on_state();
    }

    const BrowserHost& host;
    HostRestart& restart;
};

}  // namespace

int run(const config::Config& config) {
    const auto settings = host_settings(config);
    if (settings.browser.host_socket.empty()) {
        complain("--browser-host needs browser.host_socket, the path of its socket");
        return static_cast<int>(Exit::bad_configuration);
    }
    platform::Loop context;
    BrowserHost host{context.get_executor(), settings};
    if (const Error failed = host.listen()) return cannot_listen(settings.browser.host_socket, failed);
    net::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&](const Error& ec, int) {
        if (ec) return;
        platform::service_manager::stopping();
        host.stop();
    });
    HostRestart restart{context.get_executor(), host, config.upgrade.grace};
    StateFollower follower{host, restart};
    host.connect(follower);
    net::co_spawn(
        context, [&restart]() -> awaitable<void> { return restart.run(); }, rethrow);
    Error ended;
    const auto serve = [&]() -> awaitable<void> {
        ended = co_await host.run();
        context.stop();
    };
    net::co_spawn(context, serve, rethrow);
    net::co_spawn(
        context, []() -> awaitable<void> { return platform::feed_watchdog(); }, rethrow);
    platform::service_manager::ready(line_of(host));
    context.run();
    return static_cast<int>(ended ? Exit::failure : Exit::ok);
}

}  // namespace cli::host_command
