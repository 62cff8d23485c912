// What the parts of a login share: oauth.cpp asks for metadata, registers and exchanges a code, oauth_device.cpp is the
// device grant, oauth_parts.cpp has what they share. Included by these alone.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "agent/pairing/ask.hpp"
#include "agent/pairing/oauth.hpp"
#include "agent/realtime/connect_failure.hpp"
#include "platform/text.hpp"

namespace pairing {

/// Before the reason that a login server gave.
inline constexpr std::string_view login_refused = "the login was refused: ";

/// An endpoint of a document: empty when it is missing or no address that we would use.
std::string endpoint(const nlohmann::json& tree, const char* name);

/// The login server's metadata (RFC 8414). Its issuer must equal the configured one, exactly.
Step<Metadata> read_server(const nlohmann::json& tree, const Settings& settings);

/// The resource's metadata (RFC 9728): the scopes that it lists, separated by spaces. It must name itself and the login
/// server as the settings do.
Step<std::string> read_resource(const nlohmann::json& tree, const Settings& settings);

/// The answer to the request for a device login (RFC 8628).
Step<DeviceCode> read_device_code(const platform::http::Response& response);

/// The account, and all that a refresh will need.
awaitable<Login> make_login(const OAuthNeeds& needs, const Metadata& metadata, const std::string& client_id,
                            credentials::Grant grant);

inline AskNeeds asking(const OAuthNeeds& needs) {
    return {needs.network, needs.net, needs.say};
}

template <class T>
Step<T> not_reached(const platform::NetFailure& failure) {
    return step_failed<T>(failure.message(), realtime::cause_of(failure));
}

template <class T>
Step<T> not_as_asked(std::string_view who, const platform::http::Response& response) {
    const auto judged = judge_answer(response);
    auto failed = step_failed<T>(std::string(who) + ": it " + platform::clean(judged.sentence), judged.cause);
    failed.status = response.status;
    return failed;
}

/// A token endpoint's answer without a token.
template <class T>
Step<T> no_token(std::string_view before, const credentials::TokenAnswer& answer) {
    Step<T> failed = step_failed<T>(std::string(before) + answer.description);
    failed.unknown_client = answer.unknown_client();
    failed.status = answer.status;
    if (answer.status == 0) failed.cause = realtime::cause_of(answer.failure);
    if (answer.status != 0 && answer.passing()) failed.cause = realtime::Cause::passing;
    if (answer.status >= 300 && answer.status < 400) failed.cause = realtime::Cause::others;
    return failed;
}

}  // namespace pairing
