// What goes over the control socket during a pairing.
#include <array>
#include <nlohmann/json.hpp>

#include "agent/pairing/remote_terminal.hpp"
#include "platform/json/tree.hpp"

namespace pairing {
namespace {

using nlohmann::json;

constexpr std::array<const char*, 6> outcomes{"paired",      "refused",    "unavailable",
                                              "wrong_input", "not_stored", "misconfigured"};
constexpr std::array<const char*, 6> kinds{"say", "ask", "line", "open", "wait", "end"};

template <std::size_t N>
std::optional<std::size_t> index_of(const std::array<const char*, N>& names, const json& tree, const char* key) {
    const auto name = platform::get_string(tree, key);
    for (std::size_t i = 0; name && i < N; ++i) {
        if (*name == names[i]) return i;
    }
    return std::nullopt;
}

std::string text_of(const json& tree, const char* key) {
    return platform::get_string(tree, key).value_or("");
}

bool flag_of(const json& tree, const char* key) {
    return platform::get_bool(tree, key).value_or(false);
}

}  // namespace

std::string to_json(const RemoteRequest& request) {
    const auto& what = request.what;
    json tree = {{"id", request.id},
                 {"device", what.device_uuid},
                 {"name", what.device_name},
                 {"force", what.force},
                 {"rotate", what.rotate},
                 {"expect_account", what.expect_account},
                 {"machine", what.machine},
                 {"token", request.token.reveal()},
                 {"if_unpaired", request.if_unpaired},
                 {"renew_before", what.renew_before.value_or(std::chrono::seconds{0}).count()},
                 {"can_ask", request.can_ask},
                 {"counts_down", request.counts_down},
                 {"has_screen", request.has_screen},
                 {"callback_port", request.callback_port},
                 {"api_url", request.backend.api_url},
                 {"realtime_url", request.backend.realtime_url},
                 {"rest_url", request.backend.rest_url}};
    auto text = platform::to_text(tree);
    platform::cleanse(tree);
    return text;
}

std::optional<RemoteRequest> read_request(std::string_view text) {
    auto tree = platform::parse_json(text);
    if (!tree || !tree->is_object()) return std::nullopt;
    RemoteRequest request;
    request.id = text_of(*tree, "id");
    request.what.device_uuid = text_of(*tree, "device");
    request.what.device_name = text_of(*tree, "name");
    request.what.force = flag_of(*tree, "force");
    request.what.rotate = flag_of(*tree, "rotate");
    request.what.expect_account = text_of(*tree, "expect_account");
    request.what.machine = text_of(*tree, "machine");
    request.token = Secret(text_of(*tree, "token"));
    request.what.login = request.token.empty();
    request.if_unpaired = flag_of(*tree, "if_unpaired");
    const auto ahead = platform::get_integer(*tree, "renew_before").value_or(0);
    if (ahead > 0) request.what.renew_before = std::chrono::seconds(ahead);
    request.can_ask = flag_of(*tree, "can_ask");
    request.counts_down = flag_of(*tree, "counts_down");
    request.has_screen = flag_of(*tree, "has_screen");
    request.backend.api_url = text_of(*tree, "api_url");
    request.backend.realtime_url = text_of(*tree, "realtime_url");
    request.backend.rest_url = text_of(*tree, "rest_url");
    const auto port = platform::get_integer(*tree, "callback_port").value_or(0);
    platform::cleanse(*tree);
    if (request.id.empty() || port < 0 || port > 65535) return std::nullopt;
    request.callback_port = static_cast<std::uint16_t>(port);
    return request;
}

std::string to_json(const RemoteResult& result) {
    const json tree = {{"outcome", outcomes[static_cast<std::size_t>(result.outcome)]},
                       {"problem", result.problem},
                       {"device", result.device_uuid},
                       {"name", result.device_name},
                       {"changed", result.changed},
                       {"joined", result.joined},
                       {"waiting", result.waiting}};
    return platform::to_text(tree);
}

std::optional<RemoteResult> read_result(std::string_view text) {
    const auto tree = platform::parse_json(text);
    if (!tree || !tree->is_object()) return std::nullopt;
    const auto outcome = index_of(outcomes, *tree, "outcome");
    if (!outcome) return std::nullopt;
    RemoteResult result;
    result.outcome = static_cast<PairOutcome>(*outcome);
    result.problem = text_of(*tree, "problem");
    result.device_uuid = text_of(*tree, "device");
    result.device_name = text_of(*tree, "name");
    result.changed = flag_of(*tree, "changed");
    result.joined = flag_of(*tree, "joined");
    result.waiting = text_of(*tree, "waiting");
    return result;
}

std::string to_json(const std::vector<Event>& events) {
    json list = json::array();
    for (const auto& event : events) {
        list.push_back({{"kind", kinds[static_cast<std::size_t>(event.kind)]}, {"text", event.text}});
    }
    return platform::to_text(list);
}

std::vector<Event> read_events(std::string_view text) {
    std::vector<Event> events;
    const auto list = platform::parse_json(text);
    if (!list || !list->is_array()) return events;
    for (const auto& element : *list) {
        const auto kind = index_of(kinds, element, "kind");
        if (kind) events.push_back({static_cast<Event::Kind>(*kind), text_of(element, "text")});
    }
    return events;
}

}  // namespace pairing
