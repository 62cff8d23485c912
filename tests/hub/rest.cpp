#include "tests/hub/rest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace hub {

namespace {

constexpr std::size_t name_limit = 200;

HttpReply fault(unsigned status, const std::string& code, const std::string& message, const Json& details = nullptr) {
    return json_reply(status, {{"code", code}, {"details", details}, {"hint", nullptr}, {"message", message}});
}

bool is_uuid(const std::string& text) {
    constexpr std::size_t length = 36;
    if (text.size() != length) return false;
    for (std::size_t i = 0; i < length; ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
    }
    return true;
}

bool prefers(const HttpRequest& request, std::string_view what) {
    return request.header("prefer").find(what) != std::string::npos;
}

/// Rows in the answer, or nothing, as the caller prefers.
HttpReply rows_reply(const HttpRequest& request, unsigned status, const Json& rows) {
    if (request.method != "GET" && !prefers(request, "return=representation")) {
        constexpr unsigned ok = 200, no_content = 204;
        HttpReply reply;
        reply.status = status == ok ? no_content : status;
        return reply;
    }
    constexpr std::string_view single = "application/vnd.pgrst.object+json";
    if (request.header("accept").find(single) == std::string::npos) return json_reply(status, rows);
    if (rows.size() == 1) return json_reply(status, rows[0]);
    return fault(406, "PGRST116", "JSON object requested, multiple (or no) rows returned",
                 fmt::format("Results contain {} rows, {} requires 1 row", rows.size(), single));
}

}  // namespace

std::string Rest::timestamp() const {
    const auto at = static_cast<std::time_t>(tenant_.clock().wall());
    std::tm utc{};
    ::gmtime_r(&at, &utc);
    std::array<char, 40> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S+00:00", &utc);
    return text.data();
}

HttpReply Rest::handle(const HttpRequest& request) {
    ++tenant_.counters().rest_requests;
    const auto bearer = bearer_of(request);
    const auto token = bearer.empty() ? request.header("apikey") : bearer;
    if (token.empty())
        return json_reply(401, {{"message", "No API key found in request"},
                                {"hint", "No `apikey` request header or url param was found."}});
    const auto verdict = tenant_.judge(token);
    if (verdict.fault == TokenFault::expired) return fault(401, "PGRST301", "JWT expired");
    if (verdict.fault != TokenFault::none) return fault(401, "PGRST301", "JWSError JWSInvalidSignature");
    const Caller caller{verdict.claims.value("role", ""), verdict.claims.value("sub", ""),
                        verdict.claims.value("device_uuid", "")};
    const auto path = request.segments();
    if (path.size() == 3 && path[2] == "devices") return devices(request, caller);
    if (path.size() == 4 && path[2] == "rpc" && path[3] == "effective_settings_for_device")
        return effective_settings(request, caller);
    const auto what = path.size() > 2 ? path[2] : "";
    return fault(404, "PGRST205", fmt::format("Could not find the table 'public.{}' in the schema cache", what));
}

bool Rest::may_use(const Caller& caller, const std::string& uuid) const {
    if (caller.role == "service_role") return true;
    if (caller.role != "authenticated") return false;
    if (!caller.device.empty()) return caller.device == uuid;
    const auto found = tenant_.devices().find(uuid);
    return found != tenant_.devices().end() && !caller.sub.empty() && found->second.owner == caller.sub;
}

std::vector<std::string> Rest::matching(const HttpRequest& request, const Caller& caller) const {
    std::vector<std::string> uuids;
    for (const auto& [uuid, device] : tenant_.devices()) {
        bool matches = !device.row.is_null() && may_use(caller, uuid);
        for (const auto& [key, value] : request.query) {
            constexpr std::string_view equals = "eq.";
            if (value.compare(0, equals.size(), equals) != 0) continue;
            const auto cell = device.row.value(key, Json());
            matches = matches && cell == value.substr(equals.size());
        }
        if (matches) uuids.push_back(uuid);
    }
    return uuids;
}

std::string Rest::name_taken(const std::string& name, const std::string& by_other_than) const {
    for (const auto& [uuid, device] : tenant_.devices())
        if (uuid != by_other_than && device.row.is_object() && device.row.value("name", "") == name) return uuid;
    return {};
}

HttpReply Rest::devices(const HttpRequest& request, const Caller& caller) {
    if (request.method == "GET") {
        Json rows = Json::array();
        for (const auto& uuid : matching(request, caller)) rows.push_back(tenant_.devices()[uuid].row);
        return rows_reply(request, 200, rows);
    }
    if (caller.role != "authenticated" && caller.role != "service_role")
        return fault(401, "42501", "permission denied for table devices");
    if (request.method == "POST") return insert(request, caller);
    if (request.method == "PATCH") return update(request, caller);
    if (request.method == "DELETE") return remove(request, caller);
    return fault(405, "PGRST117", "Unsupported HTTP method: " + request.method);
}

HttpReply Rest::insert(const HttpRequest& request, const Caller& caller) {
    auto body = Json::parse(request.body, nullptr, false);
    if (body.is_object()) body = Json::array({body});
    if (!body.is_array()) return fault(400, "PGRST102", "Empty or invalid json");
    const bool merge = prefers(request, "resolution=merge-duplicates");
    Json rows = Json::array();
    for (const auto& row : body) {
        Json stored;
        auto reply = insert_one(row, caller, merge, stored);
        constexpr unsigned created = 201;
        if (reply.status != created) return reply;
        rows.push_back(stored);
    }
    return rows_reply(request, 201, rows);
}

HttpReply Rest::insert_one(const Json& row, const Caller& caller, bool merge, Json& stored) {
    const auto text = [&](const char* key) {
        return row.is_object() && row.contains(key) && row[key].is_string() ? row[key].get<std::string>() : "";
    };
    const auto uuid = text("uuid"), name = text("name");
    if (!is_uuid(uuid)) return fault(400, "22P02", fmt::format("invalid input syntax for type uuid: \"{}\"", uuid));
    auto& all = tenant_.devices();
    const auto found = all.find(uuid);
    const bool there = found != all.end() && found->second.row.is_object();
    if (there && !merge)
        return fault(409, "23505", "duplicate key value violates unique constraint \"devices_pkey\"",
                     fmt::format("Key (uuid)=({}) already exists.", uuid));
    if ((there && !may_use(caller, uuid)) || (!caller.device.empty() && caller.device != uuid))
        return fault(403, "42501", "new row violates row-level security policy for table \"devices\"");
    if ((!there && name.empty()) || name.size() > name_limit)
        return fault(400, "23514", "new row for relation \"devices\" violates check constraint \"devices_name_check\"");
    if (!name.empty() && !name_taken(name, uuid).empty())
        return fault(409, "23505", "duplicate key value violates unique constraint \"devices_name_key\"",
                     fmt::format("Key (name)=({}) already exists.", name));
    auto& device = all[uuid];
    const auto before = device.row;
    if (!there) device.row = {{"created_at", timestamp()}};
    device.row.merge_patch(row);
    device.row["updated_at"] = timestamp();
    if (!there && device.owner.empty() && caller.device.empty()) device.owner = caller.sub;
    device.row["owner"] = device.owner.empty() ? Json() : Json(device.owner);
    stored = device.row;
    announce(there ? "UPDATE" : "INSERT", stored, there ? before : Json());
    return json_reply(201, Json());
}

HttpReply Rest::update(const HttpRequest& request, const Caller& caller) {
    const auto changes = Json::parse(request.body, nullptr, false);
    if (!changes.is_object()) return fault(400, "PGRST102", "Empty or invalid json");
    const auto uuids = matching(request, caller);
    if (changes.contains("name")) {
        const auto name = changes["name"].is_string() ? changes["name"].get<std::string>() : "";
        if (name.empty() || name.size() > name_limit)
            return fault(400, "23514",
                         "new row for relation \"devices\" violates check constraint \"devices_name_check\"");
        for (const auto& uuid : uuids)
            if (!name_taken(name, uuid).empty())
                return fault(409, "23505", "duplicate key value violates unique constraint \"devices_name_key\"",
                             fmt::format("Key (name)=({}) already exists.", name));
    }
    Json rows = Json::array();
    for (const auto& uuid : uuids) {
        auto& row = tenant_.devices()[uuid].row;
        const auto before = row;
        row.merge_patch(changes);
        row["uuid"] = uuid;
        row["updated_at"] = timestamp();
        rows.push_back(row);
        announce("UPDATE", row, before);
    }
    return rows_reply(request, 200, rows);
}

HttpReply Rest::remove(const HttpRequest& request, const Caller& caller) {
    Json rows = Json::array();
    for (const auto& uuid : matching(request, caller)) {
        const auto row = tenant_.devices()[uuid].row;
        tenant_.devices().erase(uuid);
        tenant_.device_settings.erase(uuid);
        rows.push_back(row);
        announce("DELETE", Json(), row);
    }
    return rows_reply(request, 200, rows);
}

/// What the backend's triggers send: the row envelope, to the fleet's channel and to the device's own.
void Rest::announce(const std::string& operation, const Json& record, const Json& old_record) {
    const Json envelope{{"operation", operation},
                        {"schema", "public"},
                        {"table", "devices"},
                        {"record", record},
                        {"old_record", old_record}};
    const auto& row = record.is_null() ? old_record : record;
    tenant_.database_send(envelope, operation, "devices:all", true);
    if (operation == "UPDATE")
        tenant_.database_send(envelope, operation, "device:" + row["uuid"].get<std::string>(), true);
    tenant_.publish_change(operation, "devices", record, old_record);
}

HttpReply Rest::effective_settings(const HttpRequest& request, const Caller& caller) {
    const auto body = Json::parse(request.body, nullptr, false);
    std::string uuid = caller.device;
    if (body.is_object() && body.contains("p_device_uuid") && body["p_device_uuid"].is_string())
        uuid = body["p_device_uuid"].get<std::string>();
    const auto asked = request.query.find("p_device_uuid");
    if (asked != request.query.end()) uuid = asked->second;
    if (!is_uuid(uuid))
        return fault(
            404, "PGRST202",
            "Could not find the function public.effective_settings_for_device without parameters in the schema cache");
    if (!may_use(caller, uuid)) return json_reply(200, Json());
    Json settings = tenant_.global_settings;
    const auto own = tenant_.device_settings.find(uuid);
    if (own != tenant_.device_settings.end()) settings.merge_patch(own->second);
    return json_reply(200, settings);
}

}  // namespace hub
