#include "agent/daemon/links.hpp"

#include "agent/config/browser_fence.hpp"
#include "agent/config/config.hpp"
#include "agent/credentials/tokens.hpp"
#include "agent/pairing/store_settings.hpp"
#include "agent/realtime/core/carried.hpp"
#include "agent/realtime/last_joined.hpp"
#include "platform/clock.hpp"
#include "platform/log/log.hpp"
#include "platform/unwritten.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {

using namespace net::experimental::awaitable_operators;

namespace {

/// Of the grace of an orderly stop, for the answers on their way and the leaving itself: as long as an unpair has.
constexpr std::chrono::milliseconds leaving_time{500};

realtime::Settings link_settings(const config::Config& config, const credentials::DeviceMemory& memory) {
    realtime::Settings settings = config.realtime;
    settings.instance = credentials::make_uuid();
    settings.catches_up = true;
    settings.memory = &memory;
    settings.last_joined_every = realtime::last_joined_period(config.credentials.max_offline);
    return settings;
}

cdp::Settings browser_settings(const config::Config& config) {
    cdp::Settings settings =
        config::settings_of(config, relay::Policy{config.relay.policy}, pairing::spool_folder(config));
    settings.guard_places = config.relay.policy.profile != relay::Profile::full;
    return settings;
}

relay::Settings relay_settings(const config::Config& config, Error spool) {
    relay::Settings settings = config.relay;
    settings.max_contexts = config.browser.max_pages;
    settings.spool.browser_is_ours = config.browser.mode != cdp::BrowserMode::attach;
    settings.clients.spill_folder = config.paths.state;
    std::string& folder = settings.spool.folder;
    folder = pairing::spool_folder(config);
    if (folder.empty() || !spool) return settings;
    settings.spool.refused = platform::explain_unwritten(folder, spool);
    platform::log::error("downloads go nowhere, since the spool folder cannot be used: {}", settings.spool.refused);
    folder.clear();
    return settings;
}

}  // namespace

Links::Links(LinksNeeds needs)
    : listener_{needs.listener},
      device_uuid_{needs.tokens.credential()->device_uuid},
      device_topic_{"device:" + device_uuid_},
      fingerprint_{platform::fingerprint(needs.key.public_key())},
      link_settings_{link_settings(needs.config, needs.memory)},
      browser_settings_{browser_settings(needs.config)},
      relay_settings_{relay_settings(needs.config, needs.spool)},
      refused_pages_{relay_settings_.policy},
      browser_{needs.executor, browser_settings_, &refused_pages_},
      router_{needs.executor, relay_settings_, *this, browser_, needs.files},
      supervisor_{needs.executor, needs.network, link_settings_, needs.tokens, *this, &needs.files},
      wound_{needs.executor} {
    browser_.connect(router_);
    router_.connect(*this);
    router_.set_key(needs.key);
    rename(needs.tokens.credential()->device_name);
}

void Links::rename(const std::string& name) {
    router_.set_identity(
        {.version = BMC_VERSION, .instance = link_settings_.instance, .uuid = device_uuid_, .name = name});
    supervisor_.renamed();
}

std::string_view Links::uncarried(std::string_view json) const {
    return realtime::uncarried(link_settings_.vsn, json);
}

bool Links::carries_bytes() const {
    return realtime::carries_bytes(link_settings_.vsn);
}

awaitable<Error> Links::run() {
    auto running = platform::before(finish_winding_down(), run_all());
    const auto ended = co_await std::move(running);
    co_return ended.value_or(Error{});
}

awaitable<Error> Links::run_all() {
    std::optional<Error> ended;
    auto linked = platform::into(ended, run_links());
    auto routed = platform::ignoring(router_.run());
    co_await (std::move(linked) && std::move(routed));
    co_return *ended;
}

// The router's files are closed last: results are settled until the cloud link has ended.
awaitable<Error> Links::run_links() {
    std::optional<Error> ended;
    auto joined = platform::into(ended, supervisor_.run());
    auto attached = platform::ignoring(browser_.run());
    co_await (std::move(joined) && std::move(attached));
    router_.stop();
    co_return *ended;
}

void Links::stop(std::string reason, Duration grace, cdp::Browser::Leave leave) {
    winding_.reset();
    router_.stop_relaying(std::move(reason));
    supervisor_.stop(grace);
    browser_.stop(leave);
}

void Links::wind_down(std::string reason, Duration grace, cdp::Browser::Leave leave) {
    const bool joined = link_status().state == realtime::State::joined;
    const Duration rest = std::min<Duration>(leaving_time, grace / 2);
    if (!joined || router_.unanswered() == 0) return stop(std::move(reason), grace, leave);
    const TimePoint leave_by = platform::BootClock::now() + grace;
    router_.refuse_new(reason);
    supervisor_.stop_pacing();
    winding_ = Winding{std::move(reason), leave_by - rest, leave_by, leave};
    wound_.cancel();
}

awaitable<void> Links::finish_winding_down() {
    co_await net::this_coro::throw_if_cancelled(false);
    for (;;) {
        wound_.expires_at(winding_ ? winding_->finish_by : TimePoint::max());
        co_await platform::expiry(wound_);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return;
        const TimePoint now = platform::BootClock::now();
        if (!winding_ || (now < winding_->finish_by && router_.unanswered() > 0)) continue;
        Winding over = std::move(*std::exchange(winding_, std::nullopt));
        stop(std::move(over.reason), over.leave_by - now, over.leave);
    }
}

void Links::set_pause(std::optional<relay::Pause> pause) {
    supervisor_.set_present(!pause);
    router_.set_pause(pause);
    if (!pause) browser_.try_again();
}

void Links::on_broadcast(const realtime::Broadcast& broadcast) {
    const bool mine = broadcast.topic == device_topic_;
    if (mine && broadcast.event == "unpair") return listener_.on_unpair();
    if (broadcast.replayed) return;  // stored messages are honoured for `unpair` alone
    if (mine && broadcast.event == "cdp-command") {
        if (broadcast.overlong > 0) {
            return router_.on_overlong(broadcast.payload, broadcast.overlong, link_settings_.read_limit);
        }
        return router_.on_command(broadcast.payload, {.stale = broadcast.stale, .raw = broadcast.raw});
    }
    if (mine && broadcast.event == relay::result_event) return suspect(broadcast.payload);
    listener_.on_other(broadcast);
}

// Our own results do not come back, save those that went over HTTP. Another sender of answers has the device's
// credential, or may write to its channel.
void Links::suspect(std::string_view payload) {
    if (supervisor_.sent_by_http(payload)) return;
    if (foreign_results_++ > 0) return;
    platform::log::warning(
        "a result came on the channel that this agent did not send: another agent has this device's credential, or a "
        "member of the channel answers in its place");
}

}  // namespace agent::daemon
