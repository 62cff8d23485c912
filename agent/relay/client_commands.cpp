#include "agent/relay/client_commands.hpp"

#include <utility>

#include "agent/relay/agent_domain.hpp"
#include "agent/relay/browser_contexts.hpp"
#include "agent/relay/browser_refusal.hpp"
#include "agent/relay/core/members.hpp"
#include "cdp/core/targets.hpp"
#include "platform/clock.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/wait.hpp"

namespace relay {
namespace {

constexpr int invalid_request_code = -32600;

std::string cdp_error(int code, std::string_view message) {
    std::string error = R"({"code":)" + std::to_string(code) + R"(,"message":)";
    platform::append_quoted(error, message);
    return error += '}';
}

/// A refusal of the agent's as Chrome would write it.
std::string without_data(std::string_view error) {
    std::string_view message;
    find_member(error, "message", message);
    return R"({"code":)" + std::to_string(server_error_code) + R"(,"message":)" + std::string{message} + '}';
}

std::string context_in(std::string_view object) {
    std::string_view context;
    std::string scratch;
    if (find_member(object, "browserContextId", context) != Found::one) return {};
    return std::string{platform::unescape(context, scratch)};
}

}  // namespace

ClientCommands::ClientCommands(const ClientCommandsNeeds& needs)
    : needs_{needs},
      files_{{.executor = needs.executor,
              .settings = needs.settings.spool,
              .worker = needs.files,
              .sink = needs.sink,
              .flights = needs.flights,
              .answers = needs.answers,
              .lives = [this](std::string_view id) { return clients_.find(id) != nullptr; }}},
      clients_{{.executor = needs.executor,
                .settings = needs.settings.clients,
                .sink = needs.sink,
                .browser = needs.browser,
                .files = needs.files},
               *this} {
    for (const std::string_view reason : client_end_reasons) ended_.emplace(reason, 0);
}

bool ClientCommands::carry_out(Flight& flight, std::string_view params) {
    if (flight.method == open_client) {
        open(flight, params);
        return true;
    }
    if (flight.method == read_client_file || flight.method == put_client_file) {
        files_.carry_out(flight, params);
        return true;
    }
    if (flight.method != close_client) return false;
    clients_.close(client_named(params), "closed");
    needs_.answers.give_result(flight, "{}");
    return true;
}

void ClientCommands::open(Flight& flight, std::string_view params) {
    Answers& answers = needs_.answers;
    const Clients::Opener opener{flight.ticket, flight.id, std::string{params}, flight.held.sender};
    if (open_again(flight, opener)) return;
    const OpenRequest request = read_open(params);
    if (!request.wrong.empty()) {
        return answers.give_error(flight, write_cdp_error(flight.id, invalid_params_code, request.wrong));
    }
    if (!request.target.empty()) {
        const std::string at_target = ClientBrowser::attach_params(request.target);
        const Command attach{flight.id, ClientBrowser::attach_method, at_target, {}, {}};
        const Judgement judged = needs_.judge.judge(attach, Place::browser);
        if (judged.kind == Judgement::Kind::deny) return answers.refuse(flight, {Reason::denied, judged.message});
    }
    if (const auto refusal = clients_.refuse_open(request)) return answers.refuse(flight, *refusal);
    flight.phase = Phase::at_agent;
    clients_.open(opener, request, flight.deadline);
}

/// A controller that lost its link cannot know whether its Agent.open came: it sends it once more.
bool ClientCommands::open_again(Flight& flight, const Clients::Opener& opener) {
    const Phase before = std::exchange(flight.phase, Phase::at_agent);
    const bool again = clients_.open_again(opener);
    if (!again) flight.phase = before;
    return again;
}

void ClientCommands::on_opened(realtime::Ticket open, const std::string& result) {
    Flight* const flight = needs_.flights.find(open);
    if (flight != nullptr && flight->phase == Phase::at_agent) needs_.answers.give_result(*flight, result);
}

void ClientCommands::on_not_opened(realtime::Ticket open, const cdp::Answer& answer) {
    Flight* const flight = needs_.flights.find(open);
    if (flight == nullptr || flight->phase != Phase::at_agent) return;
    if (answer.fate == cdp::Fate::error) {
        return needs_.answers.give_error(*flight, write_error(flight->id, answer.text));
    }
    if (answer.fate == cdp::Fate::result) {
        return needs_.answers.refuse(*flight, {Reason::browser_lost, "The browser gave no session."});
    }
    needs_.answers.refuse(*flight, refusal_of(answer.fate, answer.text));
}

void ClientCommands::on_post(const Command& post, bool stale) {
    if (stale || needs_.admission.stopping()) return;
    const Judgement judged = needs_.judge.judge(post, Place::agent);
    if (judged.kind == Judgement::Kind::pass) return clients_.on_post(post.params);
    clients_.close(client_named(post.params), "denied");  // a post has no answer that could say so
}

std::optional<Refusal> ClientCommands::refusal(std::string_view method) const {
    if (clients_.holder() == nullptr || method.starts_with("Agent.")) return std::nullopt;
    return Refusal{Reason::busy, "A client has the browser for itself."};
}

void ClientCommands::run_message(const Client& client, std::string_view message) {
    needs_.traffic.command(0);
    CommandReader reader;
    const bool read = reader.read(message);
    const std::string_view id = read ? reader.command().id : reader.unreadable().id;
    if (read && is_browser_id(id)) return run_command(client, reader.command(), message.size());
    const std::string why = read ? "Message must have integer 'id' property" : reader.unreadable().message;
    ++needs_.traffic.errors;
    clients_.reply(client.id, write_client_reply(id, "error", cdp_error(invalid_request_code, why), {}));
}

void ClientCommands::run_command(const Client& client, const Command& command, std::size_t bytes) {
    if (const auto error = error_at_once(client, command)) {
        ++needs_.traffic.errors;
        return clients_.reply(client.id, write_client_reply(command.id, "error", *error, command.session));
    }
    if (command.method == "Browser.close") {
        const std::string id = client.id;
        ++needs_.traffic.results;
        clients_.reply(id, write_client_reply(command.id, "result", "{}", command.session));
        return clients_.finish(id);
    }
    const std::string own_session = client.session;
    Command placed = command;
    if (placed.session.empty()) placed.session = own_session;
    clients_.on_command(client.id, placed);
    needs_.carrier.carry(client, placed, {bytes, command.session.empty()});
}

std::optional<std::string> ClientCommands::error_at_once(const Client& client, const Command& command) const {
    if (!command.session.empty() && needs_.browser.top_of(command.session) != client.session) {
        return cdp_error(session_not_found_code, "Session with given id not found.");
    }
    if (command.method.starts_with("Agent.")) {
        return cdp_error(method_not_found_code, "'" + std::string{command.method} + "' wasn't found");
    }
    const Arrival arrival{client.sender, command.params.size(), false};
    if (const auto refused = needs_.admission.refusal(arrival, platform::wall_now())) {
        return cdp_error(server_error_code, refused->message);
    }
    return std::nullopt;
}

void ClientCommands::on_outcome(const Flight& flight, std::string_view outcome, std::string_view text) {
    const bool ok = outcome == "ok";
    if (ok && flight.method == create_context) clients_.own_context(flight.held.client, context_in(text));
    const std::string_view session = flight.held.of_own_session ? std::string_view{} : std::string_view{flight.session};
    if (ok) {
        return clients_.reply(flight.held.client, write_client_reply(flight.id, "result", text, session));
    }
    std::string_view error;
    find_member(text, "error", error);
    const std::string of_ours = outcome == "error" ? std::string{} : without_data(error);
    clients_.reply(flight.held.client,
                   write_client_reply(flight.id, "error", of_ours.empty() ? error : of_ours, session));
}

void ClientCommands::on_event_sent(const Client& client, const cdp::Message& event) {
    if (event.method.ends_with(".downloadWillBegin")) files_.announce(client.id, cdp::member(event.body, "guid"));
}

void ClientCommands::on_ended(const Client& client, std::string_view reason) {
    files_.end(client.id);
    ++ended_[reason];
}

awaitable<Error> ClientCommands::run() {
    using net::experimental::awaitable_operators::operator&&;
    auto talking = platform::ignoring(clients_.run());
    auto moving = platform::ignoring(files_.run());
    co_await (std::move(talking) && std::move(moving));  // stop() ends them
    co_return Error{};
}

void ClientCommands::stop() {
    clients_.stop();
    files_.stop();
}

void ClientCommands::on_disposed(std::string_view params) {
    clients_.disown_context(context_in(params));
}

bool ClientCommands::hides_page(std::string_view url, std::string_view type) const {
    const Policy& policy = needs_.judge.policy();
    return policy.settings().profile != Profile::full && policy.refuses_page(url, type);
}

}  // namespace relay
