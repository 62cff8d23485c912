#include "agent/bridge/local_server.hpp"

#include <utility>

namespace bridge {

using platform::ServerReply;
using platform::ServerRequest;

platform::ServerHandler serve_browsers(std::vector<DevToolsEndpoint*> browsers, AccessRules rules) {
    return [browsers = std::move(browsers), rules = std::move(rules)](ServerRequest request) -> awaitable<ServerReply> {
        Visit visit{.path = request.path,
                    .host = request.host,
                    .authorization = request.authorization,
                    .origin = request.origin,
                    .upgrade = request.upgrade};
        auto judged = judge(visit, rules);
        if (const auto* denial = std::get_if<Denial>(&judged)) {
            co_return ServerReply{denial->status, "text/html", denial->sentence, {}};
        }
        auto& pass = std::get<Pass>(judged);
        Asked asked{.method = std::move(request.method),
                    .path = std::move(pass.path),
                    .query = std::move(request.query),
                    .reached = {std::move(request.host), std::move(pass.prefix)},
                    .upgrade = request.upgrade};
        auto reply = co_await browsers[pass.device]->answer(std::move(asked));
        co_return reply;
    };
}

}  // namespace bridge
