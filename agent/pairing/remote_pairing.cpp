#include "agent/pairing/remote_pairing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/pairing/bound_credential.hpp"
#include "agent/pairing/proof.hpp"
#include "agent/pairing/renewal.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/clock.hpp"
#include "platform/json/tree.hpp"
#include "platform/log/event.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace pairing {

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

namespace log = platform::log;
using platform::ServerReply;
using platform::ServerRequest;

/// How long the pairing terminal waits for the join before it shows why there is none yet.
constexpr Duration join_report_limit = 30s;
/// Between two looks meanwhile.
constexpr Duration join_look = 1s;

ServerReply json_reply(int status, std::string body) {
    return {status, "application/json", std::move(body), {}};
}

ServerReply refusal(int status, std::string text) {
    const nlohmann::json tree = {{"ok", false}, {"text", std::move(text)}};
    return json_reply(status, platform::to_text(tree));
}

RemoteResult remote_failure(PairOutcome outcome, std::string problem) {
    RemoteResult result;
    result.outcome = outcome;
    result.problem = std::move(problem);
    return result;
}

/// The pairing before, as a new one needs to know it.
struct Earlier {
    credentials::Backend backend;
    std::string problem;  // why it may not be sent where the settings lead
};

/// On the worker for files. `bind`: the earlier pairing is used once more.
Earlier look_at_store(const config::Config& config, credentials::Store& store, bool bind) {
    auto before = store.load();
    if (!before) return {};
    Earlier earlier{before->backend, {}};
    if (bind) earlier.problem = bind_stored(config, store, *before, true).problem;
    return earlier;
}

/// Beyond every event where it is missing or no number.
std::size_t number_of(const ServerRequest& request, std::string_view name) {
    const auto text = request.parameter(name).value_or("");
    std::size_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    return ec == std::errc{} && end == text.data() + text.size() ? number : std::numeric_limits<std::size_t>::max();
}

}  // namespace

awaitable<ServerReply> RemotePairing::on_request(ServerRequest request) {
    const bool reading = request.method == "GET";
    if (!reading && request.path == "/pair") {
        auto reply = co_await pair_on_request(std::move(request));
        co_return reply;
    }
    const auto id = request.parameter("id").value_or("");
    if (reading && request.path == "/pair/events") {
        const auto events = co_await terminal_.events(id, number_of(request, "seen"));
        co_return json_reply(200, to_json(events));
    }
    if (!reading && request.path == "/pair/answer") {
        const bool taken = terminal_.answer(id, number_of(request, "to"), std::move(request.body));
        if (taken) co_return json_reply(200, "{}");
        co_return refusal(409, "nobody waits for this answer any more");
    }
    co_return refusal(404, "there is nothing here");
}

awaitable<ServerReply> RemotePairing::pair_on_request(ServerRequest request) {
    auto asked = read_request(request.body);
    platform::cleanse(request.body);
    if (!asked) co_return refusal(400, "this is no request for a pairing");
    const auto by = request.peer ? request.peer->uid : 0U;
    if (!terminal_.begin(*asked)) {
        co_return refusal(409, "a pairing is under way at another terminal: end that one first");
    }
    log::write_event("pairing", "a pairing was begun at the control socket, by user " + std::to_string(by));
    auto pairing = pair(std::move(*asked));
    const auto result = co_await std::move(pairing);
    terminal_.end();
    if (result.outcome == PairOutcome::paired) {
        log::write_event("paired", "paired as device " + result.device_uuid +
                                       (result.changed ? "" : " before; nothing was changed"));
    } else {
        log::write_event("not-paired", fmt::format("nothing was paired: {}", platform::clean(result.problem)),
                         log::Level::warning);
    }
    co_return json_reply(200, to_json(result));
}

/// Why this agent does not pair as it is asked to; nothing where it may. `in_force` becomes the settings to do it by.
awaitable<std::optional<RemoteResult>> RemotePairing::why_not_paired(const RemoteRequest& request,
                                                                     config::Config& in_force) {
    const auto* mine = needs_.tokens.credential();
    if (outside_token(needs_.config) || (mine != nullptr && mine->origin != credentials::Origin::stored)) {
        co_return remote_failure(
            PairOutcome::wrong_input,
            "this agent was given its token from outside (a file, the service manager or --ephemeral): "
            "replace it there; what is paired would not be used");
    }
    const bool bind = request.if_unpaired || request.what.rotate;
    auto look = [config = needs_.config, &store = needs_.store, bind] { return look_at_store(config, store, bind); };
    auto looking = platform::run_blocking(needs_.files, std::move(look));
    const auto before = co_await std::move(looking);
    if (!before) co_return remote_failure(PairOutcome::refused, before.error().message());
    in_force = for_pairing(needs_.config, before->backend);
    // A login is this agent's own affair, and its person sees where it leads. A token that is handed in was meant for
    // the backend that the other end's settings name.
    auto wrong = request.token.empty() ? std::string{} : command_problem(in_force, request.backend);
    if (wrong.empty()) wrong = before->problem;
    if (wrong.empty() && request.what.login && !request.if_unpaired) wrong = login_problem(in_force);
    if (wrong.empty()) co_return std::nullopt;
    co_return remote_failure(PairOutcome::refused, std::move(wrong));
}

/// What the other end handed in; nothing where it can be used (or where there is none).
awaitable<std::optional<RemoteResult>> RemotePairing::take_handed(const RemoteRequest& request,
                                                                  const config::Config& in_force, TokenInput& token) {
    if (request.token.empty()) co_return std::nullopt;
    const auto refused = needs_.store.explain(credentials::Errc::refused_token);
    const bool as_it_came = co_await is_refused(request.token.clone());
    if (as_it_came) co_return remote_failure(PairOutcome::refused, refused);
    if (const auto wrong = read_token(request.token.reveal(), token)) {
        co_return remote_failure(PairOutcome::wrong_input, wrong->what);
    }
    const bool in_it = co_await is_refused(token.access_token.clone());
    if (in_it) co_return remote_failure(PairOutcome::refused, refused);
    auto elsewhere = why_not_there(in_force, token);
    if (!elsewhere.empty()) co_return remote_failure(PairOutcome::wrong_input, std::move(elsewhere));
    co_return std::nullopt;
}

awaitable<bool> RemotePairing::is_refused(credentials::Secret token) {
    auto look = [&store = needs_.store, one = std::move(token)] { return store.is_refused(one.reveal()); };
    auto looking = platform::run_blocking(needs_.files, std::move(look));
    const auto refused = co_await std::move(looking);
    co_return !refused || *refused;
}

/// --if-unpaired at a machine that is paired: done, or why it is to be paired anew.
awaitable<RemoteResult> RemotePairing::look_at_pairing(std::optional<std::chrono::seconds> renew_before,
                                                       std::string& renewal) {
    const auto* mine = needs_.tokens.credential();
    RemoteResult result;
    result.device_uuid = mine->device_uuid;
    result.device_name = mine->device_name;
    renewal = why_renew(*mine, renew_before, platform::wall_now());
    if (!renewal.empty()) co_return result;
    auto credential = mine->clone();
    auto waiting = wait_joined(std::move(result), std::move(credential));
    auto known = co_await std::move(waiting);
    const auto* link = needs_.agent.link();
    const bool refused = !known.joined && link != nullptr && link->cause == realtime::Cause::credential &&
                         link->state == realtime::State::waiting;
    if (refused) renewal = "the server does not take its credential: " + known.waiting;
    co_return known;
}

awaitable<RemoteResult> RemotePairing::pair(RemoteRequest request) {
    config::Config in_force;
    auto asking = why_not_paired(request, in_force);
    auto refused = co_await std::move(asking);
    if (refused) co_return std::move(*refused);
    std::string renewal;
    if (request.if_unpaired && needs_.tokens.credential() != nullptr) {
        auto looking = look_at_pairing(request.what.renew_before, renewal);
        auto known = co_await std::move(looking);
        if (renewal.empty()) co_return known;
        terminal_.say("This machine is paired, and " + renewal + ".");
        request.what.rotate = true;
    }
    if (request.if_unpaired && request.what.login) {
        if (!renewal.empty()) co_return remote_failure(PairOutcome::refused, renewal + std::string(no_new_token));
        co_return remote_failure(
            PairOutcome::wrong_input,
            "nobody is here to log in: hand in a token by --token-stdin, --token-file FILE or the service "
            "manager's credential bmc-token, or run  agent --pair  in a terminal");
    }
    TokenInput token;
    auto taking = take_handed(request, in_force, token);
    auto wrong = co_await std::move(taking);
    if (wrong) co_return std::move(*wrong);
    const auto* replaced = renewal.empty() ? nullptr : needs_.tokens.credential();
    const auto unchanged = replaced == nullptr
                               ? std::string{}
                               : why_unchanged(*replaced, token, request.what.renew_before, platform::wall_now());
    if (!unchanged.empty()) {
        terminal_.say(unchanged);
        auto looking = look_at_pairing(std::nullopt, renewal);
        auto known = co_await std::move(looking);
        co_return known;
    }
    const auto too_old = replaced == nullptr ? std::string{} : why_no_renewal(*replaced, token);
    if (!too_old.empty()) co_return remote_failure(PairOutcome::wrong_input, too_old);
    auto done = pair_by_terminal(std::move(request), in_force, std::move(token));
    auto result = co_await std::move(done);
    co_return result;
}

awaitable<RemoteResult> RemotePairing::pair_by_terminal(RemoteRequest request, const config::Config& in_force,
                                                        TokenInput token) {
    auto settings = in_force.pairing;
    if (request.callback_port != 0) settings.callback_port = request.callback_port;
    PairNeeds needs{needs_.network,
                    needs_.files,
                    &needs_.store,
                    settings,
                    in_force.realtime,
                    in_force.api.key,
                    configured_backend(in_force),
                    terminal_};
    auto pairing = pairing::pair(std::move(needs), std::move(request.what), std::move(token));
    auto attended = platform::before(terminal_.abandoned(), std::move(pairing));
    auto paired = co_await std::move(attended);
    if (!paired) co_return remote_failure(PairOutcome::refused, "the terminal that began the pairing went away");
    auto& done = *paired;
    if (done.outcome != PairOutcome::paired) co_return remote_failure(done.outcome, std::move(done.problem));
    RemoteResult result;
    result.changed = true;
    result.device_uuid = done.credential->device_uuid;
    result.device_name = done.credential->device_name;
    terminal_.say("Stored. Waiting for the agent to join…");
    auto waiting = wait_joined(std::move(result), std::move(*done.credential));
    auto joined = co_await std::move(waiting);
    co_return joined;
}

bool RemotePairing::in_use(const credentials::Credential& credential) const {
    const auto* mine = needs_.tokens.credential();
    return mine != nullptr && mine->access_token == credential.access_token;
}

// The watcher of the store has noticed it, or will: the join is by the agent itself. What does not pass ends the wait.
awaitable<RemoteResult> RemotePairing::wait_joined(RemoteResult result, credentials::Credential credential) {
    platform::Timer look{needs_.executor};
    const auto told = show_waiting(terminal_);
    const TimePoint end = platform::BootClock::now() + join_report_limit;
    for (TimePoint now{}; (now = platform::BootClock::now()) < end && !needs_.agent.stopping();) {
        const bool current = in_use(credential);
        result.joined = current && needs_.agent.joined();
        if (result.joined) break;
        const auto* link = needs_.agent.link();
        const bool waits = current && link != nullptr && link->state == realtime::State::waiting;
        result.waiting = waits ? link->reason : std::string{};
        told(result.waiting, std::chrono::ceil<std::chrono::seconds>(end - now));
        if (waits && realtime::permanent(link->cause)) break;
        const auto seen = needs_.tokens.generation();
        look.expires_at(std::min(end, now + join_look));
        co_await (needs_.tokens.changed(seen) || needs_.agent.changed() || platform::expiry(look));
    }
    terminal_.count_down({});
    if (result.joined) co_return result;
    const auto* link = needs_.agent.link();
    result.waiting = link != nullptr ? link->reason : needs_.agent.why_no_link();
    if (result.waiting.empty()) result.waiting = "it is about to";
    co_return result;
}

}  // namespace pairing
