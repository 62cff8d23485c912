// Which device a pairing is about: the one that was asked for by name, the token's, the one paired before, or a new
// one. Pure.
#pragma once

#include <string>

#include "agent/credentials/credential.hpp"
#include "agent/pairing/device.hpp"
#include "agent/pairing/pair.hpp"
#include "agent/pairing/token_input.hpp"

namespace pairing {

struct DeviceChoice {
    Device device = {};
    bool known = false;     // it is not made here: it must be there
    bool earlier = false;   // it is that of the earlier pairing, which nobody asked for by name
    std::string problem{};  // not empty: there is no such choice; a sentence with the remedy
};

/// The pairing before: null where there is none, and why.
struct EarlierPairing {
    const credentials::Credential* credential = nullptr;
    std::string why_none = {};
};

DeviceChoice choose_device(const PairRequest& request, const TokenInput& token, const EarlierPairing& before);

/// Another account than before: the row of the earlier device is not there for it, and could not be joined. The choice
/// is a new device then. Returns whether it is.
bool take_new_device(DeviceChoice& choice, const PairRequest& request, TokenKind kind, const Lookup& found);

}  // namespace pairing
