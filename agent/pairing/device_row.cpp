#include "agent/pairing/device_row.hpp"

#include "agent/credentials/clock_check.hpp"
#include "agent/pairing/device_key.hpp"
#include "agent/pairing/pair_parts.hpp"
#include "platform/text.hpp"

namespace pairing {
namespace {

constexpr int http_unauthorized = 401;
constexpr int http_forbidden = 403;
constexpr int http_not_found = 404;

/// What to do about a device that the backend does not let this account register.
std::string registration_remedy(int status) {
    switch (status) {
        case 0:
            return ": see whether the backend is reachable (agent --doctor)";
        case http_unauthorized:
            return ": the backend does not take this token, or not with this key: hand in another one, or log in";
        case http_forbidden:
            return ": this account may register no devices. Have somebody who may register one and name it by --device "
                   "UUID, or hand in a device token by --token-stdin; on a backend of your own, let the policies of "
                   "the table devices allow its owner's insert (packaging/supabase/schema.sql does)";
        case http_not_found:
            return ": there is no table devices at pairing.rest_url: check api.url, and run "
                   "packaging/supabase/schema.sql on a backend of your own";
        default:
            return {};
    }
}

}  // namespace

void DeviceRow::learn_time(credentials::WallTime theirs) {
    // No `unpair` from before this moment counts; a second, since the header has no fractions.
    paired_at_ = theirs + std::chrono::seconds(1);
    const auto wrong = credentials::clock_complaint(theirs, std::chrono::system_clock::now());
    if (!wrong.empty()) needs_.person.say("Note: " + wrong + ": " + credentials::clock_remedy + ".");
}

/// Returns whether the row is to have another name than it has.
bool DeviceRow::name_device(const Lookup& found) {
    auto& name = choice_.device.name;
    if (found.device) name = found.device->name;
    const bool rename = !request_.device_name.empty() && request_.device_name != name;
    if (!request_.device_name.empty()) name = request_.device_name;
    if (name.empty()) name = machine_name();
    return rename;
}

std::optional<PairResult> DeviceRow::not_read(const RestFailure& failure) const {
    if (choice_.known) {
        // The proof decides: REST may be closed to a token that may well join.
        needs_.person.say("The device's row could not be read (" + failure.what + "); the channel will tell.");
        return std::nullopt;
    }
    return failed(outcome_of(failure.cause), "registering the device: " + failure.what + " (" +
                                                 needs_.settings.rest_url + ")" + registration_remedy(failure.status));
}

awaitable<std::optional<PairResult>> DeviceRow::register_it(const RestAccess& rest) {
    auto& device = choice_.device;
    auto& person = needs_.person;
    person.say("Registering device " + device.uuid + " as " + platform::clean(device.name, name_bytes) + "…");
    const auto wished = device.name;
    const auto wrong = co_await register_device(rest, device);
    if (wrong && choice_.known) {
        person.say("The device keeps its name: " + wrong->what + ".");
        co_return std::nullopt;
    }
    if (wrong) {
        const bool taken = wrong->status == http_conflict;
        co_return failed(taken ? PairOutcome::wrong_input : outcome_of(wrong->cause),
                         "registering the device: " + wrong->what + registration_remedy(wrong->status));
    }
    if (device.name != wished)
        person.say("That name is taken: registered as " + platform::clean(device.name, name_bytes) + ".");
    co_return std::nullopt;
}

awaitable<void> DeviceRow::show_key(const credentials::Credential& stored, std::string fingerprint) {
    if (!there_ || fingerprint.empty()) co_return;
    const RestAccess rest{needs_.network, needs_.realtime.net, needs_.settings.rest_url, stored.api_key,
                          stored.access_token};
    const bool shown = co_await show_fingerprint(rest, choice_.device.uuid, std::move(fingerprint));
    needs_.person.say(shown ? "The fingerprint is in the device's row at the backend."
                            : "The backend keeps no fingerprint in the device's row, which is no fault.");
}

awaitable<std::optional<PairResult>> DeviceRow::settle() {
    const Secret key = key_of(needs_, token_);
    const RestAccess rest{needs_.network,      needs_.realtime.net, needs_.settings.rest_url, key,
                          token_.access_token, !request_.ephemeral, speech_to(needs_.person)};
    const Lookup found = co_await find_device(rest, choice_.device.uuid);
    if (found.server_time) learn_time(*found.server_time);
    if (take_new_device(choice_, request_, token_.kind, found)) {
        needs_.person.say("The device of the earlier pairing is not this account's: taking a new one.");
    }
    const bool rename = name_device(found);
    there_ = found.device.has_value();
    if (found.device && !rename) co_return std::nullopt;
    if (found.failure) co_return not_read(*found.failure);
    if (choice_.known && !rename) co_return std::nullopt;
    auto problem = co_await register_it(rest);
    there_ = there_ || !problem;
    co_return problem;
}

}  // namespace pairing
