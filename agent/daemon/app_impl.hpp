// What the App is made of. Included by the app_*.cpp alone, each of which is one part of its life:
// app.cpp starts and stops, app_gate.cpp finds credentials and serves, app_events.cpp follows the links,
// app_control.cpp answers the control socket, app_health.cpp says whether commands can be served, app_pairing.cpp pairs
// and unpairs on request, app_exec.cpp runs the command of a CI step, app_restart.cpp makes room for an upgrade.
#pragma once

#include "agent/daemon/app.hpp"

#include <boost/asio/signal_set.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/config/config.hpp"
#include "agent/control/control.hpp"
#include "agent/control/exit_code.hpp"
#include "agent/control/scrape.hpp"
#include "agent/control/status.hpp"
#include "agent/credentials/gate.hpp"
#include "agent/credentials/refresh.hpp"
#include "agent/credentials/store.hpp"
#include "agent/daemon/core/patient_restart.hpp"
#include "agent/daemon/device_watch.hpp"
#include "agent/daemon/core/ignored_events.hpp"
#include "agent/daemon/paired.hpp"
#include "agent/daemon/pausing.hpp"
#include "agent/daemon/step.hpp"
#include "agent/hooks/hooks.hpp"
#include "agent/pairing/binding.hpp"
#include "agent/pairing/session.hpp"
#include "agent/realtime/core/lifecycle.hpp"
#include "platform/clock.hpp"
#include "platform/log/log.hpp"
#include "platform/worker.hpp"

namespace agent::daemon {

constexpr int exit_code(control::Exit code) {
    return static_cast<int>(code);
}

/// A line about what somebody did: said each time, while a line that only repeats is held back.
inline void tell(std::string_view event, std::string_view text,
                 platform::log::Level level = platform::log::Level::info) {
    platform::log::write(level, text, {{"BMC_EVENT", event}});
}

struct App::Impl final : private PairedListener, private DeviceListener, private PauseListener {
    Impl(config::Config settings, config::ConfigInput from, AppExtras more);

    int run();
    bool take_lock();
    awaitable<void> signals();
    void on_signal(int number);
    awaitable<void> follow_log_signal();
    awaitable<void> follow_restart_signal();
    awaitable<void> restart_when_idle();
    Use use() const;
    awaitable<void> run_command();
    void end_where_nothing_helps();
    awaitable<void> wait_for_stop();
    Result<credentials::Credential> find_credential();
    Result<credentials::Credential> bind_found(credentials::Credential found, const std::string& source);
    awaitable<void> feed_watchdog();
    awaitable<void> live();
    awaitable<void> stand_at_gate(Error why);
    awaitable<void> outside_changed();
    awaitable<void> serve();
    void watch_device();
    awaitable<void> watch_absence();
    Duration absent_for(credentials::WallTime now) const;
    bool wipe_when_absent_too_long();
    std::vector<std::string> notices() const;
    awaitable<Error> watch_store(credentials::GateWatcher& watcher);
    void follow_store();
    bool ephemeral() const;
    void begin_without_traces();
    void finish_unpairing(credentials::WipeEnd how);
    void unpair();
    void leave(std::string reason, Duration grace);
    void stop();
    void serve_scrapers();
    void note_device();
    void show(std::string_view line);
    void on_status(const realtime::Status& status);
    void show_health();
    awaitable<void> follow_health();
    void note_token(control::Report& shown_now) const;
    void on_unpair() override;
    void on_other(const realtime::Broadcast& broadcast) override;
    void on_link_status(const realtime::Status& status) override { on_status(status); }
    void on_link_health() override { show_health(); }
    void on_settings(const std::string& settings) override {
        hooks.fire_if_set(hooks::HookEvent::settings_changed, settings);
    }
    void on_renamed(const std::string& name) override { paired->rename(name); }
    void on_removed() override { hooks.fire_if_set(hooks::HookEvent::device_removed); }
    void on_pause() override { apply_pause(); }
    void on_message(const realtime::Broadcast& broadcast);
    control::ControlActions control_actions();
    control::Report report() const;
    awaitable<control::Answer> unpair_on_request(bool delete_device);
    awaitable<void> withdraw_in_background();
    awaitable<platform::ServerReply> on_pairing(platform::ServerRequest request);
    awaitable<platform::ServerReply> pair_on_request(platform::ServerRequest request);
    std::optional<pairing::RemoteResult> why_not_paired(const pairing::RemoteRequest& request,
                                                        config::Config& in_force);
    std::optional<pairing::RemoteResult> take_handed(const pairing::RemoteRequest& request,
                                                     const config::Config& in_force, pairing::TokenInput& token);
    awaitable<pairing::RemoteResult> look_at_pairing(std::optional<std::chrono::seconds> renew_before,
                                                     std::string& renewal);
    awaitable<pairing::RemoteResult> pair_remotely(pairing::RemoteRequest request);
    awaitable<pairing::RemoteResult> pair_by_session(pairing::RemoteRequest request, const config::Config& in_force,
                                                     pairing::TokenInput token);
    awaitable<pairing::RemoteResult> wait_joined(pairing::RemoteResult result, credentials::Credential credential);
    control::Answer reload();
    void apply_pause();
    bool store_is_empty();
    std::string with_links(std::string (*write)(const control::Report&, TimePoint), TimePoint now);

    config::Config config;
    config::ConfigInput input;  // read again by a reload
    AppExtras extras;
    net::io_context io{1};
    platform::Worker network{"network"};
    platform::Worker files{"files"};
    credentials::Store store;
    credentials::Tokens tokens;
    credentials::GateWatcher watcher;
    net::signal_set caught{io, SIGINT, SIGTERM};
    net::signal_set louder{io, SIGUSR1};
    net::signal_set upgraded{io, SIGUSR2};
    platform::Timer restart{io};  // the next look whether the restart is due
    platform::Timer gate{io};  // stops the wait at the gate
    hooks::Hooks hooks;
    control::Control control;
    control::Scrape scrape;
    Pausing pausing;
    pairing::Session session{io.get_executor()};
    std::optional<credentials::Lock> lock;
    std::optional<credentials::Credential> withdrawn;         // wiped here, and not yet told to the server
    platform::Timer joined_or_stopped{io, TimePoint::max()};  // never expires: cancelled when either happens
    int code = exit_code(control::Exit::ok);
    config::Config bound;      // with the addresses that the credential in use is bound to
    std::string gate_problem;  // why the credential that is there is not used; empty: there is none
    std::string gate_reason = "starting";
    std::string gate_remedy;    // empty: the reason has one
    std::string device_served;  // the last one; empty: none since the start, or unpaired since
    bool was_at_gate = false;
    IgnoredEvents ignored;
    std::string message;  // live-activity-message, cleaned
    realtime::State shown = realtime::State::gate;
    std::string shown_line;  // what the service manager was told last
    TimePoint started = platform::BootClock::now();
    std::unique_ptr<Paired> paired;
    bool restart_asked = false;
    std::unique_ptr<DeviceWatch> device;  // while paired
    credentials::WallTime last_here{};    // joined last, as far as is known
    std::optional<Step> step;             // while the command of --exec runs
    bool stopping = false;
};

}  // namespace agent::daemon
