#include "tests/hub/tenant.hpp"

#include <fmt/core.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "tests/hub/channel.hpp"
#include "tests/hub/external_size.hpp"
#include "tests/hub/rights.hpp"
#include "tests/hub/socket.hpp"

namespace hub {

namespace {

std::string room_key(bool is_private, std::string_view name) {
    return (is_private ? "private " : "public ") + std::string{name};
}

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

Tenant::Tenant(Clock& clock, Settings settings)
    : clock_(clock),
      settings_(std::move(settings)),
      events_(settings_.rate_tick, settings_.limits.events_per_second),
      joins_(settings_.rate_tick, settings_.limits.joins_per_second),
      requests_(settings_.rate_tick, settings_.limits.events_per_second) {
    tables_["devices"] = Json::array({{{"name", "uuid"}, {"type", "uuid"}}, {{"name", "name"}, {"type", "text"}}});
    tables_["settings_global"] = Json::array({{{"name", "id"}, {"type", "int4"}}});
    tables_["settings_device"] = Json::array({{{"name", "device_uuid"}, {"type", "uuid"}}});
}

void Tenant::set_limits(const Limits& limits) {
    const auto before = std::exchange(settings_.limits, limits);
    const auto adjust = [](RateCounter& counter, std::uint32_t limit) {
        if (counter.limit() == limit) return;
        counter.set_limit(limit);
        counter.reset();
    };
    adjust(events_, limits.events_per_second);
    adjust(joins_, limits.joins_per_second);
    adjust(requests_, limits.events_per_second);
    if (before.private_only == limits.private_only && before.suspended == limits.suspended) return;
    for (auto* socket : sockets_) socket->request_disconnect();
}

Rights Tenant::rights(const Json& claims, const std::string& name) const {
    if (!settings_.rights_socket.empty()) return ask_rights(settings_.rights_socket, claims, name);
    const auto role = claims.value("role", Json());
    if (role == "service_role") return {true, true, true};
    if (role != "authenticated") return {};
    const auto& closed = settings_.closed_topics;
    if (std::find(closed.begin(), closed.end(), name) != closed.end()) return {};
    constexpr std::string_view device = "device:";
    if (starts_with(name, device)) {
        const auto uuid = name.substr(device.size());
        const auto found = devices_.find(uuid);
        const bool own = claims.value("device_uuid", Json()) == uuid;
        const bool owner = found != devices_.end() && !found->second.owner.empty() &&
                           claims.value("sub", Json()) == found->second.owner;
        const bool mine = own || owner;
        const bool writes = mine && claims.value("access", Json()) != "read";
        return {mine, writes, writes};
    }
    if (starts_with(name, "readonly:")) return {true, false, false};
    if (starts_with(name, "open:")) return {true, true, true};
    if (starts_with(name, "ws:") || name == "settings:global" || name == "settings_device:all" ||
        name == "service_groups:all" || name == "proxy-control")
        return {true, false, false};
    if (name == "devices:all") return {true, false, true};
    return {};
}

Room& Tenant::enter(Channel& channel) {
    auto& room = rooms_[channel.room_key()];
    room.members.push_back(&channel);
    return room;
}

Room& Tenant::room_of(Channel& channel) {
    return rooms_[channel.room_key()];
}

void Tenant::leave(Channel& channel) {
    const auto found = rooms_.find(channel.room_key());
    if (found == rooms_.end()) return;
    auto& room = found->second;
    std::erase(room.members, &channel);
    Json leaves = Json::object();
    for (auto at = room.presence.begin(); at != room.presence.end();) {
        auto& metas = at->second;
        for (const auto& meta : metas)
            if (meta.channel == &channel) leaves[at->first]["metas"].push_back(meta.payload);
        std::erase_if(metas, [&](const Meta& meta) { return meta.channel == &channel; });
        at = metas.empty() ? room.presence.erase(at) : std::next(at);
    }
    if (!leaves.empty()) send_diff(room, channel.topic(), Json::object(), leaves);
    if (room.members.empty()) rooms_.erase(channel.room_key());
}

void Tenant::send_diff(Room& room, const std::string& topic, const Json& joins, const Json& leaves) {
    const auto payload = "{\"joins\":" + dump(joins) + ",\"leaves\":" + dump(leaves) + "}";
    std::array<Bytes, 2> frames{};
    for (auto* member : room.members) {
        if (!member->reads_presence()) continue;
        const auto version = member->socket().version();
        auto& frame = frames[version == Version::v1 ? 0 : 1];
        if (!frame) frame = encode(version, {.topic = topic, .event = "presence_diff", .payload = payload});
        member->deliver(frame);
    }
}

bool Tenant::broadcast(bool is_private, const std::string& topic, Broadcast& message, Channel* sender) {
    const auto content = middleman.at_work() ? message.content() : std::nullopt;
    if (!content) return deliver(is_private, topic, message, sender);
    const auto passing = middleman.pass({topic, content->event, content->payload, content->raw});
    const bool as_it_is = passing.size() == 1 && passing.front().payload == content->payload;
    if (as_it_is) return deliver(is_private, topic, message, sender);
    bool well = true;
    for (const auto& one : passing) {
        const auto form = one.raw ? Broadcast::Form::user_raw : Broadcast::Form::user_json;
        Broadcast made{form, one.topic, one.event, one.payload};
        well = deliver(is_private, one.topic, made, sender) && well;
    }
    return well;
}

bool Tenant::deliver(bool is_private, const std::string& topic, Broadcast& message, Channel* sender) {
    const auto now = clock_.now();
    const auto found = rooms_.find(room_key(is_private, std::string_view{topic}.substr(topic_prefix.size())));
    if (found == rooms_.end()) return true;
    std::vector<Channel*> receivers, closing;
    receivers.swap(scratch_);
    receivers.clear();
    for (auto* member : found->second.members)
        if (member->reads() && (member != sender || member->options().self)) receivers.push_back(member);
    const auto speaks_v2 = [](Channel* member) { return member->socket().version() == Version::v2; };
    if (message.not_an_object && std::any_of(receivers.begin(), receivers.end(), speaks_v2)) return false;
    for (auto* member : receivers) {
        const auto frame = message.for_version(member->socket().version());
        if (!frame) continue;
        member->deliver(frame);
        ++counters_.broadcasts_out;
        events_.add(now);
        if (events_.exceeded(now)) closing.push_back(member);
    }
    receivers.swap(scratch_);
    for (auto* member : closing) {
        ++counters_.rate_closures;
        member->shut_down("Too many messages per second");
    }
    return true;
}

std::string Tenant::database_send(Json payload, const std::string& event, const std::string& name, bool is_private) {
    const auto id = make_uuid();
    if (payload.is_object() && !payload.contains("id")) payload["id"] = id;
    messages_.push_back({id, name, event, payload, is_private, clock_.wall_ms()});
    const auto now = clock_.now();
    const auto limit = std::size_t{limits().payload_kb} * 1000 + 500;
    if (events_.exceeded(now) || external_size(payload) > limit) return id;
    const auto text = jsonb_text(payload), meta = "{\"id\":\"" + id + "\"}";
    const auto topic = std::string{topic_prefix} + name;
    Broadcast message{Broadcast::Form::user_json, topic, event, text, meta};
    broadcast(is_private, topic, message, nullptr);
    return id;
}

std::string Tenant::database_send_binary(std::string_view bytes, const std::string& event, const std::string& name,
                                         bool is_private) {
    const auto id = make_uuid();
    if (events_.exceeded(clock_.now())) return id;
    const auto meta = "{\"id\":\"" + id + "\"}";
    const auto topic = std::string{topic_prefix} + name;
    Broadcast message{Broadcast::Form::user_raw, topic, event, bytes, meta};
    broadcast(is_private, topic, message, nullptr);
    return id;
}

std::vector<const StoredMessage*> Tenant::stored(const std::string& name, std::int64_t since, std::size_t limit) const {
    constexpr std::int64_t kept = 72LL * 3600 * 1000;
    const auto oldest = std::max(since, clock_.wall_ms() - kept);
    std::vector<const StoredMessage*> found;
    for (auto at = messages_.rbegin(); at != messages_.rend() && found.size() < limit; ++at)
        if (at->is_private && at->topic == name && at->inserted_at >= oldest) found.push_back(&*at);
    std::reverse(found.begin(), found.end());
    return found;
}

void Tenant::publish_change(const std::string& type, const std::string& table, const Json& record,
                            const Json& old_record) {
    const auto ms = clock_.wall_ms();
    const auto whole = static_cast<std::time_t>(ms / 1000);
    std::tm utc{};
    ::gmtime_r(&whole, &utc);
    std::array<char, 32> day{};
    std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    Json data{{"type", type},
              {"schema", "public"},
              {"table", table},
              {"commit_timestamp", fmt::format("{}.{:03}Z", day.data(), ms % 1000)},
              {"columns", tables_.count(table) != 0 ? tables_[table] : Json::array()},
              {"errors", nullptr}};
    if (type != "DELETE") data["record"] = record;
    if (type != "INSERT") data["old_record"] = old_record;
    for (auto* socket : sockets_)
        for (auto& [topic, channel] : socket->channels())
            channel->change(type, table, data, type == "DELETE" ? old_record : record);
}

bool Tenant::database_usable() const {
    return database_up_ && clock_.now() >= database_since_;
}

void Tenant::set_database(bool up) {
    if (up && !database_up_) database_since_ = clock_.now() + settings_.database_warmup;
    database_up_ = up;
}

std::size_t Tenant::users() const {
    return static_cast<std::size_t>(std::count_if(sockets_.begin(), sockets_.end(),
                                                  [](const Socket* socket) { return socket->channel_count() > 0; }));
}

std::string Tenant::make_uuid() {
    std::array<unsigned char, 16> b{};
    RAND_bytes(b.data(), static_cast<int>(b.size()));
    b[6] = static_cast<unsigned char>((b[6] & 0x0f) | 0x40);
    b[8] = static_cast<unsigned char>((b[8] & 0x3f) | 0x80);
    std::string out;
    for (std::size_t i = 0; i < b.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        out += fmt::format("{:02x}", b[i]);
    }
    return out;
}

std::string Tenant::make_ref() {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::array<unsigned char, 16> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    std::string out;
    for (const auto byte : bytes) out += alphabet[byte % alphabet.size()];
    return out;
}

}  // namespace hub
