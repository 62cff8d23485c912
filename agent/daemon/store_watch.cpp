#include "agent/daemon/store_watch.hpp"

#include <fmt/format.h>

#include <utility>

#include "platform/log/event.hpp"

namespace agent::daemon {

awaitable<void> StoreWatch::run() {
    for (;;) {
        const Error ec = co_await gate_.changes().something_changed();
        if (ec == net::error::operation_aborted) co_return;
        if (!state_.stopping()) follow();
        if (ec) break;
    }
    // The folder went away: nothing more can be noticed, and the links go on.
    const auto executor = co_await net::this_coro::executor;
    platform::Timer forever{executor, TimePoint::max()};
    co_await forever.async_wait(no_throw);
}

void StoreWatch::follow() {
    const auto* mine = tokens_.credential();
    if (mine == nullptr || mine->origin != credentials::Origin::stored) return;
    auto stored = store_.load();
    if (!stored) {
        platform::log::write_event("unpaired",
                                   fmt::format("the credential was removed: {}", store_.explain(stored.error())),
                                   platform::log::Level::warning);
        leaver_.leave("the device was unpaired");
        tokens_.clear();
        return;
    }
    if (stored->device_uuid == mine->device_uuid) return follow_pairing_of_this_device(std::move(*stored));
    platform::log::write_event("paired", "this machine was paired as another device: starting over");
    leaver_.leave("the machine was paired as another device");
}

// A refresh by this process comes here too, and is in use already.
void StoreWatch::follow_pairing_of_this_device(credentials::Credential stored) {
    const auto& mine = *tokens_.credential();
    // The same token may be paired anew, with another backend.
    const bool there = !stored.backend.known() || stored.backend.same_place(mine.backend);
    if (there && stored.access_token == mine.access_token) return;
    const bool again = stored.pairing_id != mine.pairing_id;
    auto found = gate_.bind(std::move(stored));
    if (!found) return leaver_.leave("the machine was paired anew");
    if (again) hooks_.fire_if_set(hooks::HookEvent::paired);
    tokens_.adopt(std::move(*found));
}

}  // namespace agent::daemon
