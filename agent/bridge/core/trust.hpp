// Whether a far device is spoken to inside of TLS, and what is done about its key (bridge/sealing compares it with the
// one that the device shows). Pure.
//
// A device that is known is never spoken to in plain, and never with another key than the known one: nobody on the
// channel can talk this end out of it, because nothing that comes from the channel is asked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/bridge/core/choose_device.hpp"

namespace bridge {

/// What the person at this end wants.
struct TrustWish {
    bool sealed = false;           // --sealed
    bool accept_new = false;       // --accept-new
    std::string fingerprint = {};  // --fingerprint; empty: none
    bool can_ask = false;          // a person sits at a terminal
};

/// What is done before the first command. `known` is the fingerprint of the key in known_devices; empty: the device is
/// not known.
enum class TrustStep : std::uint8_t {
    plain,   // as without TLS
    sealed,  // with the known key
    meet,    // the device's key is asked for, and judged by judge_key()
    refuse,  // --fingerprint names another key than the known one
};
TrustStep first_step(const TrustWish& wish, std::string_view known);

/// What becomes of a key that was seen for the first time.
enum class KeyVerdict : std::uint8_t {
    take,    // it is kept in known_devices
    ask,     // the person is asked
    refuse,  // --fingerprint names another one, or there is nobody to ask
};
KeyVerdict judge_key(const TrustWish& wish, std::string_view shown);

// The sentences for a person. Fingerprints are as OpenSSH prints them.

/// What the person is asked before a new key is taken.
std::string ask_about_key(const Device& device, std::string_view shown);
/// Nobody is there to ask.
std::string refuse_unknown_key(const Device& device, std::string_view shown);
/// The key is not that of --fingerprint.
std::string refuse_other_key(const Device& device, std::string_view shown, std::string_view wanted);
/// The key of --fingerprint is not that of known_devices: nothing was asked of the device.
std::string refuse_unlike_known(const Device& device, std::string_view wanted, std::string_view known);
/// The key that the device shows is not that of known_devices.
std::string refuse_changed_key(const Device& device, std::string_view shown, std::string_view known);
/// Its name is in known_devices as that of another device.
std::string refuse_other_device(const Device& device, std::string_view known_uuid);
/// The far agent cannot speak TLS, and this end must not speak without.
std::string refuse_plain(const Device& device);

/// Whether it can be a fingerprint: "SHA256:" and 43 characters of base64.
bool is_fingerprint(std::string_view text) noexcept;

}  // namespace bridge
