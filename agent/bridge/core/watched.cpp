#include "agent/bridge/core/watched.hpp"

#include <algorithm>
#include <utility>

#include "agent/bridge/core/far_text.hpp"
#include "agent/relay/core/client_text.hpp"

namespace bridge {
namespace {

constexpr std::string_view heard_half = "a message began before this watch did, or a part of it was lost: not shown";
constexpr std::string_view is_sealed = "this client speaks TLS with the agent: what it says is not shown";
constexpr std::string_view not_readable = "somebody sends what no client sends: not shown";

}  // namespace

std::vector<SeenMessage> Watched::hear(std::string_view event, std::string_view payload, TimePoint now) {
    Sights out;
    ++heard_;
    if (event == "cdp-command") hear_command(payload, now, out);
    if (event == "cdp-result") hear_result(payload, now, out);
    if (event == relay::client_event) hear_client(payload, now, out);
    return out;
}

std::vector<SeenMessage> Watched::hear_raw(std::string_view event, const realtime::RawPayload& payload) {
    Sights out;
    ++heard_;
    std::string_view object = payload.text;
    std::string client;
    if (event == "cdp-command") {
        const SeenText command = read_seen(payload.text);
        object = command.params;
        if (command.sight.method == relay::post_to_client) client = relay::client_named(object);
    } else if (event == relay::client_event) {
        client = read_event(object).client;
    }
    const bool sealed = !payload.bytes.empty() && relay::read_packet(object, {}, payload.bytes).wrong.empty();
    const bool named = !client.empty() && client.size() <= max_client_name;
    if (sealed && named) note_once(find_client(client).noted_sealed, is_sealed, client, out);
    return out;
}

void Watched::hear_command(std::string_view payload, TimePoint now, Sights& out) {
    SeenText text = read_seen(payload);
    if (!text.readable) return note_once(noted_unreadable_, not_readable, {}, out);
    if (text.sight.method == relay::post_to_client) return hear_post(text.params, now, out);
    conversation_.command(std::move(text.sight), now);
}

void Watched::hear_result(std::string_view payload, TimePoint now, Sights& out) {
    const SeenText text = read_seen(payload);
    if (!text.readable) return note_once(noted_unreadable_, not_readable, {}, out);
    answer(seen_answer(text), now, out);
}

void Watched::hear_post(std::string_view params, TimePoint now, Sights& out) {
    const std::string client = relay::client_named(params);
    if (client.empty() || client.size() > max_client_name) return note_once(noted_unreadable_, not_readable, {}, out);
    const auto heard = read_stream(client, true, params, out);
    for (const auto message : heard.messages) {
        SeenText text = read_seen(message);
        text.sight.client = client;
        if (text.readable) conversation_.command(std::move(text.sight), now);
    }
}

void Watched::hear_client(std::string_view payload, TimePoint now, Sights& out) {
    const EventText event = read_event(payload);
    if (event.client.empty()) return note_once(noted_unreadable_, not_readable, {}, out);
    if (!event.ended.empty()) return end_client(event.client, event.ended, out);
    const auto heard = read_stream(event.client, false, payload, out);
    for (const auto message : heard.messages) {
        SeenText text = read_seen(message);
        text.sight.client = event.client;
        if (!text.readable) continue;
        if (text.sight.method.empty()) {
            answer(seen_answer(text), now, out);
        } else {
            text.sight.kind = SeenMessage::Kind::event;
            out.push_back(std::move(text.sight));
        }
    }
}

WatchedStream::Heard Watched::read_stream(const std::string& client, bool up, std::string_view object, Sights& out) {
    const auto read = relay::read_packet(object, up ? "messages" : "items");
    if (!read.wrong.empty()) {
        const bool sealed = relay::read_packet(object, {}).wrong.empty();
        bool& noted = sealed ? find_client(client).noted_sealed : noted_unreadable_;
        note_once(noted, sealed ? is_sealed : not_readable, client, out);
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
    conversation_.take_open(name);
    clients_.erase(name);
    SeenMessage sight{.kind = SeenMessage::Kind::ended, .client = name};
    sight.text = reason;
    out.push_back(std::move(sight));
}

void Watched::answer(SeenMessage sight, TimePoint now, Sights& out) {
    auto joined = conversation_.answer(std::move(sight), now);
    if (joined) out.push_back(std::move(*joined));
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
    SeenMessage sight{.kind = SeenMessage::Kind::note, .client = client};
    sight.text = text;
    out.push_back(std::move(sight));
}

}  // namespace bridge
