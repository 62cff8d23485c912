#include "agent/daemon/device_life.hpp"

#include <algorithm>
#include <utility>

#include "platform/clock.hpp"
#include "platform/log/log.hpp"

namespace agent::daemon {

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

/// Commands in flight at an `unpair` are answered within it (contract, "unpair", step 2).
constexpr Duration unpair_grace = 500ms;

}  // namespace

DeviceLife::DeviceLife(DeviceLifeNeeds needs)
    : needs_{std::move(needs)},
      unpairing_{{.executor = needs_.executor,
                  .network = needs_.network,
                  .config = needs_.config,
                  .store = needs_.store,
                  .tokens = needs_.tokens,
                  .hooks = needs_.hooks,
                  .state = needs_.state,
                  .leaver = *this}},
      absence_{needs_.config, needs_.store, needs_.tokens, needs_.state, unpairing_},
      store_watch_{needs_.store, needs_.tokens, needs_.hooks, needs_.gate, needs_.state, *this},
      events_{needs_.hooks, needs_.state, needs_.health} {}

awaitable<void> DeviceLife::run() {
    if (!begin()) co_return unpairing_.finish(credentials::WipeEnd::interrupted);
    const auto ended = co_await (links_->run() || store_watch_.run() || watch_->run() || absence_.run());
    end();
    if (ended.index() == 0 && std::get<0>(ended)) log::error("{}", std::get<0>(ended).message());
}

/// False: the credential was wiped.
bool DeviceLife::begin() {
    const auto& credential = *needs_.tokens.credential();
    log::set_common_field("BMC_DEVICE", credential.device_uuid);
    if (needs_.gate.serves(credential.device_uuid)) needs_.hooks.fire_if_set(hooks::HookEvent::paired);
    // Stored messages are asked for since the last join, and none from before the pairing counts.
    const auto joined = needs_.store.last_joined().value_or(credentials::WallTime{});
    needs_.gate.replay_since(std::max(joined, credential.paired_at));
    if (!absence_.begin()) return false;
    unpairing_.begin_without_traces();
    make_links();
    return true;
}

void DeviceLife::make_links() {
    watch_ = std::make_unique<DeviceWatch>(DeviceWatchNeeds{.executor = needs_.executor,
                                                            .network = needs_.network,
                                                            .config = needs_.gate.bound(),
                                                            .store = needs_.store,
                                                            .tokens = needs_.tokens,
                                                            .listener = *this});
    links_ = std::make_unique<Paired>(PairedNeeds{.executor = needs_.executor,
                                                  .network = needs_.network,
                                                  .files = needs_.files,
                                                  .config = needs_.gate.bound(),
                                                  .tokens = needs_.tokens,
                                                  .listener = *this});
    needs_.state.begin(links_->link_status());
    links_->set_pause(needs_.pausing.current());
    on_link_status(links_->link_status());  // the link tells of changes; this is where it begins
}

void DeviceLife::end() {
    needs_.state.end();
    links_.reset();
    watch_.reset();
    unpairing_.end_without_traces();
}

void DeviceLife::leave(std::string reason) {
    if (links_) links_->stop(std::move(reason), unpair_grace, cdp::Browser::Leave::ended);
}

void DeviceLife::wind_down(std::string reason, Duration grace) {
    if (!links_) return;
    // The credential is gone: it is left for good already.
    const auto* credential = needs_.tokens.credential();
    if (credential == nullptr) return links_->stop(std::move(reason), grace, cdp::Browser::Leave::ended);
    const bool kept = credential->origin != credentials::Origin::ephemeral;
    links_->wind_down(std::move(reason), grace, kept ? cdp::Browser::Leave::running : cdp::Browser::Leave::ended);
}

void DeviceLife::apply_pause() {
    if (!links_) return;
    links_->set_pause(needs_.pausing.current());
    needs_.health.on_health();
}

void DeviceLife::on_other(const realtime::Broadcast& broadcast) {
    if (!watch_->on_broadcast(broadcast)) events_.on_broadcast(broadcast);
}

void DeviceLife::on_settings(const std::string& settings) {
    needs_.hooks.fire_if_set(hooks::HookEvent::settings_changed, settings);
}

void DeviceLife::on_link_status(const realtime::Status& status) {
    needs_.health.on_health();
    watch_->on_status(status);
    const bool was_joined = needs_.state.joined();
    if (!needs_.state.take(status)) return;
    if (needs_.state.joined()) {
        note_join();
        needs_.hooks.fire_if_set(hooks::HookEvent::joined);
    } else if (was_joined) {
        needs_.hooks.fire_if_set(hooks::HookEvent::lost);
    }
}

// The next join asks for stored messages since now: an unpair that this machine slept through is among them.
void DeviceLife::note_join() {
    const auto* credential = needs_.tokens.credential();
    const auto device = credential != nullptr ? credential->device_uuid : std::string{};
    if (const Error ec = needs_.store.note_joined(platform::wall_now(), device)) {
        log::warning("the time of the join is not kept, which credentials.max_offline counts from: {}",
                     needs_.store.explain(ec));
    }
}

}  // namespace agent::daemon
