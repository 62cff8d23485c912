#include "agent/daemon/reporter.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "agent/control/health_report.hpp"
#include "agent/control/manager_line.hpp"
#include "agent/pairing/binding.hpp"
#include "agent/relay/core/result.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

/// A clock that is set moves the token's end: it is looked at again within this time.
constexpr std::chrono::seconds token_look_every = 1h;
/// Tokens end at whole seconds: a moment later the end is surely over.
constexpr Duration token_grain = 500ms;

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

void add_router(control::Report& shown, const relay::RouterStatus& router) {
    shown.commands = command_counters(router);
    shown.clients = {.count = router.clients,
                     .bytes = router.client_bytes,
                     .disk_bytes = router.client_bytes_on_disk,
                     .ended = {router.clients_ended.begin(), router.clients_ended.end()},
                     .sealed_ignored = router.sealed_ignored};
    shown.audit_trouble = router.audit_trouble;
    shown.audit_refuses = router.audit_refuses;
    shown.audit_lost = router.audit_lost;
    shown.spool_trouble = router.spool_trouble;
    shown.spool_bytes = router.spool.bytes;
    shown.spool_files = router.spool.files;
}

}  // namespace

control::Report Reporter::report() const {
    const auto* credential = needs_.tokens.credential();
    control::Report shown;
    shown.profile = needs_.config.profile;
    shown.pid = ::getpid();
    shown.uptime = platform::BootClock::now() - started_;
    shown.gate_reason = needs_.state.gate().reason;
    shown.gate_remedy = needs_.state.gate().remedy;
    shown.backend = pairing::describe_backend(credential != nullptr ? needs_.gate.bound() : needs_.config);
    shown.message = needs_.state.message();
    shown.resident_bytes = control::resident_bytes();
    shown.allocated_bytes = control::allocated_bytes();
    shown.browser_mode = needs_.config.browser.mode;
    shown.open_port = cdp::opens_port(needs_.config.browser);
    shown.hooks = &needs_.hooks.counters();
    shown.events_ignored = needs_.device.events().ignored();
    shown.paused = needs_.pausing.for_people();
    if (credential == nullptr) return shown;
    shown.paired = true;
    shown.device_uuid = credential->device_uuid;
    shown.device_name = credential->device_name;
    shown.account = credential->account;
    add_token(shown);
    shown.notices = notices();
    if (const auto* watch = needs_.device.watch()) {
        shown.settings = watch->settings();
        shown.device_removed = !watch->trouble().empty();
    }
    if (const auto* links = needs_.device.links()) {
        shown.foreign_results = links->foreign_results();
        shown.fingerprint = links->fingerprint();
    }
    add_trust(shown);
    return shown;
}

void Reporter::add_trust(control::Report& shown) const {
    const relay::Trust trust{needs_.config.relay.trust};
    shown.trust_require = platform::name_in(relay::require_names, trust.require());
    shown.trusted_keys = trust.keys().size();
}

void Reporter::add_token(control::Report& shown) const {
    const auto& credential = *needs_.tokens.credential();
    const bool stored = credential.origin == credentials::Origin::stored;
    shown.token_expires = credential.expires_at;
    shown.token_refreshable = needs_.tokens.current()->refreshable;
    shown.token_in_address = credential.api_key.empty();
    shown.token_trouble = needs_.tokens.trouble();
    shown.token_given = !stored;
    shown.token_refreshed = credential.refresh.has_value() && needs_.tokens.current()->refreshable;
    shown.token_remedy = credential.refresh || !stored ? std::string(credentials::how_to_renew(credential.origin))
                                                       : "replace it with a fresh one (agent --pair --rotate)";
    if (!credential.expires_at) return;
    shown.token_left = *credential.expires_at - std::chrono::floor<std::chrono::seconds>(needs_.tokens.server_time());
}

/// For status and doctor: what is going to be wrong, or may be.
std::vector<std::string> Reporter::notices() const {
    std::vector<std::string> all;
    const auto& credential = *needs_.tokens.credential();
    auto notice = credentials::expiry_notice(credential.expires_at, needs_.tokens.current()->refreshable,
                                             platform::wall_now(), credential.origin);
    if (!notice.empty()) all.push_back(std::move(notice));
    const auto* watch = needs_.device.watch();
    if (watch != nullptr && !watch->trouble().empty()) all.push_back(watch->trouble());
    if (needs_.config.realtime.vsn == realtime::Vsn::v1) {
        all.emplace_back(
            "realtime.vsn is 1.0.0: the server reads results and ids and writes them anew, so that they do not arrive "
            "as the bytes that the browser and the controller wrote; 2.0.0 passes them on as they are");
    }
    const auto* links = needs_.device.links();
    if (links != nullptr && links->foreign_results() > 0) {
        all.push_back(std::to_string(links->foreign_results()) +
                      " results came on the channel that this agent did not send: look for another agent with this "
                      "device's credential, or a member of the channel that answers in its place");
    }
    return all;
}

std::string Reporter::write(std::string (*form)(const control::Report&, TimePoint)) const {
    auto shown = report();
    cdp::BrowserStatus browser;
    if (auto* links = needs_.device.links()) {
        browser = links->browser_status();
        shown.link = &links->link_status();
        shown.browser = &browser;
        add_router(shown, links->router().status());
    }
    return form(shown, platform::BootClock::now());
}

void Reporter::restarts_when_idle() {
    restarts_when_idle_ = true;
    show();
}

void Reporter::show() {
    if (!needs_.device.serving()) return;
    auto line = write(&control::manager_line);
    if (restarts_when_idle_) line += " | restarts when idle";
    needs_.state.show(line);
}

awaitable<void> Reporter::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    const auto executor = co_await net::this_coro::executor;
    platform::Timer timer{executor};
    for (;;) {
        show();
        const auto holds =
            needs_.tokens.credential() != nullptr ? control::token_holds(control::vitals_of(report())) : std::nullopt;
        timer.expires_after(std::min(holds.value_or(token_look_every), token_look_every) + token_grain);
        const auto seen = needs_.tokens.generation();
        co_await (needs_.tokens.changed(seen) || platform::expiry(timer));
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return;
    }
}

}  // namespace agent::daemon
