// What the control socket may ask of the running agent.
#include <unistd.h>

#include "agent/daemon/app_impl.hpp"
#include "agent/daemon/policy_answer.hpp"
#include "platform/log/log.hpp"
#include "platform/service.hpp"

namespace agent::daemon {

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

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

control::CommandCounters command_counters(const relay::RouterStatus& from) {
    control::CommandCounters to;
    const relay::Traffic& traffic = from.traffic;
    to.received = traffic.commands;
    to.in_flight = from.in_flight;
    to.streams = from.streams;
    to.outcomes = {{"result", traffic.results}, {"error", traffic.errors}};
    for (std::size_t i = 0; i < traffic.refusals.size(); ++i) {
        to.outcomes.emplace_back(relay::describe(static_cast<relay::Reason>(i)).name, traffic.refusals[i]);
    }
    const auto& buckets = traffic.latency.buckets();
    for (std::size_t i = 0; i < buckets.size(); ++i) {
        const bool last = i == relay::latency_bounds.size();
        to.latency.emplace_back(last ? 0 : std::chrono::duration<double>(relay::latency_bounds[i]).count(), buckets[i]);
    }
    to.latency_sum = std::chrono::duration<double>(traffic.latency.sum()).count();
    return to;
}

}  // namespace

control::ControlActions App::Impl::control_actions() {
    const auto now = [] { return platform::BootClock::now(); };
    return {.status = [this, now] { return with_links(&control::status_json, now()); },
            .metrics = [this, now] { return with_links(&control::metrics_text, now()); },
            .unpair = [this](bool delete_device) { return unpair_on_request(delete_device); },
            .pause = [this](std::optional<std::chrono::seconds> time) { return pausing.pause(time); },
            .resume = [this] { return pausing.resume(); },
            .reload = [this] { return reload(); },
            .log = [] { return log::last_lines(); },
            .pairing = [this](platform::ServerRequest request) { return on_pairing(std::move(request)); },
            .judge = [this](const std::string& method,
                            const std::string& params) { return policy_answer(config, method, params).text; }};
}

control::Report App::Impl::report() const {
    control::Report shown_now;
    shown_now.profile = config.profile;
    shown_now.pid = ::getpid();
    shown_now.uptime = platform::BootClock::now() - started;
    shown_now.gate_reason = gate_reason;
    shown_now.gate_remedy = gate_remedy;
    shown_now.backend = pairing::describe_backend(tokens.credential() != nullptr ? bound : config);
    shown_now.message = message;
    shown_now.resident_bytes = control::resident_bytes();
    shown_now.allocated_bytes = control::allocated_bytes();
    shown_now.browser_mode = mode_name(config.browser.mode);
    shown_now.open_port = cdp::opens_port(config.browser);
    shown_now.hooks = &hooks.counters();
    shown_now.events_ignored = ignored.count();
    shown_now.paused = pausing.for_people();
    const auto* credential = tokens.credential();
    if (credential == nullptr) return shown_now;
    shown_now.paired = true;
    shown_now.device_uuid = credential->device_uuid;
    shown_now.device_name = credential->device_name;
    shown_now.account = credential->account;
    shown_now.token_expires = credential->expires_at;
    shown_now.token_refreshable = tokens.current()->refreshable;
    shown_now.token_in_address = credential->api_key.empty();
    note_token(shown_now);
    if (device) shown_now.settings = device->settings();
    shown_now.notices = notices();
    shown_now.device_removed = device && !device->trouble().empty();
    if (paired) shown_now.foreign_results = paired->foreign_results();
    return shown_now;
}

std::string App::Impl::with_links(std::string (*write)(const control::Report&, TimePoint), TimePoint now) {
    auto shown_now = report();
    cdp::BrowserStatus browser;
    if (paired) {
        browser = paired->browser_status();
        shown_now.link = &paired->link_status();
        shown_now.browser = &browser;
        const auto router = paired->router().status();
        shown_now.commands = command_counters(router);
        shown_now.audit_trouble = router.audit_trouble;
        shown_now.audit_refuses = router.audit_refuses;
        shown_now.audit_lost = router.audit_lost;
        shown_now.spool_trouble = router.spool_trouble;
        shown_now.spool_bytes = router.spool.bytes;
        shown_now.spool_files = router.spool.files;
    }
    return write(shown_now, now);
}

bool App::Impl::store_is_empty() {
    const auto left = store.load();
    return !left && (left.error() == credentials::Errc::none || left.error() == credentials::Errc::wiped);
}

void App::Impl::apply_pause() {
    if (!paired) return;
    paired->set_pause(pausing.current());
    show_health();
}

// What a running agent can take over is taken over; the rest is named.
control::Answer App::Impl::reload() {
    platform::service::reloading();
    auto loaded = config::load_config(input);
    control::Answer answer;
    if (!loaded.errors.empty()) {
        answer = {false, "nothing was changed: " + loaded.errors.front().where + ": " + loaded.errors.front().what};
        tell("reload", "reload: " + answer.text, log::Level::warning);
    } else {
        const auto changed = config::difference(config, loaded.config);
        answer.text = "Applied: " + list(changed.live) + ". Needs a restart: " + list(changed.restart) + ".";
        tell("reload", "reload: " + answer.text);
        config.hooks = loaded.config.hooks;
        config.log = loaded.config.log;
        config.stop_grace = loaded.config.stop_grace;
        config.upgrade = loaded.config.upgrade;
        log::set_level(config.log.level);
        log::set_format(config.log.format);
    }
    platform::service::ready(shown_line);
    return answer;
}

}  // namespace agent::daemon
