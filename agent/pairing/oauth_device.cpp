// The device grant (RFC 8628): a code for another device, and asking until the person has decided.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/pairing/oauth_parts.hpp"
#include "platform/json/tree.hpp"

namespace pairing {

Step<DeviceCode> read_device_code(const platform::http::Response& response) {
    const auto tree = platform::parse_json(response.body);
    DeviceCode code;
    if (tree) {
        code.device_code = Secret(platform::get_string(*tree, "device_code").value_or(""));
        code.user_code = platform::clean(platform::get_string(*tree, "user_code").value_or(""), 40);
        code.address = endpoint(*tree, "verification_uri");
        code.full_address = endpoint(*tree, "verification_uri_complete");
        const auto interval = platform::get_integer(*tree, "interval").value_or(5);
        const auto expires = platform::get_integer(*tree, "expires_in").value_or(600);
        code.interval = std::chrono::seconds(
            std::clamp<std::int64_t>(interval, shortest_interval.count(), longest_interval.count()));
        code.expires_in = std::chrono::seconds(std::clamp<std::int64_t>(expires, 1, longest_device_code.count()));
    }
    const bool whole = !code.device_code.empty() && !code.user_code.empty() && !code.address.empty();
    if (response.is_success() && whole) return step_done(std::move(code));
    auto failed = not_as_asked<DeviceCode>("the login server began no device login", response);
    const auto error = tree ? platform::get_string(*tree, "error").value_or("") : std::string();
    failed.unknown_client = error == "invalid_client" || error == "unauthorized_client";
    return failed;
}

awaitable<Step<DeviceCode>> begin_device_grant(OAuthNeeds needs, Metadata metadata, std::string client_id) {
    credentials::Form form{{"client_id", client_id}, {"resource", metadata.resource}};
    const auto& scope = needs.settings.scope.empty() ? metadata.scope : needs.settings.scope;
    if (!scope.empty()) form.emplace_back("scope", scope);
    platform::http::Request request;
    request.method = "POST";
    request.url = metadata.device_url;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    request.body = credentials::form_text(form);
    auto answered = co_await ask_patiently(asking(needs), std::move(request));
    if (!answered) co_return not_reached<DeviceCode>(answered.error());
    co_return read_device_code(*answered);
}

awaitable<Step<Login>> poll_device_grant(OAuthNeeds needs, Metadata metadata, std::string client_id, DeviceCode code) {
    const auto executor = co_await net::this_coro::executor;
    platform::Timer timer(executor);
    const TimePoint end = platform::BootClock::now() + code.expires_in;
    Polling polling(code.interval, end);
    Duration wait = polling.interval();
    for (;;) {
        if (needs.count_down) {
            const auto left = std::chrono::ceil<std::chrono::seconds>(end - platform::BootClock::now()).count();
            needs.count_down(fmt::format("Waiting for the login: the code is good for {} s", left));
        }
        timer.expires_after(wait);
        const auto [cancelled] = co_await timer.async_wait(no_throw);
        if (cancelled) co_return step_failed<Login>("the login was cancelled");
        credentials::Form form{{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                               {"device_code", std::string(code.device_code.reveal())},
                               {"client_id", client_id}};
        auto answer = co_await credentials::ask_token(needs.network, needs.net, metadata.token_url, std::move(form));
        if (answer.grant) {
            Login login = co_await make_login(needs, metadata, client_id, std::move(*answer.grant));
            co_return step_done(std::move(login));
        }
        const auto next = polling.after(answer, platform::BootClock::now());
        if (next.kind == Polling::Next::Kind::refused) co_return no_token<Login>(login_refused, answer);
        if (next.kind == Polling::Next::Kind::late) co_return step_failed<Login>(next.text, next.cause);
        if (!next.text.empty() && needs.say) {
            needs.say(fmt::format("The login server did not answer as it should ({}): the login goes on.", next.text));
        }
        wait = next.wait;
    }
}

}  // namespace pairing
