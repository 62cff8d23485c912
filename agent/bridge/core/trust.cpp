#include "agent/bridge/core/trust.hpp"

#include <algorithm>

namespace bridge {
namespace {

constexpr std::string_view fingerprint_begin = "SHA256:";
/// Of a digest of 32 bytes, without padding.
constexpr std::size_t digest_chars = 43;

std::string forget(const Device& device) {
    return "agent --forget-device " + device.uuid;
}

}  // namespace

TrustStep first_step(const TrustWish& wish, std::string_view known) {
    if (!known.empty()) {
        const bool other = !wish.fingerprint.empty() && wish.fingerprint != known;
        return other ? TrustStep::refuse : TrustStep::sealed;
    }
    const bool wanted = wish.sealed || wish.accept_new || !wish.fingerprint.empty();
    return wanted ? TrustStep::meet : TrustStep::plain;
}

KeyVerdict judge_key(const TrustWish& wish, std::string_view shown) {
    if (!wish.fingerprint.empty()) return wish.fingerprint == shown ? KeyVerdict::take : KeyVerdict::refuse;
    if (wish.accept_new) return KeyVerdict::take;
    return wish.can_ask ? KeyVerdict::ask : KeyVerdict::refuse;
}

std::string ask_about_key(const Device& device, std::string_view shown) {
    return "The device " + describe(device) + " is not known yet. Its key's fingerprint is " + std::string{shown} +
           "; agent --status shows it on that machine. Is it the same?";
}

std::string refuse_unknown_key(const Device& device, std::string_view shown) {
    return "the device " + describe(device) + " is not known yet, and nobody is here to confirm its key " +
           std::string{shown} + ": hand the fingerprint in by --fingerprint (agent --status shows it on that " +
           "machine), or take whatever key it shows first by --accept-new";
}

std::string refuse_other_key(const Device& device, std::string_view shown, std::string_view wanted) {
    return "the key of " + describe(device) + " is " + std::string{shown} + ", and --fingerprint names " +
           std::string{wanted} + ": nothing was sent to it";
}

std::string refuse_unlike_known(const Device& device, std::string_view wanted, std::string_view known) {
    return "--fingerprint names " + std::string{wanted} + ", and known_devices has " + std::string{known} + " for " +
           describe(device) +
           ": nothing was sent to it. Leave --fingerprint out to use the known key. If its machine was paired anew and "
           "has that other key now, forget the old one: " +
           forget(device);
}

std::string refuse_changed_key(const Device& device, std::string_view shown, std::string_view known) {
    return "the key of " + describe(device) + " has changed: it was " + std::string{known} + ", and now it is " +
           std::string{shown} +
           ". Either its machine was paired anew, or somebody pretends to be it. If you know that the new key is its " +
           "own, forget the old one: " + forget(device);
}

std::string refuse_other_device(const Device& device, std::string_view known_uuid) {
    return "the backend says that " + device.name + " is the device " + device.uuid +
           ", and known_devices has that name for " + std::string{known_uuid} +
           ": nothing was sent. Either the devices were renamed or registered anew, or somebody who may write at the "
           "backend has changed a row. If you know that it is right, forget the old one: agent --forget-device " +
           std::string{known_uuid};
}

std::string refuse_plain(const Device& device) {
    return "the agent of " + describe(device) +
           " does not speak TLS, or somebody on the channel says so, and this end must not speak without: update the " +
           "agent there; leave --sealed, --accept-new and --fingerprint out and forget its key (" + forget(device) +
           ") to speak in plain";
}

bool is_fingerprint(std::string_view text) noexcept {
    if (!text.starts_with(fingerprint_begin)) return false;
    text.remove_prefix(fingerprint_begin.size());
    const auto is_digit = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    };
    return text.size() == digest_chars && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace bridge
