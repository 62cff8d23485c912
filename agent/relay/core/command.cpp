#include "agent/relay/core/command.hpp"

#include <algorithm>

#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

using platform::JsonKind;

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A name from outside inside a sentence of ours: short, and quoted so that nothing in it can be taken for our words.
std::string shown(std::string_view name) {
    constexpr std::size_t most = 64;
    std::string text = "\"";
    text += name.substr(0, most);
    text += name.size() > most ? "…\"" : "\"";
    return text;
}

}  // namespace

bool is_method_name(std::string_view method) noexcept {
    if (method.empty() || method.size() > max_method_bytes) return false;
    const std::size_t dot = method.find('.');
    if (dot == 0 || dot == std::string_view::npos || dot + 1 == method.size()) return false;
    const auto letters = [](std::string_view part) { return std::all_of(part.begin(), part.end(), is_letter); };
    return letters(method.substr(0, dot)) && letters(method.substr(dot + 1));
}

bool CommandReader::refuse(std::string message) {
    if (!refused_) unreadable_.message = std::move(message);
    refused_ = true;
    return false;
}

bool CommandReader::repeated(Key key, std::string_view name) {
    if (key == Key::other) {
        if (std::find(others_.begin(), others_.end(), name) != others_.end()) return true;
        others_.emplace_back(name);
        return false;
    }
    const unsigned bit = 1u << static_cast<unsigned>(key);
    const bool again = (seen_ & bit) != 0;
    seen_ |= bit;
    return again;
}

bool CommandReader::take_id(std::string_view value) {
    const JsonKind kind = platform::json_kind(value);
    if (kind != JsonKind::number && kind != JsonKind::string) return refuse("\"id\" must be a number or a string.");
    const std::size_t quotes = kind == JsonKind::string ? 2 : 0;
    if (value.size() - quotes > max_id_bytes) return refuse("\"id\" is longer than 256 bytes.");
    command_.id = value;
    unreadable_.id = value;
    return true;
}

bool CommandReader::take_method(std::string_view value) {
    if (platform::json_kind(value) != JsonKind::string) return refuse("\"method\" must be a string.");
    command_.method = platform::unescape(value, method_);
    if (is_method_name(command_.method)) return true;
    return refuse("\"method\" must be \"Domain.name\": letters and one dot, at most 128 bytes.");
}

bool CommandReader::take_session(std::string_view value) {
    if (platform::json_kind(value) != JsonKind::string) return refuse("\"sessionId\" must be a string.");
    command_.session = platform::unescape(value, session_);
    if (command_.session.size() <= max_session_bytes) return true;
    return refuse("\"sessionId\" is longer than 64 bytes.");
}

bool CommandReader::take_params(std::string_view value) {
    const JsonKind kind = platform::json_kind(value);
    if (kind == JsonKind::null) return true;
    if (kind != JsonKind::object) return refuse("\"params\" must be an object.");
    command_.params = value;
    return true;
}

bool CommandReader::take_timeout(std::string_view value) {
    std::uint64_t amount = 0;
    if (!platform::read_unsigned(value, amount) || amount == 0) {
        return refuse("\"timeoutMs\" must be a whole number of milliseconds, at least 1.");
    }
    constexpr std::uint64_t day = 24ull * 60 * 60 * 1000;  // any more is capped by the configuration anyway
    command_.timeout = std::chrono::milliseconds{static_cast<std::int64_t>(std::min(amount, day))};
    return true;
}

bool CommandReader::take_known(Key key, std::string_view value) {
    switch (key) {
        case Key::id:
            return take_id(value);
        case Key::method:
            return take_method(value);
        case Key::params:
            return take_params(value);
        case Key::session:
            return take_session(value);
        case Key::timeout:
            return take_timeout(value);
        case Key::other:
            break;
    }
    return true;
}

// A refusal does not end the walk: the id may come behind what is wrong.
bool CommandReader::take(std::string_view key, std::string_view value) {
    Key known = Key::other;
    if (key == "id") known = Key::id;
    if (key == "method") known = Key::method;
    if (key == "params") known = Key::params;
    if (key == "sessionId") known = Key::session;
    if (key == "timeoutMs") known = Key::timeout;
    if (++members_ > max_command_members) {
        refuse("The command has more than 64 members.");
    } else if (repeated(known, key)) {
        refuse("The key " + shown(key) + " is repeated.");
    } else {
        take_known(known, value);
    }
    return members_ <= max_command_members;
}

bool CommandReader::complete() {
    if (refused_) return false;
    if (command_.id.empty()) return refuse("\"id\" is missing.");
    if (command_.method.empty()) return refuse("\"method\" is missing.");
    return true;
}

bool CommandReader::read(std::string_view payload) {
    command_ = {};
    unreadable_.id = "null";
    unreadable_.message.clear();
    others_.clear();
    seen_ = 0;
    members_ = 0;
    refused_ = false;
    if (!platform::valid_utf8(payload)) return refuse("The command is not valid UTF-8.");
    const auto visit = [this](std::string_view key, std::string_view value) { return take(key, value); };
    const auto verdict = platform::for_each_member(payload, visit, max_params_depth + 1);
    if (!verdict.ok()) {
        refused_ = false;  // broken text says more than what it was broken around
        return refuse("The command is not valid JSON: " + std::string(platform::describe(verdict.fault)) + " at byte " +
                      std::to_string(verdict.position) + '.');
    }
    return complete();
}

}  // namespace relay
