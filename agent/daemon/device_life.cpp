#include "agent/daemon/device_life.hpp"

#include <algorithm>
#include <utility>

#include "agent/pairing/store_settings.hpp"
#include "agent/relay/spool.hpp"
#include "platform/log/log.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;

/// Commands in flight at an `unpair` are answered within it (contract, "unpair", step 2).
constexpr Duration unpair_grace = 500ms;

/// Of the second in which an unpaired agent reaches its gate, for a disk that is slow.
constexpr Duration store_grace = 250ms;

}  // namespace

DeviceLife::DeviceLife(DeviceLifeNeeds needs)
    : needs_{std::move(needs)},
      unpairing_{{.executor = needs_.executor,
                  .network = needs_.network,
                  .files = needs_.files,
                  .config = needs_.config,
                  .store = needs_.store,
                  .tokens = needs_.tokens,
                  .hooks = needs_.hooks,
                  .state = needs_.state,
                  .leaver = *this}},
      absence_{needs_.config, needs_.tokens, needs_.state, unpairing_},
      store_watch_{needs_.files, needs_.store, needs_.tokens, needs_.hooks, needs_.gate, needs_.state, *this},
      events_{needs_.hooks, needs_.state, needs_.health} {}

awaitable<void> DeviceLife::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    const bool begun = co_await begin();
    if (needs_.tokens.credential() == nullptr) co_return unpairing_.finish(credentials::WipeEnd::interrupted);
    if (!begun) co_return;
    std::optional<Error> failed;
    auto linked = platform::into(failed, links_->run());
    const auto ended = co_await (std::move(linked) || store_watch_.run() || watch_->run() || absence_.run());
    co_await end();
    if (ended.index() == 0 && *failed) log::error("{}", failed->message());
}

awaitable<DeviceLife::Recalled> DeviceLife::recall() {
    const bool stores = needs_.tokens.credential()->origin != credentials::Origin::ephemeral;
    auto read = [&store = needs_.store, stores, spool = pairing::spool_folder(needs_.gate.bound())] {
        return Recalled{store.memory().last_join(), store.memory().facts(facts_bytes).value_or(""),
                        spool.empty() ? Error{} : relay::prepare_spool(spool),
                        stores ? store.identity().load_or_make() : platform::KeyPair::make()};
    };
    auto reading = platform::run_blocking(needs_.files, std::move(read));
    auto kept = co_await std::move(reading);
    co_return kept ? std::move(*kept) : Recalled{};
}

/// An unpairing or the stop may come during each wait.
bool DeviceLife::wanted() const {
    return needs_.tokens.credential() != nullptr && !needs_.state.stopping();
}

/// False: there is nothing to serve any more.
awaitable<bool> DeviceLife::begin() {
    auto kept = co_await recall();
    if (!wanted()) co_return false;
    const auto& credential = *needs_.tokens.credential();
    log::set_common_field("BMC_DEVICE", credential.device_uuid);
    if (needs_.gate.serves(credential.device_uuid)) needs_.hooks.fire_if_set(hooks::HookEvent::paired);
    // Stored messages are asked for since the last join, and none from before the pairing counts.
    const auto caught_up = kept.last ? kept.last->caught_up : credentials::WallMillis{};
    needs_.gate.replay_since(std::max<credentials::WallMillis>(caught_up, credential.paired_at));
    if (!absence_.begin(kept.last)) co_return false;
    co_await unpairing_.begin_without_traces(kept.last);
    if (!wanted()) co_return false;
    make_links(std::move(kept));
    co_return true;
}

void DeviceLife::make_links(Recalled kept) {
    watch_ = std::make_unique<DeviceWatch>(DeviceWatchNeeds{.executor = needs_.executor,
                                                            .network = needs_.network,
                                                            .files = needs_.files,
                                                            .config = needs_.gate.bound(),
                                                            .memory = needs_.store.memory(),
                                                            .kept = std::move(kept.facts),
                                                            .tokens = needs_.tokens,
                                                            .listener = *this});
    if (!kept.key) {
        log::warning("the device's key cannot be kept ({}): until the agent ends it has another one",
                     kept.key.error().message());
    }
    links_ = std::make_unique<Links>(LinksNeeds{.executor = needs_.executor,
                                                .network = needs_.network,
                                                .files = needs_.files,
                                                .config = needs_.gate.bound(),
                                                .memory = needs_.store.memory(),
                                                .spool = kept.spool,
                                                .key = kept.key ? *kept.key : platform::KeyPair::make(),
                                                .tokens = needs_.tokens,
                                                .listener = *this});
    needs_.state.begin(links_->link_status());
    links_->set_pause(needs_.pausing.current());
    apply_trust();                          // a reload since the gate made its copy found no links to tell
    on_link_status(links_->link_status());  // the link tells of changes; this is where it begins
}

awaitable<void> DeviceLife::end() {
    needs_.state.end();
    links_.reset();
    watch_.reset();
    // What is being stored has the lock that the end of a wipe needs.
    platform::Timer limit{needs_.executor};
    limit.expires_after(store_grace);
    const auto nothing = [] {};
    auto storing = platform::within(limit, platform::run_blocking(needs_.files, nothing));
    co_await std::move(storing);
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

void DeviceLife::apply_trust() {
    if (links_) links_->set_trust(needs_.config.relay.trust);
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
        needs_.hooks.fire_if_set(hooks::HookEvent::joined);
    } else if (was_joined) {
        needs_.hooks.fire_if_set(hooks::HookEvent::lost);
    }
}

}  // namespace agent::daemon
