#include "agent/daemon/app_impl.hpp"
#include "agent/pairing/store_settings.hpp"

#include <fmt/format.h>

#include <csignal>

#include "agent/credentials/token_endpoint.hpp"
#include "platform/file.hpp"
#include "platform/log/log.hpp"
#include "platform/process/inherited.hpp"
#include "platform/service.hpp"
#include "platform/text.hpp"

namespace agent::daemon {
namespace {

namespace log = platform::log;

/// The longest status line that the service manager is given, in bytes.
constexpr std::size_t status_line_bytes = 400;

}  // namespace

App::App(config::Config config, config::ConfigInput input, AppExtras extras)
    : impl_{std::make_unique<Impl>(std::move(config), std::move(input), std::move(extras))} {}
App::~App() = default;

int App::run() {
    return impl_->run();
}

App::Impl::Impl(config::Config settings, config::ConfigInput from, AppExtras more)
    : config{std::move(settings)},
      input{std::move(from)},
      extras{std::move(more)},
      store{pairing::store_settings(config)},
      tokens{io.get_executor(), &store, credentials::make_fetch(network, config.net)},
      watcher{io.get_executor(), config.paths.state},
      hooks{io.get_executor(), config.hooks},
      control{io.get_executor(),
              {config.paths.control_socket(), config.paths.state / config.paths.control_socket().filename(),
               config.control.group},
              control_actions()},
      scrape{io.get_executor(), config.control.metrics_port, control_actions().metrics},
      pausing{io.get_executor(), config.paths.state, [this] { apply_pause(); }} {
    tokens.set_revoke(credentials::make_revoke(network, config.net));
    tokens.on_trouble([this] { show_health(); });
}

int App::Impl::run() {
    const bool interrupted = store.load_leftover().has_value();
    if (const Error ec = store.open()) {
        log::error("{}", store.explain(ec));
        return exit_code(control::Exit::refused);
    }
    if (interrupted) {
        log::warning("a pairing or a refresh was killed before its credential was in place: what it left is erased");
    }
    log::set_common_field("BMC_PROFILE", config.profile);
    if (!take_lock()) return exit_code(control::Exit::temporary);
    if (const Error ec = watcher.open()) {
        log::error("the folder {} cannot be watched: {}", store.folder().string(), ec.message());
        return exit_code(control::Exit::failure);
    }
    if (const Error ec = control.open()) {
        // Whoever may write there would be spoken to in our place.
        if (platform::is_distrust(ec)) {
            log::error("{}", control.explain(ec));
            return exit_code(control::Exit::refused);
        }
        log::warning("no control socket ({}: {}): --status and its like will not find this agent",
                     config.paths.control_socket().string(), ec.message());
    } else {
        lock->sign(config.paths.control_socket());
        auto serve_control = [this]() -> awaitable<void> {
            auto moved = [this](const std::filesystem::path& socket) {
                lock->sign(socket);
                log::warning("the control socket was taken away, as a logout does: {} is the place now",
                             socket.string());
            };
            std::function<void(const std::filesystem::path&)> tell_place = std::move(moved);
            co_await control.run(std::move(tell_place));
        };
        net::co_spawn(io, std::move(serve_control), rethrow);
    }
    serve_scrapers();
    pausing.recall();
    auto run_pausing = [this]() -> awaitable<void> { co_await pausing.run(); };
    net::co_spawn(io, std::move(run_pausing), rethrow);
    auto run_hooks = [this]() -> awaitable<void> { co_await hooks.run(); };
    net::co_spawn(io, std::move(run_hooks), rethrow);
    net::co_spawn(
        io, [this]() -> awaitable<void> { return signals(); }, rethrow);
    net::co_spawn(
        io, [this]() -> awaitable<void> { return follow_log_signal(); }, rethrow);
    net::co_spawn(
        io, [this]() -> awaitable<void> { return follow_restart_signal(); }, rethrow);
    if (!extras.command.empty()) {
        net::co_spawn(
            io, [this]() -> awaitable<void> { return run_command(); }, rethrow);
    }
    net::co_spawn(
        io, [this]() -> awaitable<void> { return feed_watchdog(); }, rethrow);
    net::co_spawn(
        io, [this]() -> awaitable<void> { return live(); }, rethrow);
    io.run();
    return code;
}

void App::Impl::serve_scrapers() {
    if (const Error ec = scrape.open()) {
        log::warning("no port for scrapers (control.metrics_port = {}): {}", config.control.metrics_port, ec.message());
        return;
    }
    auto work = [this]() -> awaitable<void> { co_await scrape.run(); };
    net::co_spawn(io, std::move(work), rethrow);
}

bool App::Impl::take_lock() {
    auto taken = credentials::Lock::try_take(store.agent_lock_file());
    if (!taken) {
        const auto holder = credentials::Lock::holder(store.agent_lock_file());
        log::error("another agent{} runs on this profile already ({}): end it, or use --profile NAME",
                   holder ? fmt::format(" (pid {})", holder->pid) : "", store.folder().string());
        return false;
    }
    lock.emplace(std::move(*taken));
    lock->sign();
    return true;
}

awaitable<void> App::Impl::signals() {
    if (!platform::ignores_hang_up()) caught.add(SIGHUP);
    // Without a terminal nobody hangs up: it is how service managers ask for a reload (runit, s6, docker kill -s HUP).
    // A step of CI has no terminal either, and there it is a cancellation.
    const bool managed = platform::service::managed() || (extras.command.empty() && !platform::has_terminal());
    for (bool asked = false;;) {
        auto [ec, number] = co_await caught.async_wait(no_throw);
        if (ec) co_return;
        if (number == SIGHUP && managed) {
            reload();
            continue;
        }
        // A second signal means: do not wait.
        if (asked) {
            if (step) step->signal(number);
            std::_Exit(128 + number);
        }
        asked = true;
        on_signal(number);
    }
}

// A step of CI has its own grace, with the browser still there; the agent stops when the step has ended.
void App::Impl::on_signal(int number) {
    const std::string_view name = number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : "SIGHUP";
    if (step) {
        tell("stop", fmt::format("{}: ending the command of --exec", name));
        return step->signal(number);
    }
    tell("stop", fmt::format("stopping ({})", name));
    if (!extras.command.empty() && !stopping) code = 128 + number;  // a step that never began has not passed
    stop();
}

// SIGUSR1 turns the log up, and back.
awaitable<void> App::Impl::follow_log_signal() {
    for (;;) {
        auto [ec, number] = co_await louder.async_wait(no_throw);
        if (ec) co_return;
        const bool loud = log::level() == log::Level::debug;
        log::set_level(loud ? config.log.level : log::Level::debug);
        tell("log-level", "log level " + std::string{log::name_of(log::level())}, log::Level::warning);
    }
}

// Fed from the loop itself: a loop that hangs is noticed.
awaitable<void> App::Impl::feed_watchdog() {
    const auto interval = platform::service::watchdog_interval();
    if (!interval) co_return;
    while (!stopping) {
        platform::service::alive();
        watchdog.expires_after(*interval);
        auto [ec] = co_await watchdog.async_wait(no_throw);
        if (ec) break;
    }
}

// Gate, service, gate, …: the whole life of the process.
awaitable<void> App::Impl::live() {
    auto run_tokens = tokens.run();
    net::co_spawn(io, std::move(run_tokens), [](std::exception_ptr error, Error) { rethrow(error); });
    while (!stopping) {
        auto credential = find_credential();
        if (credential) {
            tokens.adopt(std::move(*credential));
            if (shown_line.empty()) show("starting");
            note_device();
            co_await serve();
        } else {
            // What was in use before is not used, nor refreshed, any more.
            if (tokens.credential() != nullptr) tokens.clear();
            co_await stand_at_gate(credential.error());
        }
    }
    tokens.stop();
    watchdog.cancel();
    caught.cancel();
    louder.cancel();
    upgraded.cancel();
    restart.cancel();
    hooks.stop();
    pausing.stop();
    control.stop();
    scrape.stop();
}

void App::Impl::stop() {
    if (stopping) return;
    stopping = true;
    joined_or_stopped.cancel();
    if (step) step->signal(SIGTERM);
    platform::service::stopping();
    gate.cancel();
    session.cancel();
    leave("the agent is stopping", config.stop_grace);
}

void App::Impl::show(std::string_view line) {
    auto text = platform::clean(line, status_line_bytes);
    if (text == shown_line) return;
    const bool first = shown_line.empty();
    shown_line = std::move(text);
    if (first) {
        platform::service::ready(shown_line);
    } else {
        platform::service::status(shown_line);
    }
}

}  // namespace agent::daemon
