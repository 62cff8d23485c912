#include "agent/daemon/daemon.hpp"

#include <fmt/format.h>

#include <utility>

#include "agent/control/exit_code.hpp"
#include "agent/credentials/token_endpoint.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/log/event.hpp"
#include "platform/log/log.hpp"
#include "platform/service_manager.hpp"
#include "platform/watchdog.hpp"

namespace agent::daemon {

using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

constexpr int exit_code(control::Exit code) {
    return static_cast<int>(code);
}

}  // namespace

Daemon::Daemon(config::Config config, config::ConfigInput input, DaemonExtras extras)
    : config_{std::move(config)},
      store_{pairing::store_settings(config_)},
      tokens_{io_.get_executor(), &store_, credentials::make_fetch(workers_.network, config_.net), &workers_.files},
      hooks_{io_.get_executor(), config_.hooks},
      state_{io_.get_executor()},
      pausing_{io_.get_executor(), workers_.files, config_.paths.state, *this},
      gate_{gate_needs(extras)},
      device_{device_needs()},
      reporter_{{config_, tokens_, hooks_, pausing_, gate_, device_, state_}},
      requests_{requests_needs(), std::move(input)},
      signals_{io_.get_executor(), config_.log, !extras.command.empty(), *this},
      restart_{io_.get_executor(), config_.upgrade, state_, *this},
      exec_{io_.get_executor(), exec_settings(extras), tokens_, state_, *this} {
    tokens_.set_revoke(credentials::make_revoke(workers_.network, config_.net));
    tokens_.connect(reporter_);
}

GateNeeds Daemon::gate_needs(DaemonExtras& extras) {
    return {.executor = io_.get_executor(),
            .files = workers_.files,
            .config = config_,
            .store = store_,
            .tokens = tokens_,
            .state = state_,
            .leaver = *this,
            .given = std::move(extras.credential),
            .device = std::move(extras.device)};
}

DeviceLifeNeeds Daemon::device_needs() {
    return {.executor = io_.get_executor(),
            .network = workers_.network,
            .files = workers_.files,
            .config = config_,
            .store = store_,
            .tokens = tokens_,
            .hooks = hooks_,
            .state = state_,
            .pausing = pausing_,
            .gate = gate_,
            .health = *this};
}

RequestsNeeds Daemon::requests_needs() {
    return {.executor = io_.get_executor(),
            .network = workers_.network,
            .files = workers_.files,
            .config = config_,
            .store = store_,
            .tokens = tokens_,
            .state = state_,
            .reporter = reporter_,
            .unpairing = device_.unpairing(),
            .pausing = pausing_,
            .reloads = *this};
}

ExecSettings Daemon::exec_settings(DaemonExtras& extras) const {
    return {.command = std::move(extras.command),
            .join_timeout = extras.join_timeout,
            .command_ran = std::move(extras.command_ran),
            .control_socket = config_.paths.control_socket().string()};
}

int Daemon::run() {
    if (!open_store()) return exit_code(control::Exit::refused);
    log::set_common_field("BMC_PROFILE", config_.profile);
    auto lock = take_lock();
    if (!lock) return exit_code(control::Exit::temporary);
    if (const Error ec = gate_.open()) {
        log::error("the folder {} cannot be watched: {}", store_.folder().string(), ec.message());
        return exit_code(control::Exit::failure);
    }
    if (!requests_.open(std::move(*lock))) return exit_code(control::Exit::refused);
    start();
    io_.run();
    return exec_.code();
}

bool Daemon::open_store() {
    const bool interrupted = store_.load_leftover().has_value();
    if (const Error ec = store_.open()) {
        log::error("{}", store_.explain(ec));
        return false;
    }
    if (interrupted) {
        log::warning("a pairing or a refresh was killed before its credential was in place: what it left is erased");
    }
    return true;
}

std::optional<credentials::Lock> Daemon::take_lock() {
    auto taken = credentials::Lock::try_take(store_.agent_lock_file());
    if (!taken) {
        const auto holder = credentials::Lock::holder(store_.agent_lock_file());
        log::error("another agent{} runs on this profile already ({}): end it, or use --profile NAME",
                   holder ? fmt::format(" (pid {})", holder->pid) : "", store_.folder().string());
        return std::nullopt;
    }
    taken->sign();
    return std::move(*taken);
}

/// The top tasks: each ends at the stop.
void Daemon::start() {
    const auto spawn = [this](auto task) { net::co_spawn(io_, std::move(task), rethrow); };
    pausing_.recall();
    spawn([this]() -> awaitable<void> { return requests_.run(); });
    spawn([this]() -> awaitable<void> { return pausing_.run(); });
    spawn([this]() -> awaitable<void> { co_await hooks_.run(); });
    spawn([this]() -> awaitable<void> { co_await tokens_.run(); });
    spawn([this]() -> awaitable<void> { return signals_.follow_stops(); });
    spawn([this]() -> awaitable<void> { return signals_.follow_log_level(); });
    spawn([this]() -> awaitable<void> { return restart_.run(); });
    spawn([this]() -> awaitable<void> { return exec_.run(); });
    spawn([this]() -> awaitable<void> { co_await (reporter_.run() || state_.stopped()); });
    // Until the stop, for which the service manager has another limit.
    spawn([this]() -> awaitable<void> { co_await (platform::feed_watchdog() || state_.stopped()); });
    spawn([this]() -> awaitable<void> { return live(); });
}

// Gate, service, gate, …: the whole life of the process.
awaitable<void> Daemon::live() {
    while (!state_.stopping()) {
        auto credential = co_await gate_.find();
        if (credential && !state_.stopping()) {
            auto serving = serve(std::move(*credential));
            co_await std::move(serving);
            continue;
        }
        if (state_.stopping()) break;
        // What was in use before is not used, nor refreshed, any more.
        if (tokens_.credential() != nullptr) tokens_.clear();
        const Error failed = co_await gate_.stand(credential.error());
        if (!failed) continue;
        log::error("the folder {} cannot be watched any more: {}", store_.folder().string(), failed.message());
        stop();
    }
    end();
}

awaitable<void> Daemon::serve(credentials::Credential credential) {
    tokens_.adopt(std::move(credential));
    state_.leave_gate();
    if (state_.line().empty()) state_.show("starting");
    auto serving = device_.run();
    co_await std::move(serving);
}

/// After the stop: what still waits returns.
void Daemon::end() {
    tokens_.stop();
    signals_.end();
    restart_.end();
    hooks_.stop();
    pausing_.stop();
    requests_.end();
}

std::optional<Use> Daemon::use() const {
    auto* links = device_.links();
    if (links == nullptr) return std::nullopt;
    const auto now = links->router().status();
    return Use{.busy = now.in_flight > 0 || now.waiting_answers > 0 || now.streams > 0 || hooks_.busy(),
               .commands = now.traffic.commands};
}

/// A disk that stands still does not keep the next signal waiting.
void Daemon::on_reload_signal() {
    const auto reload = [this]() -> awaitable<void> {
        auto reloading = requests_.reload();
        co_await std::move(reloading);
    };
    net::co_spawn(io_, reload, rethrow);
}

// A step of CI has a grace, with the browser still there; the agent stops when the step has ended.
void Daemon::on_stop_signal(int number) {
    if (exec_.running()) {
        log::write_event("stop", fmt::format("{}: ending the command of --exec", name_of_signal(number)));
    } else {
        log::write_event("stop", fmt::format("stopping ({})", name_of_signal(number)));
    }
    if (!exec_.signal(number)) stop();
}

void Daemon::stop() {
    if (!state_.stop()) return;
    exec_.end();
    platform::service_manager::stopping();
    requests_.cancel_pairing();
    device_.wind_down("the agent is stopping", config_.stop_grace);
}

}  // namespace agent::daemon
