#include "agent/daemon/store_watch.hpp"

#include <fmt/format.h>

#include <utility>

#include "platform/log/event.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {

awaitable<void> StoreWatch::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    for (;;) {
        const Error ec = co_await gate_.changes().something_changed();
        if (ec == net::error::operation_aborted) co_return;
        const bool stopping = state_.stopping();
        if (!stopping) co_await follow();
        if (ec) break;
    }
    const auto cancelled = co_await net::this_coro::cancellation_state;
    if (is_cancelled(cancelled)) co_return;
    // The folder went away: nothing more can be noticed, and the links go on.
    const auto executor = co_await net::this_coro::executor;
    platform::Timer forever{executor, TimePoint::max()};
    co_await platform::expiry(forever);
}

awaitable<void> StoreWatch::follow() {
    if (!serves_stored()) co_return;
    auto load = [&store = store_] { return store.load(); };
    auto loading = platform::run_blocking(files_, std::move(load));
    auto stored = co_await std::move(loading);
    // An unpairing or another pairing came meanwhile, or the links have ended.
    const bool over = !stored && stored.error() == net::error::operation_aborted;
    if (over || !serves_stored()) co_return;
    if (!stored) {
        platform::log::write_event("unpaired",
                                   fmt::format("the credential was removed: {}", store_.explain(stored.error())),
                                   platform::log::Level::warning);
        leaver_.leave("the device was unpaired");
        tokens_.clear();
        co_return;
    }
    if (stored->device_uuid == tokens_.credential()->device_uuid) {
        auto following = follow_pairing_of_this_device(std::move(*stored));
        co_await std::move(following);
        co_return;
    }
    platform::log::write_event("paired", "this machine was paired as another device: starting over");
    leaver_.leave("the machine was paired as another device");
}

bool StoreWatch::serves_stored() const {
    const auto* mine = tokens_.credential();
    return mine != nullptr && mine->origin == credentials::Origin::stored;
}

// A refresh by this process comes here too, and is in use already.
awaitable<void> StoreWatch::follow_pairing_of_this_device(credentials::Credential stored) {
    const auto& mine = *tokens_.credential();
    // The same token may be paired anew, with another backend.
    const bool there = !stored.backend.known() || stored.backend.same_place(mine.backend);
    if (there && stored.access_token == mine.access_token) co_return;
    const bool again = stored.pairing_id != mine.pairing_id;
    auto binding = gate_.bind(std::move(stored));
    auto found = co_await std::move(binding);
    const bool over = !found && found.error() == net::error::operation_aborted;
    if (over || !serves_stored()) co_return;
    if (!found) {
        leaver_.leave("the machine was paired anew");
        co_return;
    }
    if (again) hooks_.fire_if_set(hooks::HookEvent::paired);
    tokens_.adopt(std::move(*found));
}

}  // namespace agent::daemon
