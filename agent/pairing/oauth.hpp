// The login's two sides that speak to the server: what the metadata say (RFC 9728, RFC 8414), the client (RFC 7591),
// the authorization request with PKCE (RFC 7636), the code's exchange, and the device grant (RFC 8628).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/credentials/token_endpoint.hpp"
#include "agent/pairing/polling.hpp"
#include "agent/pairing/settings.hpp"
#include "agent/realtime/core/failure.hpp"
#include "platform/http/http.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace pairing {

using credentials::Secret;

/// What goes wrong carries a sentence; a value otherwise.
template <class T>
struct Step {
    std::optional<T> value;
    std::string problem;
    realtime::Cause cause = realtime::Cause::credential;  // who ends the problem
    bool unknown_client = false;                          // the server does not know our client (any more)
    int status = 0;                                       // of the answer that it lies in; 0: none came

    explicit operator bool() const { return value.has_value(); }
};
template <class T>
Step<T> step_failed(std::string problem, realtime::Cause cause = realtime::Cause::credential) {
    return {std::nullopt, std::move(problem), cause};
}
/// The same problem, of a later step.
template <class T, class U>
Step<T> pass_on(const Step<U>& failed, std::string_view before = {}) {
    return {std::nullopt, std::string(before) + failed.problem, failed.cause, failed.unknown_client, failed.status};
}
template <class T>
Step<T> step_done(T value) {
    return {std::move(value), {}};
}

struct Metadata {
    std::string issuer;
    std::string authorization_url;
    std::string token_url;
    std::string registration_url;   // empty: none offered
    std::string revocation_url;     // likewise
    std::string device_url;         // of the device grant; likewise
    std::string userinfo_url;       // likewise
    std::string resource;           // the resource indicator to send (RFC 8707)
    std::string scope;              // what the resource lists, separated by spaces
    bool answers_with_iss = false;  // RFC 9207: an answer without `iss` is not the server's
};

/// What every step works with; all of it outlives the calls.
struct OAuthNeeds {
    platform::Worker& network;
    platform::NetOptions net;
    const Settings& settings;
    std::function<void(std::string_view)> say = {};         // of waits, for people; empty: nothing is said
    std::function<void(std::string_view)> count_down = {};  // Person::count_down
};

/// The resource's metadata, then the server's. The issuer must equal the configured one, exactly.
awaitable<Step<Metadata>> discover(OAuthNeeds needs);

/// Where RFC 8414 and RFC 9728 put a document: between the host and the path.
std::string well_known(std::string_view base, std::string_view name);

/// Whether the server still knows a client that was registered before. Only its own no counts as one.
awaitable<bool> knows_client(OAuthNeeds needs, Metadata metadata, std::string client_id);

/// A client id for loopback redirects.
awaitable<Step<std::string>> register_client(OAuthNeeds needs, Metadata metadata);

/// One login's secrets. Made anew for every attempt.
struct Challenge {
    std::string verifier;  // PKCE
    std::string state;
    static Challenge make();
};

std::string authorization_address(const Metadata& metadata, const Settings& settings, const std::string& client_id,
                                  const std::string& redirect, const Challenge& challenge);

/// What came back to the redirect.
struct Callback {
    std::optional<std::string> code, state, iss, error, error_description;
};
/// Of "http://127.0.0.1:…/callback?code=…", or of the query alone.
Callback read_callback(std::string_view address);

/// Checks `state` and `iss`; the code, or what is wrong.
Step<std::string> judge_callback(const Callback& callback, const Challenge& challenge, const Metadata& metadata);

/// The tokens of a login.
struct Login {
    credentials::Grant grant;
    credentials::RefreshGrant refresh;  // its token is empty when the server gave none
    std::string account;                // for people; empty when the server does not tell
};

awaitable<Step<Login>> exchange_code(OAuthNeeds needs, Metadata metadata, std::string client_id, std::string code,
                                     std::string redirect, Challenge challenge);

/// A login elsewhere: the person types a code on any other device.
struct DeviceCode {
    Secret device_code;
    std::string user_code;
    std::string address;       // to open
    std::string full_address;  // with the code in it; may be empty
    std::chrono::seconds interval{5};
    std::chrono::seconds expires_in{600};
};
awaitable<Step<DeviceCode>> begin_device_grant(OAuthNeeds needs, Metadata metadata, std::string client_id);

/// Asks until the person has decided, as slowly as the server wants.
awaitable<Step<Login>> poll_device_grant(OAuthNeeds needs, Metadata metadata, std::string client_id, DeviceCode code);

}  // namespace pairing
