// The store's side of a pairing: before anything is asked of the backend, and once there is a credential to keep.
// However a pairing ends, the room that it took for its result does not stay: it is given back before the result is
// known. Thread rule: the loop's thread.
#pragma once

#include <optional>
#include <string>

#include "agent/credentials/credential.hpp"
#include "agent/pairing/device_choice.hpp"
#include "agent/pairing/pair.hpp"
#include "platform/net.hpp"

namespace pairing {

class PairStore {
  public:
    /// Both outlive it. Without a store nothing is kept, and every step goes well.
    PairStore(const PairNeeds& needs, const PairRequest& request) : needs_(needs), request_(request) {}
    PairStore(const PairStore&) = delete;
    PairStore& operator=(const PairStore&) = delete;
    /// A pairing that was cancelled cannot wait: its room is given back by the worker, a moment later.
    ~PairStore();

    /// What cannot be kept need not be fetched: opens the store, proves its room, asks whether what is there may be
    /// replaced. Nothing is returned when all of it went well.
    awaitable<std::optional<PairResult>> check();

    /// The pairing before, as it is stored now. Valid until the next call.
    awaitable<EarlierPairing> earlier();

    awaitable<std::optional<PairResult>> keep(const credentials::Credential& credential);
    /// The last step of a pairing that failed, before anybody learns of it.
    awaitable<void> give_room_back();
    /// Of the device's key, once it is kept; empty: it could not be read.
    const std::string& fingerprint() const noexcept { return fingerprint_; }

  private:
    awaitable<Error> prove_room();
    awaitable<Result<credentials::Credential>> load() const;
    awaitable<std::optional<PairResult>> confirm_replacement(const credentials::Credential& before) const;
    PairResult not_stored(Error ec) const;
    awaitable<void> tell_key();

    const PairNeeds& needs_;
    const PairRequest& request_;
    std::optional<credentials::Credential> earlier_;
    std::string fingerprint_;
    bool has_room_ = false;  // a file for the result is there, and nothing is in it
};

}  // namespace pairing
