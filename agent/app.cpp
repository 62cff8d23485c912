#include "agent/app.hpp"

#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "agent/core/lifecycle.hpp"
#include "agent/credentials/gate.hpp"
#include "agent/credentials/outside.hpp"
#include "agent/credentials/refresh.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/token_endpoint.hpp"
#include "agent/paired.hpp"
#include "agent/pairing/token_input.hpp"
#include "agent/relay/pause.hpp"
#include "agent/service/config.hpp"
#include "agent/service/control.hpp"
#include "agent/service/exit_code.hpp"
#include "agent/service/hooks.hpp"
#include "agent/service/status.hpp"
#include "platform/file.hpp"
#include "platform/json.hpp"
#include "platform/log.hpp"
#include "platform/process.hpp"
#include "platform/service.hpp"
#include "platform/text.hpp"
#include "platform/watch.hpp"
#include "platform/worker.hpp"

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

/// What is in flight at an `unpair` is answered within it (contract, "unpair", step 2).
constexpr Duration unpair_grace = 500ms;

constexpr std::string_view how_to_pair = "run `agent --pair` to pair this machine";

/// The longest status line that the service manager is given, in bytes.
constexpr std::size_t status_line_bytes = 200;

constexpr int exit_code(service::Exit code) {
    return static_cast<int>(code);
}

/// The revocation is the only traffic at the gate, for at most this long (contract, "unpair", step 4).
constexpr Duration revocation_limit = 10s;

/// The text of a live-activity-message that is kept and shown, in bytes.
constexpr std::size_t message_bytes = 120;

std::string mode_name(cdp::BrowserMode mode) {
    switch (mode) {
        case cdp::BrowserMode::launch:
            return "launch";
        case cdp::BrowserMode::attach:
            return "attach";
        case cdp::BrowserMode::hosted:
            return "hosted";
    }
    return "launch";
}

std::string list(const std::vector<std::string>& keys) {
    std::string text;
    for (const auto& key : keys) text.append(text.empty() ? "" : ", ").append(key);
    return text.empty() ? "nothing" : text;
}

service::CommandCounters command_counters(const relay::RouterStatus& from) {
    service::CommandCounters to;
    to.received = from.commands;
    to.in_flight = from.in_flight;
    to.outcomes = {{"result", from.results}, {"error", from.errors}};
    for (std::size_t i = 0; i < from.refusals.size(); ++i) {
        to.outcomes.emplace_back(relay::describe(static_cast<relay::Reason>(i)).name, from.refusals[i]);
    }
    for (std::size_t i = 0; i < from.latency.size(); ++i) {
        const bool last = i == relay::latency_bounds.size();
        to.latency.emplace_back(last ? 0 : std::chrono::duration<double>(relay::latency_bounds[i]).count(),
                                from.latency[i]);
    }
    to.latency_sum = std::chrono::duration<double>(from.latency_sum).count();
    return to;
}

/// Where others put a token for us, if they did.
struct Outside {
    std::filesystem::path file;
    credentials::Origin origin;
};

std::optional<Outside> outside_token(const service::Config& config) {
    if (!config.credentials.token_file.empty())
        return Outside{config.credentials.token_file, credentials::Origin::file};
    const auto given = credentials::systemd_credential("bmc-token");
    if (given) return Outside{*given, credentials::Origin::systemd};
    return std::nullopt;
}

Result<credentials::Credential> load_outside(const Outside& where, const credentials::Store& store,
                                             const std::string& device, std::string& problem) {
    const auto text = credentials::read_outside(where.file);
    if (!text) {
        problem = text.error() == platform::FileErrc::loose_mode ? platform::mode_complaint(where.file)
                                                                 : where.file.string() + ": " + text.error().message();
        return text.error();
    }
    if (store.is_refused(text->reveal())) {
        problem = "the token in " + where.file.string() + " was unpaired: remove it or put another there";
        return credentials::Errc::refused_token;
    }
    pairing::TokenInput token;
    auto wrong = pairing::read_token(text->reveal(), token);
    const auto uuid = credentials::normalise_uuid(device.empty() ? token.device_uuid : device);
    if (!wrong && token.access_token.empty())
        wrong = pairing::TokenProblem{"a refresh token: hand it in by  agent --pair --token-file"};
    if (!wrong && !uuid) wrong = pairing::TokenProblem{"the token names no device: add --device UUID"};
    if (wrong) {
        problem = where.file.string() + ": " + wrong->what;
        return credentials::Errc::damaged;
    }
    credentials::Credential credential;
    credential.device_uuid = *uuid;
    credential.device_name = *uuid;
    credential.access_token = std::move(token.access_token);
    credential.api_key = std::move(token.api_key);
    credential.expires_at = token.expires_at;
    credential.account = token.account;
    credential.origin = where.origin;
    return credential;
}

credentials::StoreSettings store_settings(const service::Config& config) {
    return {.folder = config.paths.state, .bind = config.credentials.bind, .key_file = config.credentials.key_file};
}

}  // namespace

struct App::Impl {
    Impl(service::Config settings, service::ConfigInput from, AppExtras more);

    int run();
    bool take_lock();
    awaitable<void> signals();
    awaitable<void> follow_log_signal();
    awaitable<void> run_command();
    awaitable<void> wait_for_stop();
    Result<credentials::Credential> find_credential();
    awaitable<void> feed_watchdog();
    awaitable<void> live();
    awaitable<void> stand_at_gate(Error why);
    awaitable<void> outside_changed();
    awaitable<void> serve();
    awaitable<Error> watch_store(credentials::GateWatcher& watcher);
    void follow_store();
    void unpair();
    void leave(std::string reason, Duration grace);
    void stop();
    void show(std::string_view line);
    void on_status(const realtime::Status& status);
    void on_other(const realtime::Broadcast& broadcast);
    void on_message(const realtime::Broadcast& broadcast);
    service::ControlActions control_actions();
    service::Report report() const;
    awaitable<service::Answer> unpair_on_request();
    service::Answer set_pause(std::optional<std::chrono::seconds> time);
    service::Answer resume();
    service::Answer reload();
    void apply_pause();
    bool store_is_empty();
    std::string with_links(std::string (*write)(const service::Report&, TimePoint), TimePoint now);

    service::Config config;
    service::ConfigInput input;  // read again by a reload
    AppExtras extras;
    net::io_context io{1};
    platform::Worker network{"network"};
    platform::Worker files{"files"};
    credentials::Store store;
    credentials::Tokens tokens;
    credentials::GateWatcher watcher;
    net::signal_set caught{io, SIGINT, SIGTERM, SIGHUP};
    net::signal_set louder{io, SIGUSR1};
    platform::Timer watchdog{io};
    platform::Timer gate{io};  // stops the wait at the gate
    service::Hooks hooks;
    service::Control control;
    std::optional<credentials::Lock> lock;
    platform::Timer joined_or_stopped{io, TimePoint::max()};  // never expires: cancelled when either happens
    int code = exit_code(service::Exit::ok);
    std::string outside_problem;  // why the token that others put here is not used
    std::string gate_reason = "starting";
    std::string message;  // live-activity-message, cleaned
    core::State shown = core::State::gate;
    TimePoint started = platform::BootClock::now();
    std::unique_ptr<Paired> paired;
    bool stopping = false;
};

App::App(service::Config config, service::ConfigInput input, AppExtras extras)
    : impl_{std::make_unique<Impl>(std::move(config), std::move(input), std::move(extras))} {}
App::~App() = default;
int App::run() {
    return impl_->run();
}

App::Impl::Impl(service::Config settings, service::ConfigInput from, AppExtras more)
    : config{std::move(settings)},
      input{std::move(from)},
      extras{std::move(more)},
      store{store_settings(config)},
      tokens{io.get_executor(), &store, credentials::make_fetch(network, config.net)},
      watcher{io.get_executor(), config.paths.state},
      hooks{io.get_executor(), config.hooks},
      control{io.get_executor(), config.paths.control_socket(), config.control.group, control_actions()} {
    tokens.set_revoke(credentials::make_revoke(network, config.net));
}

int App::Impl::run() {
    if (const Error ec = store.open()) {
        log::error("{}", store.explain(ec));
        return exit_code(service::Exit::refused);
    }
    if (!take_lock()) return exit_code(service::Exit::temporary);
    if (const Error ec = watcher.open()) {
        log::error("the folder {} cannot be watched: {}", store.folder().string(), ec.message());
        return exit_code(service::Exit::failure);
    }
    if (const Error ec = control.open()) {
        log::warning("no control socket ({}: {}): --status and its like will not find this agent",
                     config.paths.control_socket().string(), ec.message());
    } else {
        auto serve_control = [this]() -> awaitable<void> { co_await control.run(); };
        net::co_spawn(io, std::move(serve_control), rethrow);
    }
    auto run_hooks = [this]() -> awaitable<void> { co_await hooks.run(); };
    net::co_spawn(io, std::move(run_hooks), rethrow);
    net::co_spawn(
        io, [this]() -> awaitable<void> { return signals(); }, rethrow);
    net::co_spawn(
        io, [this]() -> awaitable<void> { return follow_log_signal(); }, rethrow);
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

bool App::Impl::take_lock() {
    auto taken = credentials::Lock::try_take(store.agent_lock_file());
    if (!taken) {
        const auto holder = credentials::Lock::holder(store.agent_lock_file());
        log::error("another agent{} runs on this profile already ({}): end it, or use --profile NAME",
                   holder ? " (pid " + std::to_string(*holder) + ")" : "", store.folder().string());
        return false;
    }
    lock.emplace(std::move(*taken));
    lock->sign();
    return true;
}

awaitable<void> App::Impl::signals() {
    for (bool asked = false;;) {
        auto [ec, number] = co_await caught.async_wait(no_throw);
        if (ec) co_return;
        if (number == SIGHUP) {
            reload();
            continue;
        }
        // Whoever asks twice does not want to wait.
        if (asked) std::_Exit(128 + number);
        asked = true;
        log::info("stopping ({})", number == SIGINT ? "SIGINT" : "SIGTERM");
        stop();
    }
}

// SIGUSR1 turns the log up, and back.
awaitable<void> App::Impl::follow_log_signal() {
    for (;;) {
        auto [ec, number] = co_await louder.async_wait(no_throw);
        if (ec) co_return;
        const bool loud = log::level() == log::Level::debug;
        log::set_level(loud ? config.log.level : log::Level::debug);
        log::write(log::Level::warning, "log level " + std::string{log::name_of(log::level())});
    }
}

// A step of CI: the command begins when the channel is joined, and the agent ends with it.
awaitable<void> App::Impl::run_command() {
    platform::Timer limit{io};
    limit.expires_after(extras.join_timeout);
    while (shown != core::State::joined && !stopping) {
        const auto first = co_await (limit.async_wait(no_throw) || joined_or_stopped.async_wait(no_throw));
        if (first.index() != 0) continue;
        log::error("not joined within {}: the command was not started",
                   platform::for_people(std::chrono::duration_cast<std::chrono::seconds>(extras.join_timeout).count()));
        code = exit_code(service::Exit::join_timeout);
        stop();
    }
    if (stopping) co_return;
    platform::ProcessOptions options;
    options.arguments = extras.command;
    for (char** entry = ::environ; *entry != nullptr; ++entry) options.environment.emplace_back(*entry);
    options.environment.push_back("BMC_DEVICE_UUID=" + tokens.credential()->device_uuid);
    options.environment.push_back("BMC_AGENT_SOCKET=" + config.paths.control_socket().string());
    options.descriptors = {{0, 0}, {1, 1}, {2, 2}};
    options.own_group = false;
    auto process = platform::Process::spawn(io.get_executor(), options);
    if (!process) {
        log::error("--exec {}: {}", extras.command.front(), process.error().message());
        code = 127;
        co_return stop();
    }
    auto ended = co_await (process->wait() || wait_for_stop());
    if (ended.index() == 0 && std::get<0>(ended)) {
        const auto& how = *std::get<0>(ended);
        code = how.signalled ? 128 + how.code : how.code;
    }
    stop();
}

awaitable<void> App::Impl::wait_for_stop() {
    while (!stopping) co_await joined_or_stopped.async_wait(no_throw);
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
    platform::service::ready();
    auto run_tokens = tokens.run();
    net::co_spawn(io, std::move(run_tokens), [](std::exception_ptr error, Error) { rethrow(error); });
    while (!stopping) {
        auto credential = find_credential();
        if (credential) {
            // The key of the configuration wins over the one that was kept at the pairing.
            if (!config.api.key.empty()) credential->api_key = credentials::Secret{std::string_view{config.api.key}};
            tokens.adopt(std::move(*credential));
            co_await serve();
        } else {
            co_await stand_at_gate(credential.error());
        }
    }
    tokens.stop();
    watchdog.cancel();
    caught.cancel();
    louder.cancel();
    hooks.stop();
    control.stop();
}

/// Memory's, else that of a token which others put here, else the store's.
Result<credentials::Credential> App::Impl::find_credential() {
    outside_problem.clear();
    if (extras.credential) return std::move(*std::exchange(extras.credential, std::nullopt));
    const auto outside = outside_token(config);
    if (!outside) return store.load();
    auto credential = load_outside(*outside, store, extras.device, outside_problem);
    if (!credential) return credential;
    auto reread = [this, where = *outside] {
        std::string problem;
        return load_outside(where, store, extras.device, problem);
    };
    tokens.set_reread(std::move(reread));
    return credential;
}

awaitable<void> App::Impl::stand_at_gate(Error why) {
    const bool unpaired = why == credentials::make_error_code(credentials::Errc::none) ||
                          why == credentials::make_error_code(credentials::Errc::wiped);
    const std::string reason = !outside_problem.empty() ? outside_problem
                               : unpaired               ? std::string{"not paired"}
                                                        : store.explain(why);
    log::info("at the activation gate: {}; {}", reason, how_to_pair);
    gate_reason = reason;
    shown = core::State::gate;
    show("gate: " + reason + "; " + std::string{how_to_pair});
    gate.expires_at(TimePoint::max());
    const auto first = co_await (watcher.something_changed() || gate.async_wait(no_throw) || outside_changed());
    if (first.index() == 0 && std::get<0>(first) && !stopping) {
        log::error("the folder {} cannot be watched any more: {}", store.folder().string(),
                   std::get<0>(first).message());
        stop();
    }
}

// The token file's folder is watched at the gate: a new token there ends it.
awaitable<void> App::Impl::outside_changed() {
    const auto& file = config.credentials.token_file;
    platform::FolderWatch watch{
        io.get_executor(), file.parent_path(),
        [name = file.filename().string()](std::string_view changed) { return changed == name; }};
    if (!file.empty() && !watch.open()) {
        co_await watch.next();
        co_return;
    }
    platform::Timer forever{io, TimePoint::max()};
    co_await forever.async_wait(no_throw);
}

awaitable<void> App::Impl::serve() {
    PairedEvents events{.unpair = [this] { unpair(); },
                        .other = [this](const realtime::Broadcast& broadcast) { on_other(broadcast); },
                        .status = [this](const realtime::Status& status) { on_status(status); }};
    PairedNeeds needs{.executor = io.get_executor(),
                      .network = network,
                      .files = files,
                      .config = config,
                      .tokens = tokens,
                      .events = std::move(events)};
    // Stored messages are asked for since the last join, and none from before the pairing counts.
    const auto since = std::max(store.last_joined().value_or(credentials::WallTime{}), tokens.credential()->paired_at);
    config.realtime.replay_since_ms = std::chrono::milliseconds{since.time_since_epoch()}.count();
    paired = std::make_unique<Paired>(std::move(needs));
    apply_pause();
    const auto ended = co_await (paired->run() || watch_store(watcher));
    if (tokens.credential() == nullptr) paired->empty_spool();
    paired.reset();
    if (ended.index() == 0 && std::get<0>(ended)) {
        log::error("{}", std::get<0>(ended).message());
    }
}

// Another process may pair, rotate or wipe while we serve. Ends with its cancellation alone.
awaitable<Error> App::Impl::watch_store(credentials::GateWatcher& changes) {
    for (;;) {
        const Error ec = co_await changes.something_changed();
        if (ec == net::error::operation_aborted) co_return ec;
        follow_store();
        if (ec) {
            platform::Timer forever{io, TimePoint::max()};
            auto [cancelled] = co_await forever.async_wait(no_throw);
            co_return cancelled;
        }
    }
}

void App::Impl::follow_store() {
    if (stopping || tokens.credential() == nullptr) return;
    if (tokens.credential()->origin != credentials::Origin::stored) return;
    auto credential = store.load();
    if (!credential) {
        tokens.clear();
        log::info("the credential was removed: {}", store.explain(credential.error()));
        return leave("the device was unpaired", unpair_grace);
    }
    const auto& mine = *tokens.credential();
    if (credential->access_token == mine.access_token && credential->device_uuid == mine.device_uuid) return;
    if (credential->device_uuid == mine.device_uuid) return tokens.adopt(std::move(*credential));
    log::info("this machine was paired as another device: starting over");
    leave("the machine was paired as another device", unpair_grace);
}

// The contract's order: wiped first, then nothing is relayed, then all is left.
void App::Impl::unpair() {
    if (tokens.credential() == nullptr) return;
    log::info("unpaired: wiping the credential");
    hooks.fire_if_set(service::HookEvent::unpaired);
    const bool outside = tokens.credential()->origin != credentials::Origin::stored;
    std::vector<std::string_view> tokens_outside;
    if (outside) tokens_outside.push_back(tokens.credential()->access_token.reveal());
    if (const Error ec = store.wipe(tokens_outside)) {
        log::error("the credential could not be wiped whole: {}", store.explain(ec));
    }
    tokens.clear();
    leave("the device was unpaired", unpair_grace);
}

void App::Impl::leave(std::string reason, Duration grace) {
    // After an unpair nothing of the device's stays, in the browser host neither.
    const auto browser = stopping ? cdp::Browser::Leave::running : cdp::Browser::Leave::ended;
    if (paired) paired->stop(std::move(reason), grace, browser);
}

void App::Impl::stop() {
    if (stopping) return;
    stopping = true;
    joined_or_stopped.cancel();
    platform::service::stopping();
    gate.cancel();
    leave("the agent is stopping", config.stop_grace);
}

void App::Impl::show(std::string_view line) {
    platform::service::status(platform::clean(line, status_line_bytes));
}

void App::Impl::on_status(const realtime::Status& status) {
    std::string line{core::to_string(status.state)};
    if (!status.reason.empty()) line += ": " + status.reason;
    if (!message.empty()) line += " | " + message;
    show(line);
    if (status.state == shown) return;
    const bool was_joined = shown == core::State::joined;
    shown = status.state;
    joined_or_stopped.cancel();
    if (status.state == core::State::joined) {
        // The next join asks for stored messages since now: an unpair that this machine slept through is among them.
        const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
        if (const Error ec = store.note_joined(now)) log::warning("{}", store.explain(ec));
        hooks.fire_if_set(service::HookEvent::joined);
    } else if (was_joined) {
        hooks.fire_if_set(service::HookEvent::lost);
    }
}

void App::Impl::on_other(const realtime::Broadcast& broadcast) {
    using service::HookEvent;
    if (broadcast.topic == "settings:global") return hooks.fire_if_set(HookEvent::settings_changed, broadcast.payload);
    if (!broadcast.topic.starts_with("device:")) return;
    for (const auto event : {HookEvent::vpn_on, HookEvent::vpn_off, HookEvent::open_sheet}) {
        if (broadcast.event == service::name_of(event)) return hooks.fire(event, broadcast.payload);
    }
    if (broadcast.event == service::name_of(HookEvent::live_activity_message)) return on_message(broadcast);
    log::debug("event {} on {}: nothing to do", platform::clean(broadcast.event), platform::clean(broadcast.topic));
}

void App::Impl::on_message(const realtime::Broadcast& broadcast) {
    const auto tree = platform::parse_json(broadcast.payload);
    const auto text = tree ? platform::get_string(*tree, "message") : std::nullopt;
    message = platform::clean(text.value_or(""), message_bytes);
    hooks.fire_if_set(service::HookEvent::live_activity_message, broadcast.payload);
    if (paired) on_status(paired->link_status());
}

service::ControlActions App::Impl::control_actions() {
    const auto now = [] { return platform::BootClock::now(); };
    return {.status = [this, now] { return with_links(&service::status_json, now()); },
            .metrics = [this, now] { return with_links(&service::metrics_text, now()); },
            .unpair = [this] { return unpair_on_request(); },
            .pause = [this](std::optional<std::chrono::seconds> time) { return set_pause(time); },
            .resume = [this] { return resume(); },
            .reload = [this] { return reload(); },
            .log = [] { return log::last_lines(); }};
}

service::Report App::Impl::report() const {
    service::Report shown_now;
    shown_now.profile = config.profile;
    shown_now.pid = ::getpid();
    shown_now.uptime = platform::BootClock::now() - started;
    shown_now.gate_reason = gate_reason;
    shown_now.message = message;
    shown_now.resident_bytes = service::resident_bytes();
    shown_now.browser_mode = mode_name(config.browser.mode);
    shown_now.hooks = &hooks.counters();
    const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    if (const auto pause = relay::load_pause(config.paths.state, now)) shown_now.paused = pause->for_people(now);
    const auto* credential = tokens.credential();
    if (credential == nullptr) return shown_now;
    shown_now.paired = true;
    shown_now.device_uuid = credential->device_uuid;
    shown_now.device_name = credential->device_name;
    shown_now.account = credential->account;
    shown_now.token_expires = credential->expires_at;
    shown_now.token_refreshable = tokens.current()->refreshable;
    shown_now.token_in_address = credential->api_key.empty();
    shown_now.token_trouble = tokens.trouble();
    return shown_now;
}

std::string App::Impl::with_links(std::string (*write)(const service::Report&, TimePoint), TimePoint now) {
    auto shown_now = report();
    cdp::BrowserStatus browser;
    if (paired) {
        browser = paired->browser_status();
        shown_now.link = &paired->link_status();
        shown_now.browser = &browser;
        shown_now.commands = command_counters(paired->router().status());
    }
    return write(shown_now, now);
}

// The wipe first; then the server is told, for at most revocation_limit.
awaitable<service::Answer> App::Impl::unpair_on_request() {
    if (tokens.credential() == nullptr) co_return service::Answer{true, "This machine is not paired."};
    const auto gone = tokens.credential()->clone();
    unpair();
    if (!store_is_empty()) co_return service::Answer{false, "the credential could not be wiped whole; see the log"};
    if (!gone.refresh || gone.refresh->revocation_url.empty()) {
        co_return service::Answer{true, "Unpaired: the credential was wiped."};
    }
    const auto revoke = credentials::make_revoke(network, config.net);
    platform::Timer limit{io};
    limit.expires_after(revocation_limit);
    const auto first = co_await (revoke(*gone.refresh) || limit.async_wait(no_throw));
    const bool confirmed = first.index() == 0 && !std::get<0>(first);
    if (confirmed) co_return service::Answer{true, "Unpaired: the credential was wiped, and revoked at the server."};
    co_return service::Answer{true,
                              "Unpaired: the credential was wiped. The server did not confirm its revocation: revoke "
                              "this device's access in the dashboard.",
                              false};
}

bool App::Impl::store_is_empty() {
    const auto left = store.load();
    return !left && (left.error() == credentials::Errc::none || left.error() == credentials::Errc::wiped);
}

service::Answer App::Impl::set_pause(std::optional<std::chrono::seconds> time) {
    const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    relay::Pause pause;
    if (time) pause.until = now + *time;
    if (const Error ec = relay::store_pause(config.paths.state, pause)) return {false, "pausing: " + ec.message()};
    apply_pause();
    return {true, "Paused " + pause.for_people(now) + ": commands are answered with busy."};
}

service::Answer App::Impl::resume() {
    if (const Error ec = relay::clear_pause(config.paths.state)) return {false, "resuming: " + ec.message()};
    apply_pause();
    return {true, "Relaying again."};
}

void App::Impl::apply_pause() {
    const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    if (paired) paired->router().set_pause(relay::load_pause(config.paths.state, now));
}

// What a running agent can take over is taken over; the rest is named.
service::Answer App::Impl::reload() {
    platform::service::reloading();
    auto loaded = service::load_config(input);
    service::Answer answer;
    if (!loaded.errors.empty()) {
        answer = {false, "nothing was changed: " + loaded.errors.front().where + ": " + loaded.errors.front().what};
        log::warning("reload: {}", answer.text);
    } else {
        const auto changed = service::difference(config, loaded.config);
        answer.text = "Applied: " + list(changed.live) + ". Needs a restart: " + list(changed.restart) + ".";
        log::info("reload: {}", answer.text);
        config.hooks = loaded.config.hooks;
        config.log = loaded.config.log;
        config.stop_grace = loaded.config.stop_grace;
        log::set_level(config.log.level);
        log::set_format(config.log.format);
    }
    platform::service::ready();
    return answer;
}
