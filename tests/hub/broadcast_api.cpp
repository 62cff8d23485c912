#include "tests/hub/broadcast_api.hpp"

#include <fmt/core.h>

#include "tests/hub/external_size.hpp"
#include "tests/hub/socket.hpp"

namespace hub {

namespace {

HttpReply message_reply(unsigned status, const std::string& text) {
    return reply_with(status, "{\"message\":" + json_string(text) + "}");
}

/// What is wrong with one message of a batch; empty: nothing.
std::string faults_of(const Json& message, std::size_t size_limit) {
    std::string out;
    const auto add = [&](std::string_view field, std::string_view text) {
        out += fmt::format("{}\"{}\":[\"{}\"]", out.empty() ? "" : ",", field, text);
    };
    const auto blank = [&](const char* key) { return !message.contains(key) || message[key].is_null(); };
    if (blank("payload"))
        add("payload", "can't be blank");
    else if (!message["payload"].is_object())
        add("payload", "is invalid");
    else if (external_size(message["payload"]) > size_limit)
        add("payload", "Payload size exceeds tenant limit");
    for (const auto* key : {"event", "topic"}) {
        if (blank(key) || message[key] == "")
            add(key, "can't be blank");
        else if (!message[key].is_string())
            add(key, "is invalid");
    }
    return out;
}

}  // namespace

std::optional<Json> BroadcastApi::authenticate(const HttpRequest& request) {
    auto token = request.header("authorization");
    const auto space = token.find(' ');
    token = space == std::string::npos ? request.header("apikey") : token.substr(space + 1);
    auto verdict = tenant_.judge(token);
    if (verdict.fault != TokenFault::none) return std::nullopt;
    return std::move(verdict.claims);
}

void BroadcastApi::add_rate_headers(HttpReply& reply) {
    const auto limit = tenant_.limits().events_per_second;
    const auto rolling = static_cast<std::uint32_t>(tenant_.requests().average(tenant_.clock().now()));
    reply.headers.emplace_back("x-rate-limit", std::to_string(limit));
    reply.headers.emplace_back("x-rate-limit-remaining", std::to_string(limit > rolling ? limit - rolling : 0));
    reply.headers.emplace_back("x-rate-rolling", std::to_string(rolling));
}

HttpReply BroadcastApi::handle(const HttpRequest& request) {
    const auto path = request.segments();
    if (path.size() == 2 && path[1] == "ping" && request.method == "GET") {
        auto reply = reply_with(200, R"({"message":"Success"})");
        add_rate_headers(reply);
        return reply;
    }
    if (path.size() == 4 && path[1] == "tenants") return tenant_action(request, path);
    const bool single_event = path.size() == 5 && path[1] == "broadcast" && path[3] == "events";
    const bool in_batch = path.size() == 2 && path[1] == "broadcast";
    if (request.method != "POST" || (!single_event && !in_batch)) {
        auto reply = reply_with(404, "Not Found");
        reply.content_type = "text/html; charset=utf-8";
        return reply;
    }
    ++tenant_.counters().http_broadcasts;
    tenant_.requests().add(tenant_.clock().now());
    if (const int status = tenant_.limits().page_for_posts; status != 0) {
        auto reply = reply_with(status, "<!DOCTYPE html><html><title>A gateway</title></html>");
        reply.content_type = "text/html; charset=utf-8";
        return reply;
    }
    if (request.header("content-type").find("json") != std::string::npos && !Json::accept(request.body)) {
        auto reply = reply_with(400, "Bad Request");
        reply.content_type = "text/html; charset=utf-8";
        return reply;
    }
    HttpReply reply;
    const auto claims = authenticate(request);
    if (tenant_.limits().suspended)
        reply = message_reply(403, "Tenant is suspended");
    else if (!claims)
        reply = message_reply(401, "Unauthorized");
    else if (tenant_.events().exceeded(tenant_.clock().now()))
        reply = message_reply(429, "You have exceeded your rate limit");
    else
        reply = in_batch ? batch(request, *claims) : single(request, path, *claims);
    add_rate_headers(reply);
    return reply;
}

void BroadcastApi::publish(const Json& message) {
    Json outer{{"event", message["event"]}, {"payload", message["payload"]}, {"type", "broadcast"}};
    if (message.contains("id") && message["id"].is_string()) outer["meta"] = {{"id", message["id"]}};
    const auto topic = std::string{topic_prefix} + message["topic"].get<std::string>();
    const auto text = dump(outer);
    tenant_.events().add(tenant_.clock().now());
    Broadcast broadcast{Broadcast::Form::text, topic, "broadcast", text};
    tenant_.broadcast(message.value("private", Json(false)) == true, topic, broadcast, nullptr);
}

HttpReply BroadcastApi::batch(const HttpRequest& request, const Json& claims) {
    const auto body = Json::parse(request.body, nullptr, false);
    const auto messages = body.is_object() ? body.value("messages", Json()) : Json();
    if (!messages.is_array() || messages.empty())
        return reply_with(422, R"({"errors":{"messages":["can't be blank"]}})");
    const auto limit = std::size_t{tenant_.limits().payload_kb} * 1000 + 500;
    std::string errors;
    bool faulty = false;
    for (const auto& message : messages) {
        const auto faults = faults_of(message, limit);
        faulty = faulty || !faults.empty();
        errors += (errors.empty() ? "{" : ",{") + faults + "}";
    }
    if (faulty) return reply_with(422, "{\"errors\":{\"messages\":[" + errors + "]}}");
    for (const auto& message : messages) {
        const bool is_private = message.value("private", Json(false)) == true;
        const auto topic = message["topic"].get<std::string>();
        // Without permission it is dropped, and the answer is the same.
        if (!is_private || (tenant_.database_usable() && tenant_.rights(claims, topic).write)) publish(message);
    }
    return reply_with(202, "");
}

HttpReply BroadcastApi::single(const HttpRequest& request, const std::vector<std::string>& path, const Json& claims) {
    const auto asked = request.query.find("private");
    const bool is_private = asked != request.query.end() && asked->second == "true";
    const auto& name = path[2];
    const auto type = request.header("content-type");
    const bool json = type.find("json") != std::string::npos, octets = type.find("octet-stream") != std::string::npos;
    if (!json && !octets && !type.empty()) return reply_with(415, R"({"error":"Unsupported Media Type"})");
    Json body = Json::object();
    if (json) body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) body = Json{{"_json", body}};
    if (is_private && !tenant_.database_usable()) return message_reply(422, "Tenant database unavailable");
    if (is_private && !tenant_.rights(claims, name).write) return message_reply(403, "Unauthorized");
    const auto text = octets ? request.body : dump(body);
    const auto size = octets ? request.body.size() : external_size(body);
    if (size > std::size_t{tenant_.limits().payload_kb} * 1000 + 500)
        return reply_with(422, R"({"errors":{"payload":["Payload size exceeds tenant limit"]}})");
    const auto topic = std::string{topic_prefix} + name;
    tenant_.events().add(tenant_.clock().now());
    Broadcast broadcast{octets ? Broadcast::Form::user_raw : Broadcast::Form::user_json, topic, path[4], text};
    tenant_.broadcast(is_private, topic, broadcast, nullptr);
    return reply_with(202, "");
}

HttpReply BroadcastApi::tenant_action(const HttpRequest& request, const std::vector<std::string>& path) {
    const auto claims = authenticate(request);
    if (!claims || claims->value("role", Json()) != "service_role") return message_reply(403, "Unauthorized");
    if (path[3] != "reload" || request.method != "POST") return message_reply(404, "Not found");
    for (auto* socket : tenant_.sockets()) socket->request_disconnect();
    return reply_with(204, "");
}

}  // namespace hub
