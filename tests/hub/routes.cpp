#include "tests/hub/routes.hpp"

#include "tests/hub/admin.hpp"
#include "tests/hub/broadcast_api.hpp"
#include "tests/hub/functions.hpp"
#include "tests/hub/hub.hpp"
#include "tests/hub/oauth.hpp"
#include "tests/hub/rest.hpp"

namespace hub {

Routes::Routes(World& world) : world_(world) {}
Routes::~Routes() = default;

namespace {

HttpReply not_found() {
    HttpReply reply;
    reply.status = 404;
    reply.body = "Not Found";
    reply.content_type = "text/html; charset=utf-8";
    return reply;
}

}  // namespace

HttpReply Routes::handle(const HttpRequest& request) {
    constexpr std::string_view gateway = "/realtime/v1/api/", direct = "/api/";
    const auto starts = [&](std::string_view prefix) { return request.path.compare(0, prefix.size(), prefix) == 0; };
    if (starts(gateway) || starts(direct)) {
        auto inner = request;
        if (starts(gateway)) inner.path.erase(0, std::string_view{"/realtime/v1"}.size());
        return BroadcastApi{world_.tenant}.handle(inner);
    }
    if (starts("/rest/v1/")) return Rest{world_.tenant}.handle(request);
    if (starts("/functions/v1/")) return Functions{world_.tenant}.handle(request);
    if (OAuth::owns(request.path)) return world_.oauth->handle(request);
    if (starts("/admin/") && !request.local) return not_found();  // whoever may move clocks sits on this machine
    if (starts("/admin/")) return Admin{world_}.handle(request);
    return not_found();
}

}  // namespace hub
