#include "agent/pairing/device.hpp"

#include <unistd.h>

#include <boost/asio/ip/host_name.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/credentials/credential.hpp"
#include "agent/pairing/ask.hpp"
#include "agent/pairing/device_key.hpp"
#include "agent/realtime/connect_failure.hpp"
#include "platform/core/answer_text.hpp"
#include "platform/file.hpp"
#include "platform/http/date.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/json/tree.hpp"
#include "platform/net.hpp"
#include "platform/text.hpp"

namespace pairing {
namespace {

using platform::http::Request;
using platform::http::Response;

constexpr std::size_t shown_bytes = 200;

Request make_request(const RestAccess& rest, std::string method, std::string path) {
    Request request;
    request.method = std::move(method);
    request.url = rest.url + path;
    const auto& key = rest.api_key.empty() ? rest.token : rest.api_key;
    request.headers = {{"apikey", std::string(key.reveal())},
                       {"Authorization", "Bearer " + std::string(rest.token.reveal())},
                       {"Accept", "application/json"}};
    return request;
}

awaitable<platform::NetResult<Response>> ask_backend(const RestAccess& rest, Request request) {
    if (!rest.patient) {
        auto once = co_await platform::http::fetch(rest.network, std::move(request), rest.net);
        co_return once;
    }
    AskNeeds needs{rest.network, rest.net, rest.say};
    auto answered = co_await ask_patiently(std::move(needs), std::move(request));
    co_return answered;
}

RestFailure failure_of(const Response& response) {
    const auto judged = judge_answer(response);
    return {response.status, "the backend " + platform::clean(judged.sentence, 2 * shown_bytes), judged.cause};
}

RestFailure failure_of(const platform::NetFailure& failure) {
    return {0, failure.message(), realtime::cause_of(failure)};
}

RestFailure senseless(const Response& response, std::string what) {
    return {response.status, std::move(what), realtime::Cause::others};
}

/// Which of the row's unique values was in the way.
bool is_name_taken(const Response& response) {
    return response.status == http_conflict && response.body.find("name") != std::string::npos;
}

/// The rows that a request brought.
struct Rows {
    std::optional<nlohmann::json> list;
    std::optional<RestFailure> failure;
};
Rows rows_of(const Response& response) {
    if (!response.is_success()) return {std::nullopt, failure_of(response)};
    auto tree = platform::parse_json(response.body);
    if (tree && tree->is_array()) return {std::move(*tree), std::nullopt};
    if (!response.body.empty() && platform::is_page(response.body)) return {std::nullopt, failure_of(response)};
    return {std::nullopt, senseless(response, "the backend's answer is not the list that was asked for")};
}

}  // namespace

std::string what_is_wrong_with_name(std::string_view name) {
    if (platform::trim(name).empty()) return "a device's name may not be empty: leave --name out for this machine's";
    if (name.size() > device_name_bytes) {
        return "a device's name has " + std::to_string(device_name_bytes) + " bytes at most, not " +
               std::to_string(name.size());
    }
    if (platform::clean(name, device_name_bytes) != name) {
        return "a device's name is one line of readable characters";
    }
    return {};
}

awaitable<Lookup> find_device(const RestAccess& rest, std::string uuid) {
    Request request = make_request(rest, "GET", "/devices?uuid=eq." + uuid + "&select=uuid,name");
    auto answered = co_await ask_backend(rest, std::move(request));
    Lookup found;
    if (!answered) {
        found.failure = failure_of(answered.error());
        co_return found;
    }
    found.server_time = platform::http::parse_date(std::string{answered->header("date")});
    const Rows rows = rows_of(*answered);
    found.failure = rows.failure;
    if (rows.list && !rows.list->empty()) {
        found.device = Device{std::move(uuid), platform::get_string(rows.list->front(), "name").value_or("")};
    }
    co_return found;
}

awaitable<DeviceList> list_devices(const RestAccess& rest) {
    Request request = make_request(rest, "GET", "/devices?select=uuid,name&order=name");
    auto answered = co_await ask_backend(rest, std::move(request));
    DeviceList out;
    if (!answered) {
        out.failure = failure_of(answered.error());
        co_return out;
    }
    const Rows rows = rows_of(*answered);
    out.failure = rows.failure;
    if (!rows.list) co_return out;
    for (const auto& row : *rows.list) {
        // It names a channel, and a line of known_devices.
        auto uuid = credentials::normalise_uuid(platform::get_string(row, "uuid").value_or(""));
        if (uuid) out.devices.push_back({std::move(*uuid), platform::get_string(row, "name").value_or("")});
    }
    co_return out;
}

awaitable<SettingsAnswer> fetch_effective_settings(const RestAccess& rest, std::string uuid, std::size_t max_bytes) {
    Request request = make_request(rest, "POST", "/rpc/effective_settings_for_device");
    request.headers.emplace_back("Content-Type", "application/json");
    const nlohmann::json body = {{"p_device_uuid", uuid}};
    request.body = platform::to_text(body);
    request.max_body = max_bytes;
    auto answered = co_await ask_backend(rest, std::move(request));
    SettingsAnswer answer;
    if (!answered) {
        answer.failure = failure_of(answered.error());
    } else if (!answered->is_success()) {
        answer.failure = failure_of(*answered);
    } else if (!platform::check_json(answered->body).ok()) {
        answer.failure = senseless(*answered, "the backend's answer is no JSON");
    } else if (platform::json_kind(platform::trim(answered->body)) == platform::JsonKind::object) {
        answer.settings = std::move(answered->body);
    }
    co_return answer;
}

awaitable<std::optional<RestFailure>> register_device(const RestAccess& rest, Device& device) {
    const auto wished = device.name;
    for (int attempt = 1; attempt <= name_tries; ++attempt) {
        device.name = attempt == 1 ? wished : wished + " " + std::to_string(attempt);
        Request request = make_request(rest, "POST", "/devices?on_conflict=uuid");
        request.headers.emplace_back("Content-Type", "application/json");
        request.headers.emplace_back("Prefer", "resolution=merge-duplicates,return=minimal");
        const nlohmann::json row = {{"uuid", device.uuid}, {"name", device.name}, {"os", os_name()}};
        request.body = platform::to_text(row);
        auto answered = co_await ask_backend(rest, std::move(request));
        if (!answered) co_return failure_of(answered.error());
        if (answered->is_success()) co_return std::nullopt;
        if (!is_name_taken(*answered)) co_return failure_of(*answered);
    }
    co_return RestFailure{http_conflict,
                          "the name " + platform::clean(wished, shown_bytes) + " and its numbers up to " +
                              std::to_string(name_tries) + " are taken: choose another by --name",
                          realtime::Cause::settings};
}

awaitable<bool> show_fingerprint(const RestAccess& rest, std::string uuid, std::string fingerprint) {
    Request request = make_request(rest, "PATCH", "/devices?uuid=eq." + uuid + "&select=uuid");
    request.headers.emplace_back("Content-Type", "application/json");
    // A row that this token may not change is no error there: only the rows that come back were changed.
    request.headers.emplace_back("Prefer", "return=representation");
    const nlohmann::json row = {{"fingerprint", std::move(fingerprint)}};
    request.body = platform::to_text(row);
    auto answered = co_await platform::http::fetch(rest.network, std::move(request), rest.net);
    if (!answered || !answered->is_success()) co_return false;
    const auto rows = platform::parse_json(answered->body);
    co_return rows && rows->is_array() && !rows->empty();
}

awaitable<std::optional<RestFailure>> delete_device(const RestAccess& rest, std::string uuid) {
    Request request = make_request(rest, "DELETE", "/devices?uuid=eq." + uuid + "&select=uuid");
    // A row that this token may not remove is no error there: only the rows that come back were removed.
    request.headers.emplace_back("Prefer", "return=representation");
    auto answered = co_await ask_backend(rest, std::move(request));
    if (!answered) co_return failure_of(answered.error());
    if (!answered->is_success()) co_return failure_of(*answered);
    const auto rows = platform::parse_json(answered->body);
    if (!rows || !rows->is_array() || rows->empty()) {
        co_return RestFailure{answered->status, "it is gone already, or this token may not remove it: its owner may",
                              realtime::Cause::credential};
    }
    co_return std::nullopt;
}

awaitable<DeviceToken> fetch_device_token(const RestAccess& rest, std::string uuid) {
    Request request = make_request(rest, "POST", "");
    request.headers.emplace_back("Content-Type", "application/json");
    const nlohmann::json body = {{"device_uuid", uuid}};
    request.body = platform::to_text(body);
    auto answered = co_await ask_backend(rest, std::move(request));
    DeviceToken result;
    if (!answered) {
        result.problem = answered.error().message();
        result.cause = realtime::cause_of(answered.error());
        co_return result;
    }
    // Its body is gone after the reading.
    auto failure = failure_of(*answered);
    auto answer = credentials::read_token_answer(*answered);
    result.grant = std::move(answer.grant);
    if (result.grant) co_return result;
    result.problem = answer.error.empty() ? std::move(failure.what) : std::move(answer.description);
    result.cause = failure.cause;
    co_return result;
}

std::string os_name() {
    constexpr std::string_view key = "PRETTY_NAME=";
    const auto text = platform::read_file("/etc/os-release", 65536);
    if (text) {
        for (std::string_view line : platform::split(*text, '\n')) {
            if (!line.starts_with(key)) continue;
            line.remove_prefix(key.size());
            if (line.size() >= 2 && line.front() == '"') line = line.substr(1, line.size() - 2);
            return platform::clean(line, shown_bytes);
        }
    }
#ifdef __APPLE__
    return "macOS";
#else
    return "Linux";
#endif
}

std::string machine_name() {
    Error unnamed;
    const auto name = net::ip::host_name(unnamed);
    return name.empty() ? "agent" : platform::clean(name, shown_bytes);
}

}  // namespace pairing
