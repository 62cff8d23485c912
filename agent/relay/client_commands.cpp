#include "agent/relay/client_commands.hpp"

#include <algorithm>
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
/// Chrome's word where a request that Fetch held has gone, with its page for example.
constexpr std::string_view no_such_request = "Invalid InterceptionId";

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

/// The agent's own commands that a sealed client sends inside of its seal.
bool is_inside_command(std::string_view method) noexcept {
    return method == read_client_file || method == put_client_file || method == close_client || method == call_inside ||
           method == "Agent.getInfo";
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
              .lives = [this](std::string_view id) { return clients_.find(id) != nullptr; },
              .sealed =
                  [this](std::string_view id) {
                      const Client* const client = clients_.find(id);
                      return client != nullptr && client->sealing.has_value();
                  }}},
      clients_{{.executor = needs.executor,
                .settings = needs.settings.clients,
                .sink = needs.sink,
                .browser = needs.browser,
                .trust = needs.judge.trust(),
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

Held held_of(const Client& client) {
    Held held;
    held.client = client.id;
    held.sealed = client.sealing.has_value();
    if (client.sealing) held.key = client.sealing->key;
    if (client.sealing) held.fingerprint = client.sealing->fingerprint;
    return held;
}

void ClientCommands::open(Flight& flight, std::string_view params) {
    const ClientOpener opener{flight.ticket, flight.id, std::string{params}, flight.held.sender};
    if (open_again(flight, opener)) return;
    const OpenRequest request = read_open(params);
    if (!request.wrong.empty()) {
        return needs_.answers.give_error(flight, write_cdp_error(flight.id, invalid_params_code, request.wrong));
    }
    if (const auto refusal = refusal_of_open(flight, request)) return needs_.answers.refuse(flight, *refusal);
    open_new(flight, opener, request);
}

std::optional<Refusal> ClientCommands::refusal_of_open(const Flight& flight, const OpenRequest& request) const {
    if (const auto why = needs_.judge.trust().plain_client_refusal(); !why.empty() && !request.tls) {
        return Refusal{Reason::denied, std::string{why}, needs_.judge.trust().require_member()};
    }
    // Of a sealed client that is asked when its key was proved.
    if (!request.target.empty() && !request.tls) {
        if (auto refusal = refusal_of_target(flight.held, flight.id, request.target)) return refusal;
    }
    return clients_.refuse_open(request);
}

std::optional<Refusal> ClientCommands::refusal_of_target(const Held& held, std::string_view id,
                                                         std::string_view target) const {
    const std::string at_target = ClientBrowser::attach_params(target);
    const Command attach{id, ClientBrowser::attach_method, at_target, {}, {}};
    const Judgement judged = needs_.judge.judge(attach, Place::browser, held);
    if (judged.kind != Judgement::Kind::deny) return std::nullopt;
    return Refusal{Reason::denied, judged.message};
}

void ClientCommands::open_new(Flight& flight, const ClientOpener& opener, const OpenRequest& request) {
    const std::string sealed_here = "This agent takes no sealed clients.";
    std::string wrong = request.tls && !sealed().offers() ? sealed_here : std::string{};
    const Phase before = std::exchange(flight.phase, Phase::at_agent);
    if (wrong.empty()) wrong = clients_.open(opener, request, flight.deadline);  // may answer, and end the flight
    if (wrong.empty()) return;
    flight.phase = before;
    needs_.answers.give_error(flight, write_cdp_error(flight.id, invalid_params_code, wrong));
}

std::string_view ClientCommands::refusal_of_session(const Client& client) {
    if (client.target.empty()) return {};
    const auto refusal = refusal_of_target(held_of(client), "null", client.target);
    return refusal ? "denied" : std::string_view{};
}

/// A controller that lost its link cannot know whether its Agent.open came: it sends it once more.
bool ClientCommands::open_again(Flight& flight, const ClientOpener& opener) {
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

void ClientCommands::on_post(const Command& post, std::string_view raw, bool stale) {
    if (stale || needs_.admission.stopping()) return;
    const Judgement judged = needs_.judge.judge(post, Place::agent, {});
    if (judged.kind == Judgement::Kind::pass) return clients_.on_post(post.params, raw);
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
    const bool inside = read && client.sealing && is_inside_command(reader.command().method);
    if (read && (is_browser_id(id) || inside)) return run_command(client, reader.command(), message.size());
    const std::string why = read ? "Message must have integer 'id' property" : reader.unreadable().message;
    ++needs_.traffic.errors;
    clients_.reply(client.id, write_client_reply(id, "error", cdp_error(invalid_request_code, why), {}));
}

void ClientCommands::run_command(const Client& client, const Command& command, std::size_t bytes) {
    if (const auto error = error_at_once(client, command)) {
        ++needs_.traffic.errors;
        return clients_.reply(client.id, write_client_reply(command.id, "error", *error, command.session));
    }
    if (command.method == "Browser.close" || command.method == close_client) return end_by_itself(client, command);
    if (command.method == call_inside) return run_call(client, command, bytes);
    const std::string own_session = client.session;
    Command placed = command;
    if (placed.session.empty()) placed.session = own_session;
    needs_.carrier.carry(client, placed,
                         {.bytes = bytes,
                          .of_own_session = command.session.empty(),
                          .answers = ContinueForSilent::request_answered_by(placed)});
}

/// The params are a command that lacks its id.
void ClientCommands::run_call(const Client& client, const Command& call, std::size_t bytes) {
    const std::string_view members = call.params.substr(std::min<std::size_t>(call.params.size(), 1));
    const std::string text = R"({"id":)" + std::string{call.id} + ',' + std::string{members};
    CommandReader reader;
    if (reader.read(text) && !reader.command().method.starts_with("Agent.")) {
        return needs_.carrier.carry(client, reader.command(), {bytes, true, true});
    }
    const std::string why = cdp_error(invalid_params_code, "The params of Agent.call must be a command without an id.");
    ++needs_.traffic.errors;
    clients_.reply(client.id, write_client_reply(call.id, "error", why, call.session));
}

void ClientCommands::end_by_itself(const Client& client, const Command& command) {
    const std::string id = client.id;
    ++needs_.traffic.results;
    clients_.reply(id, write_client_reply(command.id, "result", "{}", command.session));
    clients_.finish(id);
}

std::optional<std::string> ClientCommands::error_at_once(const Client& client, const Command& command) const {
    if (!command.session.empty() && needs_.browser.top_of(command.session) != client.session) {
        return cdp_error(session_not_found_code, "Session with given id not found.");
    }
    if (command.method.starts_with("Agent.") && !(client.sealing && is_inside_command(command.method))) {
        return cdp_error(method_not_found_code, "'" + std::string{command.method} + "' wasn't found");
    }
    const Arrival arrival{client.sender, command.params.size(), false, command.method == close_client};
    if (const auto refused = needs_.admission.refusal(arrival, platform::wall_now())) {
        return cdp_error(server_error_code, refused->message);
    }
    return std::nullopt;
}

void ClientCommands::on_outcome(const Flight& flight, std::string_view outcome, std::string_view text) {
    const bool ok = outcome == "ok";
    const bool gone = outcome == "error" && text.find(no_such_request) != std::string_view::npos;
    clients_.on_outcome(flight, ok || gone);
    if (ok && flight.method == create_context) clients_.own_context(flight.held.client, context_in(text));
    const std::string_view session = flight.held.of_own_session ? std::string_view{} : std::string_view{flight.session};
    if (ok) {
        const auto reply = write_client_reply(flight.id, "result", text, session);
        return clients_.reply(flight.held.client, reply, flight.method);
    }
    std::string_view error;
    find_member(text, "error", error);
    const bool as_it_is = outcome == "error" || flight.held.alone;
    const std::string of_ours = as_it_is ? std::string{} : without_data(error);
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

bool ClientCommands::hides_page(const Client& client, std::string_view url, std::string_view type) const {
    const CommandJudge& judge = needs_.judge;
    const Policy& policy = client.sealing ? judge.policy_of_key(client.sealing->key) : judge.policy();
    return policy.settings().profile != Profile::full && policy.refuses_page(url, type);
}

}  // namespace relay
