#include "tests/hub/channel.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "tests/hub/external_size.hpp"
#include "tests/hub/socket.hpp"

namespace hub {

namespace {

/// Booleans may be strings; anything else is replaced by the default.
bool flag(const Json& object, const char* key) {
    if (!object.contains(key)) return false;
    const auto& value = object[key];
    return value == true || value == "true";
}

Json legacy_entry(const std::string& name) {
    Json entry = Json::object();
    std::size_t begin = 0;
    for (const auto* key : {"schema", "table", "filter"}) {
        const auto end = name.find(':', begin);
        entry[key] = name.substr(begin, end == std::string::npos ? end : end - begin);
        if (end == std::string::npos) break;
        begin = end + 1;
    }
    return entry;
}

std::string text_of(const Json& entry, const char* key, const char* otherwise) {
    return entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>() : otherwise;
}

/// The server's id of a subscription: a hash below 2^27 of the entry (not the same hash).
std::int64_t entry_id(const Json& entry) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : dump(entry)) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return static_cast<std::int64_t>(hash % (1U << 27U));
}

/// column=eq.value, joined by commas; the operators that tests need.
bool passes(const std::string& filter, const Json& record) {
    if (filter.empty()) return true;
    const auto equals = filter.find('='), dot = filter.find('.', equals);
    if (equals == std::string::npos || dot == std::string::npos) return false;
    const auto column = filter.substr(0, equals), op = filter.substr(equals + 1, dot - equals - 1);
    const auto wanted = filter.substr(dot + 1);
    const auto value = record.value(column, Json());
    const auto text = value.is_string() ? value.get<std::string>() : dump(value);
    if (op == "eq") return text == wanted;
    if (op == "neq") return text != wanted;
    return false;
}

}  // namespace

JoinOptions JoinOptions::parse(const Json& payload, const std::string& name) {
    JoinOptions options;
    const auto config = payload.is_object() ? payload.value("config", Json()) : Json();
    if (!config.is_object()) {
        options.postgres_changes.push_back(legacy_entry(name));
        return options;
    }
    options.is_private = flag(config, "private");
    const auto broadcast = config.value("broadcast", Json::object()),
               presence = config.value("presence", Json::object());
    if ((!broadcast.is_object() && !broadcast.is_null()) || (!presence.is_object() && !presence.is_null())) {
        options.fault = "UnknownErrorOnChannel: no function clause matching in Access.get/3";
        return options;
    }
    if (broadcast.is_object()) {
        options.ack = flag(broadcast, "ack");
        options.self = flag(broadcast, "self");
        options.replication_ready = flag(broadcast, "replication_ready");
        if (broadcast.contains("replay")) options.replay = broadcast["replay"];
    }
    if (presence.is_object()) {
        options.presence = flag(presence, "enabled");
        const auto key = presence.value("key", Json(""));
        options.presence_key = key.is_string() ? key.get<std::string>() : key.is_null() ? "" : dump(key);
    }
    const auto changes = config.value("postgres_changes", Json::array());
    for (const auto& entry : changes)
        if (entry.is_object()) options.postgres_changes.push_back(entry);
    return options;
}

Channel::Channel(Socket& socket, std::string topic, JoinOptions options)
    : socket_(socket),
      tenant_(socket.tenant()),
      topic_(std::move(topic)),
      options_(std::move(options)),
      presence_key_(options_.presence_key.empty() ? tenant_.make_uuid() : options_.presence_key) {}

Channel::~Channel() {
    close();
}

void Channel::close() {
    if (std::exchange(closed_, true)) return;
    tenant_.leave(*this);
}

std::string Channel::name() const {
    return topic_.substr(topic_prefix.size());
}

std::string Channel::room_key() const {
    return (options_.is_private ? "private " : "public ") + name();
}

void Channel::set_token(std::string token, Json claims) {
    token_ = std::move(token);
    claims_ = std::move(claims);
    rights_ = options_.is_private ? tenant_.rights(claims_, name()) : Rights{true, true, true};
    write_checked_ = !options_.is_private;
    if (options_.presence && rights_.read) reads_presence_ = true;
    expires_.reset();
    if (claims_.contains("exp")) {
        const auto left = std::chrono::duration<double>(claims_["exp"].get<double>() - tenant_.clock().wall());
        const auto capped = std::min(left, std::chrono::duration<double>{std::chrono::hours{24 * 3650}});
        expires_ = tenant_.clock().now() + std::chrono::duration_cast<Duration>(capped);
    }
    socket_.outlet().deadline_changed();
}

void Channel::check_expiry() {
    if (closed_ || !expires_ || tenant_.clock().now() < *expires_) return;
    const auto verdict = tenant_.judge(token_);
    if (verdict.fault != TokenFault::none) return shut_down(system_text(verdict));
    expires_ = tenant_.clock().now() + std::chrono::milliseconds{20};  // a fraction of a second is left
}

void Channel::deliver(const Bytes& frame) {
    socket_.deliver(frame);
}

void Channel::reply(const Push& push, std::string_view status, std::string_view response) {
    const auto payload = fmt::format(R"({{"status":"{}","response":{}}})", status, response);
    deliver(
        encode(socket_.version(),
               {.join_ref = reply_ref, .ref = push.ref, .topic = topic_, .event = "phx_reply", .payload = payload}));
}

void Channel::system(std::string_view status, std::string_view message, std::string_view extension) {
    const auto payload = fmt::format(R"({{"message":{},"status":"{}","extension":"{}","channel":{}}})",
                                     json_string(message), status, extension, json_string(name()));
    deliver(encode(socket_.version(), {.join_ref = reply_ref, .topic = topic_, .event = "system", .payload = payload}));
}

void Channel::shut_down(std::string_view message) {
    system("error", message);
    socket_.end_channel(*this, "phx_close", "{}");
}

bool Channel::may_write() {
    if (!write_checked_ && !tenant_.database_usable()) return false;  // neither allowed nor denied: nothing is said
    write_checked_ = true;
    return rights_.write;
}

bool Channel::may_broadcast(const Push& push, std::size_t size) {
    const bool later = tenant_.limits().later_server;
    if (!may_write()) {
        if (later && options_.ack && write_checked_) reply(push, "error", R"({"error":"unauthorized"})");
        return false;
    }
    tenant_.events().add(tenant_.clock().now());
    ++tenant_.counters().broadcasts_in;
    if (size <= std::size_t{tenant_.limits().payload_kb} * 1000 + 500) return true;
    ++tenant_.counters().too_large;
    if (options_.ack)
        reply(push, "error", later ? R"({"error":"payload_size_exceeded"})" : R"("payload_size_exceeded")");
    return false;
}

void Channel::on_broadcast(const Push& push) {
    const bool user = push.form == Push::Form::user;
    const auto size = user ? external_size(push.event, push.json_encoding, push.data.size())
                      : push.form == Push::Form::raw_event ? push.data.size()
                                                           : external_size(push.payload);
    if (!may_broadcast(push, size)) return;
    const bool text = push.form == Push::Form::text;
    const auto outer = text ? dump(push.payload) : std::string{};
    const auto form = user ? (push.json_encoding ? Broadcast::Form::user_json : Broadcast::Form::user_raw)
                           : (text ? Broadcast::Form::text : Broadcast::Form::raw_event);
    Broadcast message{form, topic_, user ? std::string_view{push.event} : "broadcast",
                      text ? std::string_view{outer} : push.data};
    message.not_an_object = text && !push.payload.is_object();
    if (!tenant_.broadcast(options_.is_private, topic_, message, this))
        return socket_.end_channel(*this, "phx_error", R"({"reason":"channel_crash"})");
    // A receiver that was closed over the rate may have been this very channel.
    if (options_.ack && !closed_) reply(push, "ok", "{}");
}

void Channel::on_access_token(const Json& payload) {
    if (!payload.is_object() || !payload.contains("access_token")) return;
    const auto& value = payload["access_token"];
    if (!value.is_string()) return;
    const auto& token = value.get_ref<const std::string&>();
    if (token == token_ || token.substr(0, 3) == "sb_") return;
    ++tenant_.counters().access_tokens;
    auto verdict = tenant_.judge(token);
    if (verdict.fault != TokenFault::none) return shut_down(system_text(verdict));
    if (!tenant_.database_usable()) return shut_down(":increase_connection_pool");
    if (options_.is_private && !tenant_.rights(verdict.claims, name()).read)
        return shut_down("You do not have permissions to read from this Channel topic: " + name());
    set_token(token, std::move(verdict.claims));
}

std::string Channel::bind_changes() {
    std::string text = "[";
    for (const auto& entry : options_.postgres_changes) {
        const auto id = entry_id(entry);
        bindings_.push_back({id, entry});
        const auto members = dump(entry);
        if (text.size() > 1) text += ',';
        text += fmt::format("{{\"id\":{}{}{}", id, members.size() > 2 ? "," : "", members.substr(1));
    }
    return text + "]";
}

void Channel::after_join(const std::vector<const StoredMessage*>& replayed) {
    for (const auto* row : replayed) {
        const Json payload{{"event", row->event},
                           {"meta", {{"id", row->id}, {"replayed", true}}},
                           {"payload", row->payload},
                           {"type", "broadcast"}};
        deliver(encode(socket_.version(),
                       {.join_ref = reply_ref, .topic = topic_, .event = "broadcast", .payload = dump(payload)}));
    }
    if (options_.replication_ready) system("ok", "Replication connection established");
    if (options_.presence && reads_presence()) send_presence_state();
    for (const auto& binding : bindings_) {
        const auto schema = text_of(binding.entry, "schema", "public"), table = text_of(binding.entry, "table", "*");
        if (table == "*" || (schema == "public" && tenant_.tables().count(table) != 0)) continue;
        return system(
            "error",
            fmt::format("Unable to subscribe to changes with given parameters. Please check Realtime is enabled "
                        "for the given connect parameters: [event: {}, schema: {}, table: {}, filters: [], "
                        "select: nil]",
                        text_of(binding.entry, "event", "*"), schema, table),
            "postgres_changes");
    }
    if (!bindings_.empty()) system("ok", "Subscribed to PostgreSQL", "postgres_changes");
}

void Channel::change(const std::string& type, const std::string& table, const Json& data, const Json& record) {
    Json ids = Json::array();
    for (const auto& binding : bindings_) {
        const auto event = text_of(binding.entry, "event", "*"), wanted = text_of(binding.entry, "table", "*");
        if ((event != type && (event == "INSERT" || event == "UPDATE" || event == "DELETE")) ||
            (wanted != "*" && wanted != table) || !passes(text_of(binding.entry, "filter", ""), record))
            continue;
        ids.push_back(binding.id);
    }
    if (ids.empty()) return;
    const auto payload = dump(Json{{"data", data}, {"ids", ids}});
    deliver(encode(socket_.version(), {.topic = topic_, .event = "postgres_changes", .payload = payload}));
}

}  // namespace hub
