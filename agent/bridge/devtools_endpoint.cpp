#include "agent/bridge/devtools_endpoint.hpp"

#include <memory>
#include <utility>

#include "agent/bridge/core/call_error.hpp"
#include "agent/bridge/protocol.hpp"
#include "platform/percent.hpp"

namespace bridge {

using platform::ServerReply;

namespace {

constexpr std::string_view browser_folder = "/devtools/browser/";
constexpr std::string_view page_folder = "/devtools/page/";
constexpr std::string_view json_folder = "/json";

constexpr int ok = 200;
constexpr int forbidden = 403;
constexpr int not_found = 404;
constexpr int wrong_method = 405;
constexpr int no_such_page = 500;  // Chrome's own status for it
constexpr int unavailable = 503;
constexpr int gateway_timeout = 504;

ServerReply json_reply(int status, std::string body) {
    return {status, "application/json; charset=UTF-8", std::move(body), {}};
}

ServerReply reply_of(const Answer& failed) {
    const auto error = read_call_error(failed.error);
    return json_reply(status_of(error), error.message);
}

ServerReply strange_answer() {
    return json_reply(status_of({}), "The far browser's answer has another form than Chrome's.");
}

ServerReply no_such_target(int status, const std::string& id) {
    return json_reply(status, "No such target id: " + id);
}

/// The answer to an upgrade that the far browser did not take.
ServerReply reply_of(const LocalClient::Ended& ended, const std::string& page) {
    switch (ended.why) {
        case ClientEnd::no_target:
            return no_such_target(no_such_page, page);
        case ClientEnd::refused:
        case ClientEnd::untrusted:
            return {forbidden, "text/plain; charset=utf-8", ended.sentence, {}};
        case ClientEnd::unreachable:
            return {gateway_timeout, "text/plain; charset=utf-8", ended.sentence, {}};
        default:
            return {unavailable, "text/plain; charset=utf-8", ended.sentence, {}};
    }
}

/// The URL in "/json/new?URL". A plus stays one, unlike in a form.
std::string url_in(const std::string& query) {
    std::string escaped;
    for (const char c : query) escaped += c == '+' ? "%2B" : std::string(1, c);
    return query.empty() ? "about:blank" : platform::percent_decode(escaped);
}

/// "/json/COMMAND/ARGUMENT" taken apart; "/json" is the list.
struct JsonPath {
    explicit JsonPath(std::string_view path) {
        if (path == json_folder) return;
        const auto rest = path.substr(json_folder.size() + 1);
        const auto slash = rest.find('/');
        command = rest.substr(0, slash);
        if (slash != std::string_view::npos) argument = rest.substr(slash + 1);
    }
    std::string command = "list";
    std::string argument = {};
};

}  // namespace

DevToolsEndpoint::DevToolsEndpoint(net::any_io_executor executor, FarBrowser& far, Options options)
    : executor_{std::move(executor)}, far_{far}, options_{std::move(options)} {}

void DevToolsEndpoint::stop() {
    stopping_ = true;
    for (auto* client : clients_) client->end(ClientEnd::unreachable, "the bridge was stopped");
}

awaitable<ServerReply> DevToolsEndpoint::answer(Asked asked) {
    const std::string_view path = asked.path;
    const bool json = path == json_folder || (path.starts_with(json_folder) && path[json_folder.size()] == '/');
    if (json) {
        auto reply = co_await answer_json(std::move(asked));
        co_return reply;
    }
    auto reply = co_await answer_devtools(std::move(asked));
    co_return reply;
}

awaitable<ServerReply> DevToolsEndpoint::answer_json(Asked asked) {
    const JsonPath path{asked.path};
    ServerReply reply = json_reply(not_found, "Unknown command: " + path.command);
    if (path.command == "version") {
        reply = co_await version(std::move(asked));
    } else if (path.command == "list") {
        reply = co_await list(std::move(asked));
    } else if (path.command == "new") {
        reply = co_await make_target(std::move(asked));
    } else if (path.command == "activate") {
        reply = co_await act("Target.activateTarget", path.argument, "Target activated");
    } else if (path.command == "close") {
        reply = co_await act("Target.closeTarget", path.argument, "Target is closing");
    } else if (path.command == "protocol") {
        reply = json_reply(ok, std::string(protocol_description()));
    }
    co_return reply;
}

awaitable<Answer> DevToolsEndpoint::fetch(std::string method, CachedAnswer& kept) {
    if (platform::BootClock::now() < kept.until) co_return kept.answer;
    Call call{.method = std::move(method), .repeatable = true};  // it asks, and changes nothing
    auto answer = co_await far_.call(std::move(call));
    if (!answer.ok) co_return answer;
    kept = {answer, platform::BootClock::now() + listing_age};
    co_return answer;
}

awaitable<ServerReply> DevToolsEndpoint::version(Asked asked) {
    const auto answer = co_await fetch("Browser.getVersion", version_);
    if (!answer.ok) co_return reply_of(answer);
    const auto version = read_version(answer.result);
    if (!version) co_return strange_answer();
    co_return json_reply(ok, write_version(*version, options_.secret, asked.reached));
}

awaitable<ServerReply> DevToolsEndpoint::list(Asked asked) {
    const auto told = co_await fetch("Browser.getVersion", version_);
    if (!told.ok) co_return reply_of(told);
    const auto answer = co_await fetch("Target.getTargets", targets_);
    if (!answer.ok) co_return reply_of(answer);
    const auto version = read_version(told.result);
    const auto targets = read_targets(answer.result);
    if (!version || !targets) co_return strange_answer();
    co_return json_reply(ok, write_list(*targets, *version, asked.reached));
}

awaitable<ServerReply> DevToolsEndpoint::make_target(Asked asked) {
    if (asked.method != "PUT") {
        co_return json_reply(wrong_method, "Using unsafe HTTP verb " + asked.method +
                                               " to invoke /json/new. This action supports only PUT verb.");
    }
    const auto told = co_await fetch("Browser.getVersion", version_);
    if (!told.ok) co_return reply_of(told);
    Target target{.type = "page", .url = url_in(asked.query)};
    Call call{.method = "Target.createTarget", .params = write_parameter("url", target.url)};
    const auto made = co_await far_.call(std::move(call));
    if (!made.ok) co_return reply_of(made);
    targets_.until = {};
    target.id = read_target_id(made.result);
    const auto version = read_version(told.result);
    if (!version || target.id.empty()) co_return strange_answer();
    co_return json_reply(ok, write_target(target, *version, asked.reached));
}

awaitable<ServerReply> DevToolsEndpoint::act(std::string method, std::string id, std::string done) {
    Call call{.method = std::move(method), .params = write_parameter("targetId", id)};
    const auto answer = co_await far_.call(std::move(call));
    targets_.until = {};
    if (answer.ok) co_return json_reply(ok, std::move(done));
    // The browser itself refuses nothing but an id that it does not know.
    if (read_call_error(answer.error).source.empty()) co_return no_such_target(not_found, id);
    co_return reply_of(answer);
}

awaitable<ServerReply> DevToolsEndpoint::answer_devtools(Asked asked) {
    const std::string_view path = asked.path;
    const bool browser = path.starts_with(browser_folder) && path.substr(browser_folder.size()) == options_.secret;
    const bool page = path.starts_with(page_folder) && path.size() > page_folder.size();
    if (!asked.upgrade) {
        const int status = browser || page || path == "/" ? ok : not_found;
        co_return ServerReply{status, "text/html", {}, {}};
    }
    if (!browser && !page) co_return ServerReply{not_found, "text/html", {}, {}};
    OpenWish wish{.label = options_.label};
    if (page) wish.target = std::string(path.substr(page_folder.size()));
    auto reply = co_await attach(std::move(wish));
    co_return reply;
}

awaitable<ServerReply> DevToolsEndpoint::attach(OpenWish wish) {
    if (stopping_) co_return ServerReply{unavailable, "text/plain", "the bridge is being stopped", {}};
    // Shared: the reply's function is copied, and owns the client until the connection ends.
    const auto client = std::make_shared<LocalClient>(executor_, far_, wish, clients_, options_.clients);
    const bool open = co_await client->opened();
    if (!open) {
        report_end(*client);
        co_return reply_of(client->ended(), wish.target);
    }
    ServerReply reply;
    reply.websocket = [this, client](platform::ServerSocket& socket) -> awaitable<void> {
        co_await client->serve(socket);
        report_end(*client);
    };
    co_return reply;
}

void DevToolsEndpoint::report_end(const LocalClient& client) const {
    const auto& [why, sentence] = client.ended();
    if (why != ClientEnd::left && !stopping_) options_.say(sentence);
}

}  // namespace bridge
