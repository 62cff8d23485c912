#include "agent/bridge/core/watched.hpp"

#include <algorithm>
#include <utility>

#include "agent/bridge/core/far_text.hpp"
#include "agent/relay/core/client_text.hpp"
#include "platform/json/core/slice.hpp"

namespace bridge {
namespace {

using platform::JsonKind;

/// The contract's bounds.
constexpr std::size_t most_id = 256;
constexpr std::size_t most_word = 128;

constexpr std::string_view heard_half = "a message began before this watch did, or a part of it was lost: not shown";
constexpr std::string_view not_readable = "somebody sends what no client sends: not shown";

/// A command, a result, or one of a client's messages.
struct WatchedText {
    bool readable = false;
    bool has_params = false;
    Sight sight;
    std::string_view params;
    std::string_view result;
    std::string_view error;
};

std::string word_of(std::string_view value) {
    std::string scratch;
    if (platform::json_kind(value) != JsonKind::string) return {};
    return std::string{platform::unescape(value, scratch).substr(0, most_word)};
}

std::string id_of(std::string_view value) {
    const auto kind = platform::json_kind(value);
    const bool fits = (kind == JsonKind::number || kind == JsonKind::string) && value.size() <= most_id;
    return fits ? std::string{value} : std::string{};
}

WatchedText read_text(std::string_view object) {
    WatchedText text;
    const auto take = [&text](std::string_view key, std::string_view value) {
        if (key == "id") text.sight.id = id_of(value);
        if (key == "method") text.sight.method = word_of(value);
        if (key == "sessionId") text.sight.session = word_of(value);
        if (key == "params") text.params = value;
        if (key == "result") text.result = value;
        if (key == "error" && platform::json_kind(value) == JsonKind::object) text.error = value;
        return true;
    };
    text.readable = platform::for_each_member(object, take, platform::max_json_depth_limit).ok();
    text.sight.params = text.params.substr(0, Watched::most_params);
    text.sight.params_bytes = text.params.size();
    return text;
}

/// What an answer says.
Sight sight_of_answer(const WatchedText& text) {
    Sight sight = text.sight;
    sight.kind = Sight::Kind::answer;
    sight.ok = text.error.empty();
    sight.bytes = text.result.size();
    if (sight.ok) return sight;
    ErrorText error = read_error(text.error);
    sight.code = error.code;
    sight.text = std::move(error.message);
    return sight;
}

/// Ids count within a client's session. The result of a single command names no session.
std::string key_of(const Sight& sight) {
    std::string key = sight.client;
    key += '\0';
    if (!sight.client.empty()) key += sight.session;
    key += '\0';
    return key += sight.id;
}

}  // namespace

std::vector<Sight> Watched::hear(std::string_view event, std::string_view payload, TimePoint now) {
    Sights out;
    ++heard_;
    if (event == "cdp-command") hear_command(payload, now, out);
    if (event == "cdp-result") hear_result(payload, now, out);
    if (event == relay::client_event) hear_client(payload, now, out);
    return out;
}

void Watched::hear_command(std::string_view payload, TimePoint now, Sights& out) {
    WatchedText text = read_text(payload);
    if (!text.readable) return note_once(noted_unreadable_, not_readable, {}, out);
    if (text.sight.method == relay::post_to_client) return hear_post(text.params, now, out);
    send(std::move(text.sight), now);
}

void Watched::hear_result(std::string_view payload, TimePoint now, Sights& out) {
    const WatchedText text = read_text(payload);
    if (!text.readable) return note_once(noted_unreadable_, not_readable, {}, out);
    answer(sight_of_answer(text), now, out);
}

void Watched::hear_post(std::string_view params, TimePoint now, Sights& out) {
    const std::string client = relay::client_named(params);
    if (client.empty() || client.size() > max_client_name) return note_once(noted_unreadable_, not_readable, {}, out);
    const auto heard = read_stream(client, true, params, out);
    for (const auto message : heard.messages) {
        WatchedText text = read_text(message);
        text.sight.client = client;
        if (text.readable) send(std::move(text.sight), now);
    }
}

void Watched::hear_client(std::string_view payload, TimePoint now, Sights& out) {
    const EventText event = read_event(payload);
    if (event.client.empty()) return note_once(noted_unreadable_, not_readable, {}, out);
    if (!event.ended.empty()) return end_client(event.client, event.ended, out);
    const auto heard = read_stream(event.client, false, payload, out);
    for (const auto message : heard.messages) {
        WatchedText text = read_text(message);
        text.sight.client = event.client;
        if (!text.readable) continue;
        if (text.sight.method.empty()) {
            answer(sight_of_answer(text), now, out);
        } else {
            text.sight.kind = Sight::Kind::event;
            out.push_back(std::move(text.sight));
        }
    }
}

WatchedStream::Heard Watched::read_stream(const std::string& client, bool up, std::string_view object, Sights& out) {
    const auto read = relay::read_packet(object, up ? "messages" : "items");
    if (!read.wrong.empty()) {
        note_once(noted_unreadable_, not_readable, client, out);
        return {};
    }
    Client& known = find_client(client);
    auto heard = (up ? known.up : known.down).take(read.packet);
    bound_held(known);
    if (heard.half) note_once(noted_half_, heard_half, client, out);
    if (heard.too_long > 0) {
        bool always = false;
        note_once(always, "a message of " + std::to_string(heard.too_long) + " bytes is too long to be shown", client,
                  out);
    }
    return heard;
}

void Watched::end_client(const std::string& name, std::string_view reason, Sights& out) {
    for (auto at = commands_.begin(); at != commands_.end();) {
        if (at->second.sight.client == name) {
            numbers_.erase(at->second.key);
            at = commands_.erase(at);
        } else {
            ++at;
        }
    }
    clients_.erase(name);
    Sight sight{.kind = Sight::Kind::ended, .client = name};
    sight.text = reason;
    out.push_back(std::move(sight));
}

void Watched::send(Sight sight, TimePoint now) {
    if (sight.id.empty()) return;  // no answer can name it
    sight.kind = Sight::Kind::waiting;
    std::string key = key_of(sight);
    // A copy that was sent again after a cut, or an id that is used again before its answer came.
    if (numbers_.contains(key)) return;
    if (commands_.size() == most_commands) {
        numbers_.erase(commands_.begin()->second.key);
        commands_.erase(commands_.begin());
    }
    numbers_[key] = ++last_number_;
    commands_[last_number_] = {std::move(key), std::move(sight), now};
}

void Watched::answer(Sight sight, TimePoint now, Sights& out) {
    std::string key = key_of(sight);
    const auto number = numbers_.find(key);
    if (number == numbers_.end()) {
        const bool again = std::find(answered_.begin(), answered_.end(), key) != answered_.end();
        if (again && !sight.id.empty()) return;
        sight.command_heard = false;
    } else {
        const auto command = commands_.find(number->second);
        Sight& asked = command->second.sight;
        sight.session = std::move(asked.session);
        sight.method = std::move(asked.method);
        sight.params = std::move(asked.params);
        sight.params_bytes = asked.params_bytes;
        sight.took = now - command->second.at;
        commands_.erase(command);
        numbers_.erase(number);
    }
    answered_.push_back(std::move(key));
    if (answered_.size() > most_answered) answered_.pop_front();
    out.push_back(std::move(sight));
}

std::vector<Sight> Watched::take_late(TimePoint now) {
    Sights out;
    for (auto at = commands_.upper_bound(shown_); at != commands_.end(); ++at) {
        if (at->second.at + shown_after > now) break;
        shown_ = at->first;
        out.push_back(at->second.sight);
    }
    return out;
}

TimePoint Watched::due_at() const {
    const auto next = commands_.upper_bound(shown_);
    return next == commands_.end() ? TimePoint::max() : next->second.at + shown_after;
}

void Watched::interrupt() {
    for (auto& [name, client] : clients_) {
        client.up.interrupt();
        client.down.interrupt();
    }
}

Watched::Client& Watched::find_client(const std::string& name) {
    auto found = clients_.find(name);
    if (found == clients_.end()) {
        if (clients_.size() == most_clients) {
            const auto older = [](const auto& a, const auto& b) { return a.second.heard < b.second.heard; };
            clients_.erase(std::min_element(clients_.begin(), clients_.end(), older));
        }
        found = clients_.try_emplace(name).first;
    }
    found->second.heard = heard_;
    return found->second;
}

void Watched::bound_held(const Client& now) {
    std::size_t held = 0;
    for (const auto& [name, client] : clients_) held += client.up.bytes() + client.down.bytes();
    if (held <= most_held) return;
    for (auto& [name, client] : clients_) {
        if (&client == &now) continue;
        client.up.interrupt();
        client.down.interrupt();
    }
}

void Watched::note_once(bool& noted, std::string_view text, const std::string& client, Sights& out) {
    if (std::exchange(noted, true)) return;
    Sight sight{.kind = Sight::Kind::note, .client = client};
    sight.text = text;
    out.push_back(std::move(sight));
}

}  // namespace bridge
