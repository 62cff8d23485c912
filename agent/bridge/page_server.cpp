#include "agent/bridge/page_server.hpp"

#include <algorithm>
#include <string>

#include "agent/bridge/core/page_headers.hpp"
#include "agent/bridge/page_files.hpp"

namespace bridge {

using platform::ServerReply;

namespace {

constexpr std::string_view devices_path = "/devices.json";

constexpr int page_ok = 200;
constexpr int page_wrong_method = 405;

/// The uuid in "open=UUID"; empty: none is open on the page.
std::string_view open_device(std::string_view query) {
    constexpr std::string_view open = "open=";
    return query.starts_with(open) ? query.substr(open.size()) : std::string_view{};
}

}  // namespace

std::optional<ServerReply> PageServer::answer(const Asked& asked, const std::vector<DeviceKey>& keys) {
    const auto files = page_files();
    const auto is_it = [&asked](const PageFile& file) { return file.path == asked.path; };
    const auto file = std::find_if(files.begin(), files.end(), is_it);
    const bool devices = asked.path == devices_path;
    if (asked.upgrade || (!devices && file == files.end())) return std::nullopt;
    ServerReply reply;
    reply.status = page_ok;
    reply.headers = page_headers(asked.reached.host);
    if (asked.method != "GET" && asked.method != "HEAD") {
        reply.status = page_wrong_method;
        reply.body = "The page is only read: use GET.";
    } else if (devices) {
        reply.content_type = "application/json; charset=utf-8";
        reply.body = fleet_.look(keys, open_device(asked.query));
    } else {
        reply.content_type = file->type;
        reply.body = file->text;
    }
    return reply;
}

}  // namespace bridge
