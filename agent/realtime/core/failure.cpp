#include "agent/realtime/core/failure.hpp"

#include "agent/realtime/core/failure_parts.hpp"

#include <algorithm>
#include <optional>

namespace realtime {

namespace {

using namespace rules;
using namespace std::chrono_literals;

/// Bytes of our own words about the way: names of hosts and of a certificate are in them.
constexpr std::size_t way_words = 600;

bool has_code(std::string_view reason, std::string_view& code, std::string_view& rest) noexcept {
    code = code_of(reason);
    rest = code.empty() ? reason : reason.substr(code.size() + 2);
    return !code.empty();
}

std::optional<Rule> by_code(std::string_view code) noexcept {
    const auto found = std::find_if(codes.begin(), codes.end(), [code](const Rule& rule) { return rule.text == code; });
    if (found == codes.end()) return std::nullopt;
    return *found;
}

/// "Code: text", a bare text, or a bare code in the Erlang manner. A code's own text may say more than the code.
Judgement judge_reason(std::string_view reason, Class otherwise, std::string_view otherwise_sentence) {
    std::string_view code;
    std::string_view rest;
    std::optional<Rule> rule;
    // InvalidJWTToken is both "expired" (a fresh one helps) and "wrong claims" (it does not): its text decides.
    if (has_code(reason, code, rest)) rule = code == "InvalidJWTToken" ? rule_by_text(rest) : by_code(code);
    if (!rule) rule = rule_by_text(reason);
    if (!rule && code == "InvalidJWTToken") rule = Rule{code, Class::rights, wrong_token};
    Judgement made = rule ? verdict(rule->what, sentence_of(rule->sentence, reason))
                          : verdict(otherwise, sentence_of(otherwise_sentence, reason));
    if (code == "UnableToReplayMessages") {
        made.replay = true;
        if (!rest.starts_with("Realtime was unable")) made.wait = {0s, 1s, false};
    }
    return made;
}

Judgement judge_close(int code) {
    switch (code) {
        case 1000:
            return verdict(
                Class::transient,
                "the server ended the connection (1000): it had not heard the agent for a minute, or stopped");
        case 1001:
            return verdict(Class::limit,
                           "the server ended the connection (1001): too many joins a second in the project, or the "
                           "project is gone");
        case 1002:
            return verdict(Class::transient, "the server saw a broken frame (1002)");
        case 1007:
            return verdict(Class::transient, "the connection was ended for text that is not UTF-8 (1007)");
        case 1009: {
            Judgement made = verdict(
                Class::transient,
                "the server refuses a message of that size (1009): it is not sent again; check realtime.payload_limit");
            made.too_large = true;
            return made;
        }
        case 1011:
            return verdict(Class::transient, "the server crashed while it served the connection (1011)");
        case 1012:
            return verdict(Class::restart, "the server restarts, or the project's settings changed (1012)");
        case 1006: {
            Judgement made = verdict(Class::transient, "the connection was lost");
            return made;
        }
        default:
            return verdict(Class::unknown, "the server ended the connection (" + std::to_string(code) + ")");
    }
}

Judgement judge_ack(std::string_view error) {
    if (error.starts_with("payload_size_exceeded")) {
        Judgement made =
            verdict(Class::limit, "a message exceeds the backend's payload limit: set realtime.payload_limit lower");
        made.too_large = true;
        made.wait = {};
        return made;
    }
    if (error == "rls_policy_error" || error == "query_canceled" || error == "missing_partition" ||
        error == "unable_to_connect_to_project" || error == "increase_connection_pool" ||
        error == "unable_to_set_policies") {
        return verdict(Class::transient, sentence_of(database, error));
    }
    return judge_reason(error, Class::unknown, "the server refused a message");
}

}  // namespace

// The 5 s that the server itself waits before a join error come on top.
Wait wait_of(Class what) noexcept {
    switch (what) {
        case Class::reauthenticate:
            return {30s, 60s, true};
        case Class::rights:
            return {60s, 180s, true};
        case Class::configuration:
            return {60s, 180s, true};
        case Class::switched_off:
            return {120s, 300s, false};
        case Class::limit:
            return {10s, 60s, false};
        case Class::restart:
            return {200ms, 3s, false};
        case Class::transient:
        case Class::unknown:
            return {0s, 0s, true};
    }
    return {0s, 0s, true};
}

Cause cause_of(Class what) noexcept {
    switch (what) {
        case Class::reauthenticate:
        case Class::rights:
            return Cause::credential;
        case Class::configuration:
            return Cause::settings;
        case Class::switched_off:
            return Cause::others;
        case Class::limit:
        case Class::transient:
        case Class::restart:
        case Class::unknown:
            return Cause::passing;
    }
    return Cause::passing;
}

std::string_view to_string(Class what) noexcept {
    switch (what) {
        case Class::reauthenticate:
            return "re-authenticate";
        case Class::rights:
            return "rights";
        case Class::configuration:
            return "configuration";
        case Class::switched_off:
            return "switched off";
        case Class::limit:
            return "limit";
        case Class::transient:
            return "transient";
        case Class::restart:
            return "restart";
        case Class::unknown:
            return "unknown";
    }
    return "?";
}

std::string_view remedy_of(Class what) noexcept {
    switch (what) {
        case Class::reauthenticate:
        case Class::rights:
            return {};
        case Class::configuration:
            return "check api.url and realtime.url, and the Realtime settings of the project";
        case Class::switched_off:
            return "ask the project's operator to switch Realtime on, or to resume the project";
        case Class::limit:
            return "wait a minute; if it stays so, raise that limit of the project (README has a table)";
        case Class::restart:
            return "nothing is to be done here: run this again in a minute";
        case Class::transient:
            return "nothing is to be done on this machine: the backend or its database is away; see its status page, "
                   "and run this again";
        case Class::unknown:
            break;
    }
    return "see the backend's log at this time; if it stays so, send it with what  agent --support-bundle FILE  writes";
}

std::string_view code_of(std::string_view reason) noexcept {
    const auto colon = reason.find(": ");
    if (colon == std::string_view::npos || colon == 0) return {};
    const auto code = reason.substr(0, colon);
    return code.find_first_of(" \t\r\n") == std::string_view::npos ? code : std::string_view{};
}

namespace {

/// No connection. Mended by somebody at either end; until then a try is as cheap as after a lost connection.
Judgement judge_way(const Signal& signal) {
    std::string why{signal.text.substr(0, way_words)};
    const bool trust = signal.kind == Signal::Kind::trust;
    if (!trust) why.insert(0, "no connection to the server: ");
    if (signal.kind == Signal::Kind::connect) return verdict(Class::transient, std::move(why));
    Judgement made = verdict(Class::configuration, std::move(why));
    made.wait = wait_of(Class::transient);
    if (signal.kind != Signal::Kind::unusable) made.cause = Cause::others;
    return made;
}

Judgement judge_kind(const Signal& signal) {
    switch (signal.kind) {
        case Signal::Kind::upgrade:
            return judge_upgrade(signal.number, signal.text, signal.without_key);
        case Signal::Kind::join:
            return judge_reason(signal.text, Class::unknown, "the server refused the join");
        case Signal::Kind::join_timeout:
            return verdict(Class::transient, "the server did not answer the join in time");
        case Signal::Kind::system: {
            Judgement made = judge_reason(signal.text, Class::unknown, "the server closed the channel");
            if (signal.text.starts_with("Too many messages per second")) {
                made.rate = true;
                made.wait = {30s, 60s, false};
            } else if (signal.text.starts_with("Client presence rate limit")) {
                made.wait = {30s, 60s, false};
            }
            return made;
        }
        case Signal::Kind::channel:
            return judge_reason(signal.text, Class::transient, "the server closed the channel without a reason");
        case Signal::Kind::socket:
            return judge_close(signal.number);
        case Signal::Kind::silence:
            return verdict(Class::transient,
                           "nothing came from the server for too long: the connection counts as dead");
        case Signal::Kind::request:
            return judge_request(signal.number, signal.text);
        case Signal::Kind::post:
            return judge_post(signal.number, signal.text);
        case Signal::Kind::connect:
        case Signal::Kind::barred:
        case Signal::Kind::trust:
        case Signal::Kind::unusable:
            return judge_way(signal);
        case Signal::Kind::ack:
            return judge_ack(signal.text);
    }
    return verdict(Class::unknown, "unknown failure");
}

}  // namespace

Judgement judge(const Signal& signal) {
    auto made = judge_kind(signal);
    if (const auto at = made.sentence.find(renew_mark); at != std::string::npos) {
        made.sentence.replace(at, renew_mark.size(), signal.renewal);
    }
    return made;
}

}  // namespace realtime
