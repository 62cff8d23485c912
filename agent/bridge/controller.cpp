#include "agent/bridge/controller.hpp"

#include <utility>

#include "agent/credentials/token_endpoint.hpp"
#include "platform/text.hpp"

namespace bridge {

Controller::Controller(net::any_io_executor executor, Identity identity)
    : identity_{std::move(identity)},
      executor_{std::move(executor)},
      tokens_{executor_, identity_.store.get(), credentials::make_fetch(network_, identity_.config.net)} {
    tokens_.adopt(identity_.credential.clone());
}

awaitable<void> Controller::run() {
    co_await tokens_.run();
}

void Controller::stop() {
    tokens_.stop();
}

Channel::Needs Controller::far_needs() {
    return {executor_, network_, identity_.config.realtime, tokens_};
}

/// A token that has run out is replaced before REST is asked.
awaitable<void> Controller::freshen() {
    const credentials::Token* const token = tokens_.current();
    if (token == nullptr || !token->refreshable || !token->expires || *token->expires > tokens_.server_time())
        co_return;
    co_await tokens_.refresh(tokens_.generation());
}

awaitable<FoundDevice> Controller::find(std::string name) {
    FoundDevice found;
    if (const auto uuid = credentials::normalise_uuid(name)) {
        found.device = Device{*uuid, {}};
        co_return found;
    }
    const ListedDevices all = co_await list();
    if (!all.problem.empty()) {
        found.problem = all.problem;
        found.cause = all.cause;
        co_return found;
    }
    const Chosen chosen = choose_device(all.devices, name);
    if (chosen.device != nullptr) found.device = *chosen.device;
    found.problem = chosen.problem;
    found.named_none = chosen.device == nullptr;
    co_return found;
}

awaitable<ListedDevices> Controller::list() {
    co_await freshen();
    const pairing::RestAccess access = rest();
    const pairing::DeviceList rows = co_await pairing::list_devices(access);
    ListedDevices out;
    if (rows.failure) {
        out.problem = "the devices could not be listed: " + rows.failure->what;
        out.cause = rows.failure->cause;
        co_return out;
    }
    for (const auto& [uuid, name] : rows.devices) out.devices.push_back({uuid, platform::clean(name)});
    co_return out;
}

pairing::RestAccess Controller::rest() {
    const credentials::Credential& credential = *tokens_.credential();
    return {.network = network_,
            .net = identity_.config.net,
            .url = credential.backend.rest_url,
            .api_key = credential.api_key,
            .token = credential.access_token,
            .patient = false,
            .say = {}};
}

}  // namespace bridge
