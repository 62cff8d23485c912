#include "agent/control/control.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/control/running_agent.hpp"
#include "agent/control/scrape.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/store_files.hpp"
#include "platform/file.hpp"
#include "platform/json/tree.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"
#include "platform/watch.hpp"

namespace control {

using namespace net::experimental::awaitable_operators;

namespace {

using platform::ServerReply;
using platform::ServerRequest;

constexpr unsigned shared_mode = 0660;
constexpr unsigned own_mode = 0600;
/// The group may pass through the folder to the socket, as the service manager makes it.
constexpr mode_t folder_shared = 0055;

bool is_owner(const ServerRequest& request) {
    return request.peer && (request.peer->uid == 0 || request.peer->uid == ::geteuid());
}

ServerReply reply(int status, std::string type, std::string body) {
    return {status, std::move(type), std::move(body), {}};
}

ServerReply reply(const Answer& answer) {
    const nlohmann::json tree = {{"ok", answer.ok}, {"text", answer.text}, {"confirmed", answer.confirmed}};
    return reply(answer.ok ? 200 : 409, "application/json", platform::to_text(tree));
}

std::optional<gid_t> group_id(const std::string& name) {
    if (name.empty()) return std::nullopt;
    const auto* found = ::getgrnam(name.c_str());
    if (found == nullptr) return std::nullopt;
    return found->gr_gid;
}

/// "?for=90" in seconds. Nothing: it is none.
std::optional<std::chrono::seconds> seconds_of(const std::string& text) {
    long long seconds = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (ec != std::errc{} || end != text.data() + text.size() || seconds <= 0) return std::nullopt;
    return std::chrono::seconds(seconds);
}

}  // namespace

Control::Control(net::any_io_executor executor, ControlPlace place, ControlActions& actions)
    : executor_(std::move(executor)), place_(std::move(place)), actions_(actions) {}

Error Control::open() {
    const auto& socket = place_.socket;
    if (const Error ec = platform::make_private_folder(socket.parent_path(), folder_shared)) return ec;
    const auto group = group_id(place_.group);
    auto server = platform::HttpServer::on_unix(executor_, socket, own_mode);
    if (!server) return server.error();
    // Only root and members may give a file to a group: without that it stays the service's own.
    if (group && ::chown(socket.c_str(), static_cast<uid_t>(-1), *group) == 0) ::chmod(socket.c_str(), shared_mode);
    server_.emplace(std::move(*server));
    return {};
}

std::string Control::explain(Error error) const {
    const bool folder = platform::is_distrust(error);
    return platform::explain_refusal(folder ? place_.socket.parent_path() : place_.socket, error, folder_shared);
}

awaitable<Error> Control::run() {
    for (;;) {
        auto handler = [this](ServerRequest request) { return answer(std::move(request)); };
        platform::ServerHandler handle = std::move(handler);
        auto serving = platform::ignoring(server_->run(std::move(handle)));
        co_await (std::move(serving) || until_taken_away());
        if (stopping_) co_return Error{};
        server_.reset();
        // Not there again: what takes the folder away may not be done yet.
        place_.socket = place_.refuge;
        const Error ec = open();
        if (ec) {
            platform::log::error("the control socket was taken away, and {} cannot take its place: {}",
                                 place_.socket.string(), ec.message());
            co_return ec;
        }
        actions_.on_moved(place_.socket);
    }
}

awaitable<void> Control::until_taken_away() {
    const auto name = place_.socket.filename().string();
    platform::FolderWatch watch{executor_, place_.socket.parent_path(),
                                [name](std::string_view changed) { return changed == name; }};
    bool watching = !watch.open();
    std::error_code ec;
    while (watching) {
        const Error seen = co_await watch.next();
        if (seen == net::error::operation_aborted || !std::filesystem::exists(place_.socket, ec)) co_return;
        watching = !seen;
    }
    platform::Timer forever{executor_, TimePoint::max()};
    co_await platform::expiry(forever);
}

void Control::stop() {
    stopping_ = true;
    if (server_) server_->stop();
}

awaitable<Answer> Control::pause(std::optional<std::string> text) {
    std::optional<std::chrono::seconds> time;
    if (text) time = seconds_of(*text);
    if (text && !time) co_return Answer{false, "pausing: the time must be a number of seconds"};
    auto pausing = actions_.pause(time);
    auto answer = co_await std::move(pausing);
    co_return answer;
}

/// What changes the agent; nothing: there is no such path.
std::optional<awaitable<Answer>> Control::begin(const ServerRequest& request) {
    if (request.path == "/pause") return pause(request.parameter("for"));
    if (request.path == "/resume") return actions_.resume();
    if (request.path == "/reload") return actions_.reload();
    if (request.path == "/unpair") return actions_.unpair(request.parameter("delete").has_value());
    return std::nullopt;
}

awaitable<ServerReply> Control::answer(ServerRequest request) {
    const bool reading = request.method == "GET";
    if (reading && request.path == "/status") co_return reply(200, "application/json", actions_.status());
    if (reading && request.path == "/metrics") {
        co_return reply(200, std::string(metrics_type), actions_.metrics());
    }
    if (reading && request.path == "/policy") {
        std::string method = request.parameter("method").value_or("");
        std::string params = request.parameter("params").value_or("");
        co_return reply(200, "text/plain; charset=utf-8", actions_.judge(method, params));
    }
    if (!is_owner(request)) co_return reply({false, "this is for root and the service's own user: add sudo"});
    if (request.path == "/pair" || request.path.starts_with("/pair/")) {
        auto pairing = actions_.on_pairing(std::move(request));
        auto answered = co_await std::move(pairing);
        co_return answered;
    }
    if (reading && request.path == "/log") co_return reply(200, "text/plain; charset=utf-8", actions_.log());
    if (request.method != "POST") co_return reply(405, "text/plain", "POST only\n");
    auto action = begin(request);
    if (!action) co_return reply(404, "text/plain", "there is nothing here\n");
    const Answer done = co_await std::move(*action);
    co_return reply(done);
}

std::filesystem::path socket_of(const platform::Paths& paths) {
    const char* given = std::getenv("BMC_AGENT_SOCKET");
    if (given != nullptr && *given == '/') return given;
    const auto own = paths.control_socket();
    const auto agent = credentials::Lock::holder(paths.state / credentials::files::agent_lock);
    const bool named = agent && agent->socket.is_absolute() && agent->socket.filename() == own.filename();
    return named ? agent->socket : own;
}

namespace {

/// It took the connection, so it is there.
void explain_silence(ControlReply& asked, const std::filesystem::path& socket, Duration waited) {
    const auto pid = running::pid_of(socket);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(waited).count();
    asked.problem = fmt::format("the agent{} runs and did not answer within {}: it is stopped (SIGSTOP) or hangs",
                                pid ? fmt::format(" (pid {})", *pid) : "", platform::for_people(seconds));
    asked.remedy = pid ? fmt::format(
                             "kill -CONT {} lets it go on where it was stopped; else end it (kill -KILL {}) "
                             "and start it anew",
                             *pid, *pid)
                       : "end the agent, and start it anew";
    asked.problem += "; " + asked.remedy;
}

}  // namespace

ControlReply ask_agent(const std::filesystem::path& socket, std::string method, std::string target, Duration timeout) {
    net::io_context io{1};
    ControlReply asked;
    auto work = [&]() -> awaitable<void> {
        platform::UnixRequest request{socket, std::move(method), std::move(target), {}, timeout};
        const auto answered = co_await platform::fetch_unix(std::move(request));
        if (answered) {
            asked.running = true;
            asked.status = answered->status;
            asked.body = answered->body;
        } else {
            namespace errc = boost::system::errc;
            const auto error = answered.error();
            asked.running = error != errc::no_such_file_or_directory && error != errc::connection_refused;
            asked.forbidden = error == errc::permission_denied || error == errc::operation_not_permitted;
            asked.stranger = error == platform::FileErrc::stranger;
            asked.problem = socket.string() + ": " + answered.error().message();
            if (error == net::error::timed_out || error == net::error::try_again)
                explain_silence(asked, socket, timeout);
            if (asked.forbidden) asked.problem += ": it is for root, the service's user and the group control.group";
        }
    };
    net::co_spawn(io, work, rethrow);
    io.run();
    return asked;
}

}  // namespace control
