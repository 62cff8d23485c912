// What the parts of a pairing share: how one ends without a credential, and how the person is asked.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "agent/pairing/pair.hpp"
#include "agent/pairing/person.hpp"

namespace pairing {

/// Of a name that came from elsewhere so much is shown.
inline constexpr std::size_t name_bytes = 100;

inline PairResult failed(PairOutcome outcome, std::string problem) {
    return {outcome, std::move(problem), std::nullopt, false};
}

/// False where nobody can be asked.
awaitable<bool> ask(Person& person, std::string question);

/// The key that goes with a token: the one that came with it, else the configured one.
Secret key_of(const PairNeeds& needs, const TokenInput& token);

}  // namespace pairing
