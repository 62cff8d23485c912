// Where a pairing's token comes from: handed in, fetched with a refresh token, or given to a person who logs in; and
// the token of the device that may take its place. Thread rule: the loop's thread.
#pragma once

#include <optional>
#include <string>

#include "agent/pairing/pair.hpp"
#include "platform/net.hpp"

namespace pairing {

class TokenSource {
  public:
    /// All of them outlive it. `token`: what was handed in, and becomes what is used.
    TokenSource(const PairNeeds& needs, const PairRequest& request, TokenInput& token)
        : needs_(needs), request_(request), token_(token) {}

    /// A token that can be used, of an account that the person agrees to. Nothing is returned when there is one.
    awaitable<std::optional<PairResult>> get();

    /// The user's token for one that belongs to that device and lasts, where the backend gives such ones.
    awaitable<std::optional<PairResult>> exchange_for_device(std::string device_uuid);

    /// The login server that the settings name gave the token, or told where it comes from.
    bool logged_in() const noexcept { return logged_in_; }

  private:
    awaitable<std::optional<PairResult>> log_in_person();
    awaitable<std::optional<PairResult>> fetch_access();
    awaitable<std::optional<PairResult>> confirm_account() const;
    bool takes_what_ends() const;

    const PairNeeds& needs_;
    const PairRequest& request_;
    TokenInput& token_;
    bool logged_in_ = false;
};

}  // namespace pairing
