// One pairing on its way. Included by the pair*.cpp alone: pair.cpp has the order, the store and the device,
// pair_token.cpp the token and whose it is.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "agent/pairing/device.hpp"
#include "agent/pairing/pair.hpp"
#include "agent/pairing/proof.hpp"
#include "platform/clock.hpp"

namespace pairing {

using credentials::Credential;
using credentials::WallTime;

inline constexpr std::size_t name_bytes = 100;

inline PairResult failed(PairOutcome outcome, std::string problem) {
    return {outcome, std::move(problem), std::nullopt, false};
}

/// What is known so far.
struct Work {
    PairNeeds needs;
    PairRequest request;
    TokenInput token;
    Device device = {};
    bool known = false;      // the device is not made here: it must be there
    bool logged_in = false;  // the login server that the settings name gave the token, or told where it comes from
    bool earlier = false;    // it is that of the earlier pairing, which nobody asked for by name
    WallTime paired_at = platform::wall_now();

    void say(std::string_view line) const { needs.person.say(line); }
    awaitable<bool> ask(std::string question) const;

    /// The store before anything is asked of the backend: what cannot be kept need not be fetched.
    awaitable<std::optional<PairResult>> check_store();
    awaitable<std::optional<PairResult>> confirm_replacement(const Credential& before) const;
    awaitable<Error> prove_room() const;
    std::optional<PairResult> choose_device();
    awaitable<std::optional<PairResult>> get_token();
    awaitable<std::optional<PairResult>> log_in_person();
    awaitable<std::optional<PairResult>> fetch_access();
    awaitable<std::optional<PairResult>> confirm_account() const;
    awaitable<std::optional<PairResult>> exchange_for_device();
    awaitable<std::optional<PairResult>> settle_row();
    bool takes_new_device(const Lookup& found);
    void judge_clock(WallTime theirs) const;
    awaitable<std::optional<PairResult>> prove_it();
    Credential make() const;
    awaitable<std::optional<PairResult>> keep(const Credential& credential);
    PairResult not_stored(Error ec) const;
};

}  // namespace pairing
