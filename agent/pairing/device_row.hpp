// The device's row at the backend, as a pairing leaves it: looked up, registered where it is new, renamed on request.
// Thread rule: the loop's thread.
#pragma once

#include <optional>
#include <string>

#include "agent/pairing/device_choice.hpp"
#include "agent/pairing/pair.hpp"
#include "platform/clock.hpp"
#include "platform/net.hpp"

namespace pairing {

class DeviceRow {
  public:
    /// All of them outlive it.
    DeviceRow(const PairNeeds& needs, const PairRequest& request, const TokenInput& token, DeviceChoice& choice)
        : needs_(needs), request_(request), token_(token), choice_(choice) {}

    /// The choice has the device's name then; another device, where the earlier one is not this account's. Nothing is
    /// returned when all of it went well.
    awaitable<std::optional<PairResult>> settle();

    /// Puts the fingerprint of the device's key into the row, where the backend has room for it and the token may.
    awaitable<void> show_key(const credentials::Credential& stored, std::string fingerprint);

    /// When the pairing happened, by the server's clock where it has told.
    credentials::WallTime paired_at() const noexcept { return paired_at_; }

  private:
    void learn_time(credentials::WallTime theirs);
    bool name_device(const Lookup& found);
    std::optional<PairResult> not_read(const RestFailure& failure) const;
    awaitable<std::optional<PairResult>> register_it(const RestAccess& rest);

    const PairNeeds& needs_;
    const PairRequest& request_;
    const TokenInput& token_;
    DeviceChoice& choice_;
    bool there_ = false;  // this token sees or made the row
    credentials::WallTime paired_at_ = platform::wall_now();
};

}  // namespace pairing
