#include "agent/pairing/device_choice.hpp"

#include <utility>

#include "agent/pairing/pair_parts.hpp"
#include "platform/text.hpp"

namespace pairing {
namespace {

DeviceChoice no_choice(std::string problem) {
    return {.problem = std::move(problem)};
}

}  // namespace

DeviceChoice choose_device(const PairRequest& request, const TokenInput& token, const EarlierPairing& before) {
    if (!request.device_name.empty()) {
        auto wrong = what_is_wrong_with_name(request.device_name);
        if (!wrong.empty()) return no_choice("--name: " + std::move(wrong));
    }
    auto wanted = request.device_uuid;
    if (request.rotate) {
        if (before.credential == nullptr) return no_choice("--rotate: " + before.why_none);
        if (wanted.empty()) wanted = before.credential->device_uuid;
        if (!token.device_uuid.empty() && token.device_uuid != before.credential->device_uuid) {
            return no_choice("this machine is device " + before.credential->device_uuid +
                             ", but the token belongs to device " + token.device_uuid +
                             ": hand in one of this device, or use --force to become the other");
        }
        if (wanted != before.credential->device_uuid) {
            return no_choice("--rotate keeps device " + before.credential->device_uuid +
                             ": leave --device out, or use --force");
        }
    }
    if (wanted.empty()) wanted = token.device_uuid;
    if (!wanted.empty()) {
        const auto uuid = credentials::normalise_uuid(wanted);
        if (!uuid) {
            return no_choice("--device: " + platform::clean(wanted, name_bytes) + " is no UUID, such as " +
                             credentials::make_uuid());
        }
        if (!token.device_uuid.empty() && *uuid != token.device_uuid) {
            return no_choice("--device names " + *uuid + ", but the token belongs to device " + token.device_uuid);
        }
        return {.device = {*uuid, {}}, .known = true};
    }
    if (before.credential == nullptr) return {.device = {credentials::make_uuid(), {}}};
    return {.device = {before.credential->device_uuid, before.credential->device_name}, .known = true, .earlier = true};
}

bool take_new_device(DeviceChoice& choice, const PairRequest& request, TokenKind kind, const Lookup& found) {
    const bool person = kind == TokenKind::user || kind == TokenKind::refresh;
    if (!choice.earlier || request.rotate || !person || found.device || found.failure) return false;
    choice = DeviceChoice{.device = {credentials::make_uuid(), {}}};
    return true;
}

}  // namespace pairing
