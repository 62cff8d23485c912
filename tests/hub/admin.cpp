#include "tests/hub/admin.hpp"

#include <fmt/core.h>

#include <stdexcept>

#include "platform/core/base64.hpp"
#include "tests/hub/connection.hpp"
#include "tests/hub/oauth.hpp"

namespace hub {

namespace {

/// With an end of line, for people with curl.
HttpReply line_reply(unsigned status, const Json& body) {
    return reply_with(status, dump(body) + "\n");
}

Json counters_json(const Counters& c) {
    return {{"sockets_opened", c.sockets_opened},
            {"upgrades_refused", c.upgrades_refused},
            {"joins", c.joins},
            {"joins_refused", c.joins_refused},
            {"broadcasts_in", c.broadcasts_in},
            {"broadcasts_out", c.broadcasts_out},
            {"bytes_in", c.bytes_in},
            {"bytes_out", c.bytes_out},
            {"malformed", c.malformed},
            {"heartbeats", c.heartbeats},
            {"rate_closures", c.rate_closures},
            {"too_large", c.too_large},
            {"access_tokens", c.access_tokens},
            {"http_broadcasts", c.http_broadcasts},
            {"rest_requests", c.rest_requests}};
}

Json limits_json(const Limits& l) {
    return {{"events_per_second", l.events_per_second},
            {"joins_per_second", l.joins_per_second},
            {"channels_per_socket", l.channels_per_socket},
            {"concurrent_users", l.concurrent_users},
            {"payload_kb", l.payload_kb},
            {"presence_calls", l.presence_calls},
            {"message_bytes", l.message_bytes},
            {"private_only", l.private_only},
            {"suspended", l.suspended},
            {"no_sockets", l.no_sockets},
            {"page_for_posts", l.page_for_posts},
            {"later_server", l.later_server},
            {"strict_join_ref", l.strict_join_ref}};
}

template <class T>
void take(const Json& body, const char* key, T& into) {
    if (body.contains(key)) into = body[key].get<T>();
}

}  // namespace

HttpReply Admin::handle(const HttpRequest& request) {
    const auto path = request.segments();
    const auto what = path.size() > 1 ? path[1] : "";
    if (request.method == "GET") return get(what);
    const auto body = request.body.empty() ? Json::object() : Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return line_reply(400, {{"error", "the body must be a JSON object"}});
    try {
        return post(what, body);
    } catch (const std::exception& error) {  // a wrong type or a missing key in what a test sent
        return line_reply(400, {{"error", error.what()}});
    }
}

HttpReply Admin::get(const std::string& what) {
    auto& tenant = world_.tenant;
    if (what == "counters") return line_reply(200, counters_json(tenant.counters()));
    if (what == "limits") return line_reply(200, limits_json(tenant.limits()));
    if (what == "oauth") return line_reply(200, oauth(Json::object()));
    if (what != "sockets") return line_reply(404, {{"error", "GET /admin/ knows counters, limits, sockets, oauth"}});
    Json list = Json::array();
    for (auto* socket : tenant.sockets()) {
        Json channels = Json::array();
        for (const auto& [topic, channel] : socket->channels())
            channels.push_back({{"topic", topic}, {"private", channel->options().is_private}});
        list.push_back({{"vsn", socket->version() == Version::v2 ? "2.0.0" : "1.0.0"}, {"channels", channels}});
    }
    return line_reply(200, list);
}

HttpReply Admin::post(const std::string& what, const Json& body) {
    if (what == "mint") return line_reply(200, mint(body));
    if (what == "broadcast") return line_reply(200, broadcast(body));
    if (what == "database") return line_reply(200, database(body));
    if (what == "change") return line_reply(200, change(body));
    if (what == "limits") return line_reply(200, set_limits(body));
    if (what == "sockets") return line_reply(200, sockets(body));
    if (what == "device") return line_reply(200, device(body));
    if (what == "settings") return line_reply(200, settings(body));
    if (what == "oauth") return line_reply(200, oauth(body));
    if (what == "middle") return line_reply(200, world_.tenant.middleman.handle(body));
    if (what == "clock") {
        world_.clock.advance(
            std::chrono::duration_cast<Duration>(milliseconds{body.at("advance_ms").get<std::int64_t>()}));
        return line_reply(200, {{"now", world_.clock.wall()}});
    }
    return line_reply(
        404,
        {{"error",
          "POST /admin/ knows mint, broadcast, database, change, limits, sockets, device, settings, oauth, middle, "
          "clock"}});
}

Json Admin::mint(const Json& body) {
    auto& tenant = world_.tenant;
    const auto now = static_cast<std::int64_t>(world_.clock.wall());
    const auto life = body.value("ttl", std::int64_t{3600});
    Json claims = anon_claims(now);
    if (body.contains("device")) claims = device_claims(body["device"].get<std::string>(), now, life);
    if (body.contains("user")) claims = user_claims(body["user"].get<std::string>(), now, life);
    if (body.value("service", false)) claims = service_claims(now);
    if (body.contains("claims")) claims.merge_patch(body["claims"]);
    return {{"token", tenant.sign(claims)}, {"claims", claims}};
}

Json Admin::broadcast(const Json& body) {
    const auto topic = "realtime:" + body.at("topic").get<std::string>();
    const auto event = body.at("event").get<std::string>();
    auto payload = body.contains("raw") ? body["raw"].get<std::string>() : dump(body.value("payload", Json::object()));
    const bool is_private = body.value("private", true);
    if (body.contains("bytes")) {
        const auto bytes = platform::from_base64(body["bytes"].get<std::string>());
        if (!bytes) throw std::invalid_argument("bytes are base64");
        payload.append(1, '\0').append(*bytes);
        Broadcast message{Broadcast::Form::user_raw, topic, event, payload};
        world_.tenant.broadcast(is_private, topic, message, nullptr);
    } else if (body.value("binary", false)) {
        Broadcast message{Broadcast::Form::user_json, topic, event, payload};
        world_.tenant.broadcast(is_private, topic, message, nullptr);
    } else {
        const auto outer = "{\"event\":" + json_string(event) + ",\"payload\":" + payload + ",\"type\":\"broadcast\"}";
        Broadcast message{Broadcast::Form::text, topic, "broadcast", outer};
        world_.tenant.broadcast(is_private, topic, message, nullptr);
    }
    return Json::object();
}

Json Admin::database(const Json& body) {
    if (body.contains("up")) {
        world_.tenant.set_database(body["up"].get<bool>());
        return {{"up", body["up"]}};
    }
    const auto id =
        world_.tenant.database_send(body.value("payload", Json::object()), body.at("event").get<std::string>(),
                                    body.at("topic").get<std::string>(), body.value("private", true));
    return {{"id", id}};
}

Json Admin::change(const Json& body) {
    world_.tenant.publish_change(body.at("type").get<std::string>(), body.at("table").get<std::string>(),
                                 body.value("record", Json::object()), body.value("old_record", Json::object()));
    return Json::object();
}

Json Admin::set_limits(const Json& body) {
    auto limits = world_.tenant.limits();
    take(body, "events_per_second", limits.events_per_second);
    take(body, "joins_per_second", limits.joins_per_second);
    take(body, "channels_per_socket", limits.channels_per_socket);
    take(body, "concurrent_users", limits.concurrent_users);
    take(body, "payload_kb", limits.payload_kb);
    take(body, "presence_calls", limits.presence_calls);
    take(body, "message_bytes", limits.message_bytes);
    take(body, "private_only", limits.private_only);
    take(body, "suspended", limits.suspended);
    take(body, "no_sockets", limits.no_sockets);
    take(body, "page_for_posts", limits.page_for_posts);
    take(body, "later_server", limits.later_server);
    take(body, "strict_join_ref", limits.strict_join_ref);
    take(body, "queue_bytes", limits.queue_bytes);
    world_.tenant.set_limits(limits);
    return limits_json(limits);
}

/// {"action": "drop" | "silence" | "close" | "reload" | "expire" | "crash", "code"?, "topic"?}
Json Admin::sockets(const Json& body) {
    const auto action = body.at("action").get<std::string>();
    const auto topic = body.value("topic", std::string{});
    const auto connections = world_.connections;
    int count = 0;
    for (auto* connection : connections) {
        auto* socket = connection->socket();
        if (socket == nullptr || (!topic.empty() && socket->channels().count("realtime:" + topic) == 0)) continue;
        ++count;
        if (action == "drop") connection->drop();
        if (action == "silence") connection->silence();
        if (action == "close") connection->close(body.value("code", std::uint16_t{1012}));
        if (action == "reload") socket->request_disconnect();
        if (action != "expire" && action != "crash") continue;
        std::vector<Channel*> channels;
        for (auto& [name, channel] : socket->channels())
            if (topic.empty() || name == "realtime:" + topic) channels.push_back(channel.get());
        for (auto* channel : channels) {
            if (action == "expire") channel->shut_down(body.value("message", "Token has expired 0 seconds ago"));
            if (action == "crash") socket->end_channel(*channel, "phx_error", R"({"reason":"channel_crash"})");
        }
    }
    return {{"sockets", count}};
}

/// {"global": {…}} or {"device": UUID, "settings": {…}}: stored, and the channels hear that something changed.
Json Admin::settings(const Json& body) {
    auto& tenant = world_.tenant;
    if (body.contains("global")) {
        tenant.global_settings = body["global"];
        tenant.database_send({{"table", "settings_global"}, {"operation", "UPDATE"}}, "UPDATE", "settings:global",
                             true);
    }
    if (body.contains("device")) {
        const auto uuid = body["device"].get<std::string>();
        tenant.device_settings[uuid] = body.at("settings");
        const Json change{{"table", "settings_device"}, {"operation", "UPDATE"}, {"record", {{"device_uuid", uuid}}}};
        for (const auto& topic : {std::string{"settings_device:all"}, "device:" + uuid})
            tenant.database_send(change, "UPDATE", topic, true);
    }
    return Json::object();
}

/// Faults of OAuthFaults by their names, {"revoke_all": true}, {"access_token_life": s}, {"device_grant": bool},
/// {"forget_clients": true}, {"answers": [{"path", "status", "body", "content_type", "retry_after"}]}.
Json Admin::oauth(const Json& body) {
    auto& oauth = *world_.oauth;
    auto& faults = oauth.faults();
    auto& settings = world_.tenant.settings();
    take(body, "response_iss", faults.response_iss);
    take(body, "response_state", faults.response_state);
    take(body, "metadata_issuer", faults.metadata_issuer);
    take(body, "redirect_to", faults.redirect_to);
    take(body, "refresh_error", faults.refresh_error);
    take(body, "revoke_status", faults.revoke_status);
    take(body, "endless_body", faults.endless_body);
    take(body, "cut_refresh_reply", faults.cut_refresh_reply);
    take(body, "device_grant", settings.device_grant);
    if (body.contains("poll_interval")) faults.poll_interval = seconds{body["poll_interval"].get<std::int64_t>()};
    for (const auto& answer : body.value("answers", Json::array())) {
        faults.answers.push_back({answer.at("path").get<std::string>(), answer.value("status", 502U),
                                  answer.value("body", ""), answer.value("content_type", ""),
                                  answer.value("retry_after", "")});
    }
    if (body.value("forget_clients", false)) oauth.forget_clients();
    if (body.contains("token_delay_ms")) faults.token_delay = milliseconds{body["token_delay_ms"].get<std::int64_t>()};
    if (body.contains("access_token_life"))
        settings.access_token_life = seconds{body["access_token_life"].get<std::int64_t>()};
    if (body.contains("reuse_window")) settings.reuse_window = seconds{body["reuse_window"].get<std::int64_t>()};
    if (body.value("revoke_all", false)) oauth.revoke_all();
    if (body.contains("grant")) return Json::parse(oauth.grant(body["grant"].get<std::string>(), "somebody").body);
    const auto& c = oauth.counters();
    return {{"issuer", oauth.issuer()},
            {"registrations", c.registrations},
            {"codes", c.codes},
            {"refreshes", c.refreshes},
            {"reuses", c.reuses},
            {"families_revoked", c.families_revoked},
            {"revocations", c.revocations},
            {"device_polls", c.device_polls},
            {"denied", c.denied}};
}

Json Admin::device(const Json& body) {
    const auto uuid = body.at("uuid").get<std::string>();
    auto& device = world_.tenant.devices()[uuid];
    device.row["uuid"] = uuid;
    if (body.contains("row")) device.row.merge_patch(body["row"]);
    if (body.contains("owner")) device.owner = body["owner"].get<std::string>();
    return device.row;
}

}  // namespace hub
