#include "tests/hub/functions.hpp"

namespace hub {

HttpReply Functions::handle(const HttpRequest& request) {
    if (request.path != "/functions/v1/device-token") return json_reply(404, {{"error", "no such function"}});
    if (request.method != "POST") return json_reply(405, {{"error", "POST only"}});
    const auto verdict = tenant_.judge(bearer_of(request));
    if (verdict.fault != TokenFault::none)
        return json_reply(401, {{"error", "invalid_token"}, {"error_description", system_text(verdict)}});
    const auto body = Json::parse(request.body, nullptr, false);
    const auto uuid = body.is_object() && body.contains("device_uuid") && body["device_uuid"].is_string()
                          ? body["device_uuid"].get<std::string>()
                          : "";
    if (uuid.empty())
        return json_reply(400, {{"error", "invalid_request"}, {"error_description", "device_uuid is missing"}});
    if (!tenant_.rights(verdict.claims, "device:" + uuid).write)
        return json_reply(403, {{"error", "access_denied"}, {"error_description", "the device is not yours"}});
    const auto life = tenant_.settings().device_token_life.count();
    const auto token = tenant_.sign(device_claims(uuid, static_cast<std::int64_t>(tenant_.clock().wall()), life));
    return json_reply(200,
                      {{"access_token", token}, {"token_type", "bearer"}, {"expires_in", life}, {"device_uuid", uuid}});
}

}  // namespace hub
