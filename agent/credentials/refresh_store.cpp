#include "agent/credentials/refresh_store.hpp"

#include <utility>

#include "agent/credentials/format.hpp"
#include "agent/credentials/store_errors.hpp"
#include "platform/log/log.hpp"
#include "platform/unwritten.hpp"

namespace credentials {
namespace {

template <class F>
awaitable<platform::detail::Blocking<F>> with_store(platform::Worker* files, F job) {
    if (files == nullptr) co_return platform::detail::call_blocking(job, {});
    auto working = platform::run_blocking(*files, std::move(job));
    auto result = co_await std::move(working);
    co_return result;
}

/// Another process of this profile may have refreshed or paired since we read the store. A pairing with another backend
/// is not for the addresses in use: our owner starts over with it.
bool replaces(const Credential& stored, const Credential& mine) {
    if (stored.access_token == mine.access_token) return false;
    return pairing_of(stored) == pairing_of(mine) || !stored.backend.known() || stored.backend.same_place(mine.backend);
}

}  // namespace

awaitable<Result<RefreshStore::Look>> RefreshStore::look(Credential credential) {
    auto job = [store = store_, mine = std::move(credential)]() -> Result<Look> {
        auto taken = store->try_lock();
        if (!taken) return taken.error();
        Look seen{std::make_shared<const Lock>(std::move(*taken)), std::nullopt};
        auto stored = store->load();
        if (stored && replaces(*stored, mine)) {
            seen.newer = std::move(*stored);
            return seen;
        }
        // The refresh token is spent by the request: the room for what comes back must be there first.
        if (const Error full = store->reserve(mine)) return full;
        return seen;
    };
    auto looking = with_store(files_, std::move(job));
    auto seen = co_await std::move(looking);
    co_return seen;
}

awaitable<Error> RefreshStore::keep(Credential next, HeldLock lock) {
    if (!lock) co_return Error{};
    auto save = [store = store_, held = std::move(lock), one = std::move(next)]() mutable -> Result<void> {
        const Error ec = store->save_refreshed(*held, one);
        held.reset();
        if (ec) return ec;
        return {};
    };
    auto saving = with_store(files_, std::move(save));
    const auto saved = co_await std::move(saving);
    const Error ec = saved ? Error{} : saved.error();
    if (ec == Errc::wiped || ec == Errc::changed) co_return ec;
    // Any other failure: the old refresh token is spent, so the only valid one is the one in memory.
    if (ec) {
        platform::log::error(
            "the refreshed token is not stored and the one before is used up: after a restart this machine has to "
            "be paired again (agent --pair), unless a later refresh is stored: {}",
            platform::explain_unwritten(store_->folder(), ec));
    }
    co_return Error{};
}

awaitable<void> RefreshStore::let_go(HeldLock lock) {
    auto drop = [store = store_, held = lock]() mutable {
        (void)store->drop_leftovers(*held);
        held.reset();
        return store->wiping();
    };
    auto dropping = with_store(files_, std::move(drop));
    const auto wiped = co_await std::move(dropping);
    if (wiped && *wiped) (void)store_->finish_wipe(*lock);
}

}  // namespace credentials
