// The device's row at the backend: looked up, registered under a free name, or deleted (PostgREST's dialect).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/credentials/credential.hpp"
#include "agent/credentials/token_endpoint.hpp"
#include "agent/realtime/core/failure.hpp"
#include "platform/http/http.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace pairing {

using credentials::Secret;

/// What every request to REST needs. References outlive the calls.
struct RestAccess {
    platform::Worker& network;
    platform::NetOptions net;
    std::string url;  // ".../rest/v1"
    const Secret& api_key;
    const Secret& token;
    bool patient = false;                            // asked again after trouble that may pass
    std::function<void(std::string_view)> say = {};  // of the waits then
};

struct Device {
    std::string uuid;
    std::string name;
};

/// What a backend's row and people's screens take.
inline constexpr std::size_t device_name_bytes = 200;

/// What is wrong with the name that somebody wishes for a device: a sentence; empty when nothing is.
std::string what_is_wrong_with_name(std::string_view name);

/// As a status of the REST service: a row, or a name, that is there already.
inline constexpr int http_conflict = 409;

struct RestFailure {
    int status = 0;                                    // 0: no answer
    std::string what;                                  // a sentence
    realtime::Cause cause = realtime::Cause::passing;  // who ends it
};

struct Lookup {
    std::optional<Device> device;                      // the row, when it is there and this token may see it
    std::optional<credentials::WallTime> server_time;  // by its Date header
    std::optional<RestFailure> failure;
};

/// The device's effective settings: its own over everybody's.
struct SettingsAnswer {
    std::optional<std::string> settings;  // JSON text of an object; nothing without a failure: it has none
    std::optional<RestFailure> failure;
};
/// `max_bytes`: of the answer; a longer one is a failure.
awaitable<SettingsAnswer> fetch_effective_settings(const RestAccess& rest, std::string uuid, std::size_t max_bytes);

awaitable<Lookup> find_device(const RestAccess& rest, std::string uuid);

/// The devices that this token may see.
struct DeviceList {
    std::vector<Device> devices;  // by name
    std::optional<RestFailure> failure;
};
awaitable<DeviceList> list_devices(const RestAccess& rest);

/// A name that is taken gets a number: "lab", "lab 2", "lab 3", up to this many tries.
inline constexpr int name_tries = 20;

/// Creates the row or brings its name up to date. `device.name` comes back as it was registered.
awaitable<std::optional<RestFailure>> register_device(const RestAccess& rest, Device& device);

/// Nothing is returned when the backend says that the row was removed. That none was is a failure: PostgREST passes
/// over rows that the token may not remove, as a device's own token on a Supabase of one's own.
awaitable<std::optional<RestFailure>> delete_device(const RestAccess& rest, std::string uuid);

/// What the exchange for a device token brought.
struct DeviceToken {
    std::optional<credentials::Grant> grant;
    std::string problem;
    realtime::Cause cause = realtime::Cause::credential;  // of the problem
};
/// Posts {"device_uuid"} to `rest.url`, which answers as a token endpoint does.
awaitable<DeviceToken> fetch_device_token(const RestAccess& rest, std::string uuid);

/// "Debian GNU/Linux 12 (bookworm)", from os-release.
std::string os_name();
/// This machine's name, cleaned.
std::string machine_name();

}  // namespace pairing
