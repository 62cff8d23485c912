#include "agent/bridge/core/device_card.hpp"

#include <array>
#include <charconv>

#include "agent/bridge/core/far_text.hpp"
#include "platform/json/core/slice.hpp"

namespace bridge {
namespace {

using platform::append_quoted;
using platform::JsonKind;

/// Of a text of the agent's, in bytes. The labels that are read, of as many clients as an agent takes.
constexpr std::size_t card_text_bytes = 300;
constexpr std::size_t most_drivers = 32;

template <class Visit>
void each_member(std::string_view object, Visit&& visit) {
    if (platform::json_kind(object) != JsonKind::object) return;
    platform::for_each_member(object, [&visit](std::string_view key, std::string_view value) {
        visit(key, value);
        return true;
    });
}

std::string short_text(std::string_view value) {
    std::string scratch;
    return std::string{platform::unescape(value, scratch).substr(0, card_text_bytes)};
}

void take_drivers(InfoText& out, std::string_view list) {
    if (platform::json_kind(list) != JsonKind::array) return;
    platform::for_each_element(list, [&out](std::string_view label) {
        if (platform::json_kind(label) == JsonKind::string) out.drivers.push_back(short_text(label));
        return out.drivers.size() < most_drivers;
    });
}

void begin_member(std::string& out, std::string_view name) {
    if (out.back() != '{') out += ',';
    append_quoted(out, name);
    out += ':';
}

/// An empty text is null.
void add_text(std::string& out, std::string_view name, std::string_view text) {
    begin_member(out, name);
    if (text.empty()) out += "null";
    if (!text.empty()) append_quoted(out, text);
}

void add_raw(std::string& out, std::string_view name, std::string_view json) {
    begin_member(out, name);
    out += json;
}

/// Unix seconds; nothing is null.
void add_time(std::string& out, std::string_view name, const std::optional<std::int64_t>& seconds) {
    add_raw(out, name, seconds ? std::to_string(*seconds) : "null");
}

std::string write_number(double number) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    return {digits.data(), end.ptr};
}

std::string write_list_of(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const auto& text : texts) {
        if (out.back() != '[') out += ',';
        append_quoted(out, text);
    }
    return out += ']';
}

std::string write_card(const DeviceCard& card) {
    std::string out = "{";
    add_text(out, "uuid", card.uuid);
    add_text(out, "name", card.name);
    add_text(out, "state", word_of(card.judged.state));
    add_text(out, "sentence", card.judged.sentence);
    add_text(out, "version", card.info.version);
    add_text(out, "browser", card.info.browser);
    add_raw(out, "drivers", write_list_of(card.info.drivers));
    add_time(out, "lastSeen", card.last_seen);
    add_time(out, "lookingSince", card.looking_since);
    add_text(out, "socket", "/devtools/browser/" + card.secret);
    add_text(out, "pages", "/" + card.secret + "/devtools/page/");
    add_text(out, "refusal", card.refusal);
    add_raw(out, "connected", card.connected ? "true" : "false");
    add_raw(out, "payloadBytes", card.payload_bytes > 0 ? std::to_string(card.payload_bytes) : "null");
    add_raw(out, "pace", card.pace ? write_number(*card.pace) : "null");
    return out += '}';
}

}  // namespace

std::string_view word_of(DeviceState state) noexcept {
    switch (state) {
        case DeviceState::unknown:
            return "unknown";
        case DeviceState::offline:
            return "offline";
        case DeviceState::online:
            return "online";
        case DeviceState::ready:
            return "ready";
        case DeviceState::no_browser:
            return "no_browser";
        case DeviceState::consent:
            return "consent";
        case DeviceState::paused:
            return "paused";
        case DeviceState::taken:
            return "taken";
        case DeviceState::unreachable:
            return "unreachable";
    }
    return "unknown";
}

InfoText read_info(std::string_view result) {
    InfoText out;
    each_member(result, [&out](std::string_view key, std::string_view value) {
        if (key == "agent") {
            each_member(value, [&out](std::string_view name, std::string_view text) {
                if (name == "version") out.version = short_text(text);
            });
        }
        if (key == "browser") {
            each_member(value, [&out](std::string_view name, std::string_view text) {
                if (name == "product") out.browser = short_text(text);
            });
        }
        if (key == "noBrowser") out.why_none = short_text(value);
        if (key == "waitsForPerson") out.asks_person = value == "true";
        if (key == "drivers") take_drivers(out, value);
    });
    return out;
}

AskedAgent read_asked(bool ok, std::string_view result, std::string_view error) {
    AskedAgent out{.ok = ok};
    if (ok) {
        out.info = read_info(result);
        return out;
    }
    const ErrorText text = read_error(error);
    out.source = text.source;
    out.reason = text.reason;
    out.message = text.message;
    return out;
}

Judged judge_device(const Evidence& evidence) {
    if (!evidence.barred.empty()) return {DeviceState::unreachable, std::string{evidence.barred}};
    const bool absent = evidence.present && !*evidence.present;
    if (evidence.answered == nullptr) {
        if (!evidence.present) return {};
        return {absent ? DeviceState::offline : DeviceState::online};
    }
    const AskedAgent& answer = *evidence.answered;
    if (answer.ok && !answer.info.browser.empty()) return {DeviceState::ready};
    if (answer.ok) {
        const auto state = answer.info.asks_person ? DeviceState::consent : DeviceState::no_browser;
        return {state, answer.info.why_none};
    }
    if (answer.source == "agent" && answer.reason == "busy") {
        const bool paused = answer.message.starts_with("The agent is paused");
        return {paused ? DeviceState::paused : DeviceState::taken, answer.message};
    }
    // Who is there and keeps silent is in trouble; of somebody who is not known to be there nothing else is expected.
    const bool silent = answer.source == "bridge";
    if (silent && !evidence.present.value_or(false)) return {DeviceState::offline};
    return {DeviceState::unreachable, answer.message};
}

std::string write_devices(const std::vector<DeviceCard>& devices, std::string_view version, std::string_view problem) {
    std::string out = "{";
    add_text(out, "version", version);
    add_text(out, "problem", problem);
    begin_member(out, "devices");
    out += '[';
    for (const auto& card : devices) {
        if (out.back() != '[') out += ',';
        out += write_card(card);
    }
    return out += "]}";
}

}  // namespace bridge
