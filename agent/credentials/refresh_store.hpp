// The store's side of a refresh: the lock that keeps other writers away meanwhile, what they have stored before, the
// room for what comes, and its keeping. Thread rule: the loop's thread; the disk is the worker's.
#pragma once

#include <memory>
#include <optional>

#include "agent/credentials/credential.hpp"
#include "agent/credentials/lock.hpp"
#include "agent/credentials/store.hpp"
#include "platform/core/result.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace credentials {

class RefreshStore {
  public:
    /// `store` null: credentials are in memory alone. It outlives the worker. `files` null: the calling thread works
    /// with the disk, for one-shot commands, whose loop does nothing else meanwhile.
    RefreshStore(Store* store, platform::Worker* files) noexcept : store_(store), files_(files) {}

    /// Whether that credential is kept here.
    bool keeps(const Credential& credential) const noexcept {
        return store_ != nullptr && credential.origin == Origin::stored;
    }

    /// Shared with the worker's jobs: who is last frees the lock.
    using HeldLock = std::shared_ptr<const Lock>;
    /// What is there before a request.
    struct Look {
        HeldLock lock;
        std::optional<Credential> newer;  // another process has refreshed or paired since `mine` was read
    };
    /// Takes the lock, so that nobody else is at work on the stored credential, and the room for what the request will
    /// bring. Errc::locked: another writer has the lock.
    awaitable<Result<Look>> look(Credential mine);

    /// Stores the credential; without a lock it does nothing. Errc::wiped, Errc::changed: the credential was replaced
    /// or wiped meanwhile, so `next` must not be used. Any other failure is only logged: the caller goes on with the
    /// credential that it has in memory.
    awaitable<Error> keep(Credential next, HeldLock lock);

    /// Before the lock is freed: the room that was not used goes, and a wipe that came meanwhile is finished.
    awaitable<void> let_go(HeldLock lock);

  private:
    Store* store_;
    platform::Worker* files_;
};

}  // namespace credentials
