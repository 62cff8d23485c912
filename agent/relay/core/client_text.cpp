#include "agent/relay/core/client_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "agent/relay/core/members.hpp"
#include "platform/core/base64.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

using platform::JsonKind;

constexpr std::string_view invalid = "Invalid parameters";

/// Ids of targets are letters and digits: anything else can name none, and stays out of params of ours.
bool may_name_target(std::string_view id) noexcept {
    constexpr std::size_t most = 64;
    const auto plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
    };
    return !id.empty() && id.size() <= most && std::all_of(id.begin(), id.end(), plain);
}

void take_lease(OpenRequest& out, std::string_view value) {
    std::uint64_t millis = 0;
    if (!platform::read_unsigned(value, millis) || millis == 0) {
        out.wrong = "\"leaseMs\" must be a whole number of milliseconds.";
        return;
    }
    const auto most = static_cast<std::uint64_t>(std::chrono::milliseconds{std::chrono::minutes{10}}.count());
    const Duration asked = std::chrono::milliseconds{static_cast<std::int64_t>(std::min(millis, most))};
    out.lease = std::clamp(asked, least_lease, most_lease);
}

void take_label(OpenRequest& out, std::string_view value) {
    if (platform::json_kind(value) != JsonKind::string) {
        out.wrong = "\"label\" must be a string.";
        return;
    }
    std::string scratch;
    out.label = platform::unescape(value, scratch).substr(0, max_label_bytes);
}

void take_target(OpenRequest& out, std::string_view value) {
    std::string scratch;
    const auto id = platform::unescape(value, scratch);
    if (!may_name_target(id)) out.wrong = "No target with given id found";
    out.target = id;
}

/// One that cannot be read is none: it says nothing to a plain client, and begins no handshake.
void take_hello(OpenRequest& out, std::string_view value) {
    std::string scratch;
    if (platform::json_kind(value) != JsonKind::string) return;
    out.hello = platform::from_base64(platform::unescape(value, scratch)).value_or(std::string{});
}

void take_open(OpenRequest& out, std::string_view key, std::string_view value) {
    if (key == "leaseMs") return take_lease(out, value);
    if (key == "label") return take_label(out, value);
    if (key == "target") return take_target(out, value);
    if (key == "exclusive") {
        out.exclusive = value == "true";
        if (platform::json_kind(value) != JsonKind::boolean) out.wrong = "\"exclusive\" must be true or false.";
    } else if (key == "tls") {
        out.tls = value == "true";
        if (platform::json_kind(value) != JsonKind::boolean) out.wrong = "\"tls\" must be true or false.";
    } else if (key == "binary") {
        out.binary = value == "true";
    } else if (key == "data") {
        take_hello(out, value);
    }
}

std::string begin_broadcast(std::string_view client, std::string_view instance) {
    std::string out = "{";
    append_member(out, "client", client);
    append_member(out, "instance", instance);
    return out += ',';
}

void append_pace(std::string& out, double pace) {
    if (out.back() != '{') out += ',';
    platform::append_quoted(out, pace_member);
    constexpr int decimals = 3;
    constexpr std::size_t most_digits = 24;
    std::array<char, most_digits> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), pace, std::chars_format::fixed, decimals).ptr;
    out.append(1, ':').append(digits.begin(), end);
}

void end_message(std::string& out, std::string_view session) {
    if (!session.empty()) append_member(out, "sessionId", session);
    out += '}';
}

}  // namespace

OpenRequest read_open(std::string_view params) {
    OpenRequest out;
    if (params.empty()) return out;
    const auto visit = [&out](std::string_view key, std::string_view value) {
        take_open(out, key, value);
        return out.wrong.empty();
    };
    if (!platform::for_each_member(params, visit).ok()) out.wrong = invalid;
    return out;
}

std::string client_named(std::string_view params) {
    std::string client;
    bool found = false;
    bool twice = false;
    const auto visit = [&](std::string_view key, std::string_view value) {
        if (key != "client") return true;
        twice = found;
        found = true;
        client.clear();
        platform::append_unescaped(client, value);
        return true;
    };
    if (!params.empty()) platform::for_each_member(params, visit, platform::max_json_depth_limit);
    return twice ? std::string{} : client;
}

std::string write_opened(std::string_view client, std::string_view instance, const ClientLimits& limits,
                         const SealedAnswer& sealed) {
    std::string out = "{";
    append_member(out, "client", client);
    append_member(out, "instance", instance);
    out += R"(,"limits":{)";
    append_member(out, "payloadBytes", limits.payload);
    append_member(out, "windowBytes", limits.window);
    append_member(out, "messageBytes", limits.message);
    const auto lease = std::chrono::duration_cast<std::chrono::milliseconds>(limits.lease).count();
    append_member(out, "leaseMs", static_cast<std::uint64_t>(lease));
    append_pace(out, limits.pace);
    out += '}';
    if (!sealed.records.empty()) append_member(out, "data", platform::base64(sealed.records));
    if (sealed.binary) out += R"(,"binary":true)";
    return out += '}';
}

std::string write_client_broadcast(std::string_view client, std::string_view instance, std::string_view members,
                                   std::optional<double> pace) {
    std::string out = begin_broadcast(client, instance);
    out.reserve(out.size() + members.size() + client_envelope);
    if (pace) {
        out += R"("limits":{)";
        append_pace(out, *pace);
        out += "},";
    }
    return out.append(members).append(1, '}');
}

std::string write_client_ended(std::string_view client, std::string_view instance, std::string_view reason) {
    std::string out = begin_broadcast(client, instance).append(R"("ended":{)");
    append_member(out, "reason", reason);
    return out += "}}";
}

std::string write_client_reply(std::string_view id, std::string_view kind, std::string_view body,
                               std::string_view session) {
    constexpr std::size_t around = 64;
    std::string out = R"({"id":)";
    out.reserve(id.size() + body.size() + session.size() + around);
    out.append(id).append(",\"").append(kind).append("\":").append(body);
    end_message(out, session);
    return out;
}

std::string write_browser_event(std::string_view method, std::string_view params, std::string_view session) {
    constexpr std::size_t around = 64;
    std::string out = R"({"method":")";
    out.reserve(method.size() + params.size() + session.size() + around);
    out.append(method).append(R"(","params":)").append(params.empty() ? "{}" : params);
    end_message(out, session);
    return out;
}

bool is_browser_id(std::string_view id) noexcept {
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    return error == std::errc{} && end == id.data() + id.size();
}

bool waits_for_client(std::string_view method) noexcept {
    constexpr std::array<std::string_view, 12> all = {"Fetch.requestPaused",
                                                      "Fetch.authRequired",
                                                      "Network.requestIntercepted",
                                                      "Target.attachedToTarget",
                                                      "Page.javascriptDialogOpening",
                                                      "Page.fileChooserOpened",
                                                      "Page.screencastFrame",
                                                      "Runtime.bindingCalled",
                                                      "Debugger.paused",
                                                      "Input.dragIntercepted",
                                                      "DeviceAccess.deviceRequestPrompted",
                                                      "Security.certificateError"};
    return std::find(all.begin(), all.end(), method) != all.end();
}

bool is_acknowledgement(std::string_view method) noexcept {
    return method == "Page.screencastFrameAck";
}

bool is_progress_event(std::string_view method, std::string_view params) {
    constexpr std::array<std::string_view, 18> all = {"Network.requestWillBeSent",
                                                      "Network.requestWillBeSentExtraInfo",
                                                      "Network.responseReceivedExtraInfo",
                                                      "Network.responseReceived",
                                                      "Network.dataReceived",
                                                      "Network.policyUpdated",
                                                      "Network.resourceChangedPriority",
                                                      "Page.frameStartedNavigating",
                                                      "Page.frameStartedLoading",
                                                      "Page.frameNavigated",
                                                      "Page.frameScheduledNavigation",
                                                      "Page.frameRequestedNavigation",
                                                      "Page.frameClearedScheduledNavigation",
                                                      "Page.frameResized",
                                                      "Page.backForwardCacheNotUsed",
                                                      "Runtime.executionContextsCleared",
                                                      "Runtime.executionContextDestroyed",
                                                      "Target.targetInfoChanged"};
    if (std::find(all.begin(), all.end(), method) != all.end()) return true;
    if (method != "Page.lifecycleEvent") return false;
    std::string_view name;
    find_member(params, "name", name);
    return name == R"("init")" || name.starts_with(R"("first)");
}

bool is_lifecycle_event(std::string_view method) noexcept {
    constexpr std::array<std::string_view, 14> of_page = {"Page.frameNavigated",
                                                          "Page.frameStartedLoading",
                                                          "Page.frameStoppedLoading",
                                                          "Page.frameStartedNavigating",
                                                          "Page.frameAttached",
                                                          "Page.frameDetached",
                                                          "Page.frameSubtreeWillBeDetached",
                                                          "Page.lifecycleEvent",
                                                          "Page.loadEventFired",
                                                          "Page.domContentEventFired",
                                                          "Page.navigatedWithinDocument",
                                                          "Runtime.executionContextCreated",
                                                          "Runtime.executionContextDestroyed",
                                                          "Runtime.executionContextsCleared"};
    return method.starts_with("Target.") || method.starts_with("Inspector.") ||
           std::find(of_page.begin(), of_page.end(), method) != of_page.end();
}

}  // namespace relay
