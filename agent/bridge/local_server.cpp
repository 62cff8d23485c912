#include "agent/bridge/local_server.hpp"

#include <utility>

namespace bridge {

using platform::ServerReply;
using platform::ServerRequest;

namespace {

constexpr int no_such_file = 404;
constexpr int moved = 307;

/// The page's answer, if it is the page that is asked.
std::optional<ServerReply> ask_page(const LocalPort& port, const Asked& asked, const Pass& pass) {
    if (port.page == nullptr) return std::nullopt;
    if (!pass.device) return port.page->answer(asked, port.rules.devices);
    return port.page->answer(asked, {port.rules.devices[*pass.device]});
}

}  // namespace

platform::ServerHandler serve_port(const LocalPort& port) {
    return [&port](ServerRequest request) -> awaitable<ServerReply> {
        Visit visit{.path = request.path,
                    .host = request.host,
                    .authorization = request.authorization,
                    .origin = request.origin,
                    .upgrade = request.upgrade};
        auto judged = judge(visit, port.rules);
        if (const auto* denial = std::get_if<Denial>(&judged)) {
            co_return ServerReply{denial->status, "text/html", denial->sentence, {}};
        }
        auto& pass = std::get<Pass>(judged);
        // The page names its files relative to its address.
        const bool unended =
            port.page != nullptr && !request.upgrade && !pass.prefix.empty() && request.path == pass.prefix;
        if (unended) co_return ServerReply{moved, "text/plain", {}, {{"Location", pass.prefix + "/"}}};
        Asked asked{.method = std::move(request.method),
                    .path = std::move(pass.path),
                    .query = std::move(request.query),
                    .reached = {std::move(request.host), std::move(pass.prefix)},
                    .upgrade = request.upgrade};
        if (auto page = ask_page(port, asked, pass)) co_return std::move(*page);
        if (!pass.device) co_return ServerReply{no_such_file, "text/html", "The page has no such file.", {}};
        auto reply = co_await port.browsers[*pass.device]->answer(std::move(asked));
        co_return reply;
    };
}

}  // namespace bridge
