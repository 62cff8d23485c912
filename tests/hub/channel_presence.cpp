// Presence of a channel: track, untrack, and the limit on both.
#include <algorithm>

#include "tests/hub/channel.hpp"
#include "tests/hub/external_size.hpp"
#include "tests/hub/socket.hpp"

namespace hub {

void Channel::on_presence(const Push& push) {
    const auto event = push.payload.is_object() ? push.payload.value("event", Json()) : Json();
    if (!event.is_string()) return reply(push, "ok", "{}");
    auto name_of = event.get<std::string>();
    std::transform(name_of.begin(), name_of.end(), name_of.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool tracking = name_of == "track";
    if (!tracking && name_of != "untrack") return reply(push, "error", "{}");
    const auto payload = push.payload.value("payload", Json::object());
    if (tracking && !payload.is_object())
        return reply(push, "error", R"({"reason":"Presence track payload must be a map"})");
    const auto now = tenant_.clock().now();
    while (!presence_calls_.empty() && presence_calls_.front() + tenant_.limits().presence_window <= now)
        presence_calls_.pop_front();
    presence_calls_.push_back(now);
    if (presence_calls_.size() > tenant_.limits().presence_calls)
        return shut_down("Client presence rate limit exceeded");
    if (options_.is_private && !rights_.presence) return reply(push, "error", "{}");
    if (external_size(payload) > std::size_t{tenant_.limits().payload_kb} * 1000 + 500)
        return shut_down("Track message size exceeded");
    reply(push, "ok", "{}");
    if (tracking)
        track(push, payload);
    else
        untrack();
}

void Channel::send_presence_state() {
    Json state = Json::object();
    for (const auto& [key, metas] : tenant_.room_of(*this).presence)
        for (const auto& meta : metas) state[key]["metas"].push_back(meta.payload);
    deliver(encode(socket_.version(),
                   {.join_ref = reply_ref, .topic = topic_, .event = "presence_state", .payload = dump(state)}));
}

void Channel::track(const Push&, const Json& payload) {
    const bool first = !std::exchange(reads_presence_, true);
    if (first && tenant_.limits().later_server) send_presence_state();
    auto& room = tenant_.room_of(*this);
    auto& metas = room.presence[presence_key_];
    const auto mine = std::find_if(metas.begin(), metas.end(), [&](const Meta& m) { return m.channel == this; });
    Json fresh = payload, joins = Json::object(), leaves = Json::object();
    fresh["phx_ref"] = tenant_.make_ref();
    if (mine == metas.end()) {
        metas.push_back({this, fresh["phx_ref"], fresh});
    } else {
        Json before = mine->payload;
        before.erase("phx_ref");
        before.erase("phx_ref_prev");
        if (before == payload) return;
        fresh["phx_ref_prev"] = mine->phx_ref;
        leaves[presence_key_]["metas"].push_back(mine->payload);
        *mine = {this, fresh["phx_ref"], fresh};
    }
    joins[presence_key_]["metas"].push_back(fresh);
    tenant_.send_diff(room, topic_, joins, leaves);
}

void Channel::untrack() {
    auto& room = tenant_.room_of(*this);
    const auto found = room.presence.find(presence_key_);
    if (found == room.presence.end()) return;
    Json leaves = Json::object();
    for (const auto& meta : found->second)
        if (meta.channel == this) leaves[presence_key_]["metas"].push_back(meta.payload);
    std::erase_if(found->second, [&](const Meta& meta) { return meta.channel == this; });
    if (found->second.empty()) room.presence.erase(found);
    if (!leaves.empty()) tenant_.send_diff(room, topic_, Json::object(), leaves);
}

}  // namespace hub
