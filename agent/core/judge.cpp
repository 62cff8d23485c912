#include "agent/core/judge.hpp"

#include "agent/core/judge_rules.hpp"
#include "platform/json_slice.hpp"

#include <algorithm>
#include <optional>

namespace core {

namespace {

using namespace rules;
using namespace std::chrono_literals;

/// What a class waits for. The 5 s that the server itself waits before a join error come on top.
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

std::optional<Rule> by_text(std::string_view text) noexcept {
    const auto found =
        std::find_if(texts.begin(), texts.end(), [text](const Rule& rule) { return text.starts_with(rule.text); });
    if (found == texts.end()) return std::nullopt;
    return *found;
}

constexpr std::size_t quoted_max = 200;

std::string sentence_of(std::string_view sentence, std::string_view servers_words) {
    std::string out{sentence};
    if (servers_words.empty()) return out;
    out += " (server: ";
    out += servers_words.substr(0, quoted_max);
    out += ')';
    return out;
}

Judgement verdict(Class what, std::string sentence) {
    Judgement made;
    made.what = what;
    made.wait = wait_of(what);
    made.sentence = std::move(sentence);
    return made;
}

/// "Code: text", a bare text, or a bare code in the Erlang manner. A code's own text may say more than the code.
Judgement judge_reason(std::string_view reason, Class otherwise, std::string_view otherwise_sentence) {
    std::string_view code;
    std::string_view rest;
    std::optional<Rule> rule;
    // InvalidJWTToken is both "expired" (a fresh one helps) and "wrong claims" (it does not): its text decides.
    if (has_code(reason, code, rest)) rule = code == "InvalidJWTToken" ? by_text(rest) : by_code(code);
    if (!rule) rule = by_text(reason);
    if (!rule && code == "InvalidJWTToken") rule = Rule{code, Class::rights, wrong_token};
    Judgement made = rule ? verdict(rule->what, sentence_of(rule->sentence, reason))
                          : verdict(otherwise, sentence_of(otherwise_sentence, reason));
    if (code == "UnableToReplayMessages") {
        made.replay = true;
        if (!rest.starts_with("Realtime was unable")) made.wait = {0s, 1s, false};
    }
    return made;
}

/// The text in a refusal's body: {"error": …} from the server, {"message": …} from gateways, else the body itself.
std::string text_of(std::string_view body) {
    std::string found;
    const auto read = [&found](std::string_view key, std::string_view value) {
        if (key == "error" || key == "message") platform::append_unescaped(found, value);
        return found.empty();
    };
    if (platform::json_kind(body) == platform::JsonKind::object) platform::for_each_member(body, read);
    return found.empty() ? std::string{body.substr(0, quoted_max)} : found;
}

constexpr std::string_view keyless =
    "the server refuses the connection (401), and api.key is not set, so that the token stood in for the project's "
    "public key: set api.key to that key; if this server wants none, the token is not one that it takes: {renew}";

Judgement judge_upgrade(int status, std::string_view whole_body, bool without_key) {
    const std::string body = text_of(whole_body);
    if (status == 401 && without_key) {
        const auto rule = by_text(body);
        const bool expired_token = rule && rule->what == Class::reauthenticate;
        if (!expired_token) return verdict(rule ? rule->what : Class::reauthenticate, sentence_of(keyless, body));
    }
    if (status != 500) {
        if (const auto rule = by_text(body)) return verdict(rule->what, sentence_of(rule->sentence, body));
    }
    switch (status) {
        case 401:
            return verdict(
                Class::reauthenticate,
                sentence_of("the server refuses the key or the token (401): check that api.key is this project's "
                            "public key, and that the token has not expired and is sent as Authorization: "
                            "Bearer",
                            body));
        case 403:
            // Servers before July 2026 answer every refusal so: it may be anything, so look again, but slowly.
            if (body.empty()) {
                Judgement made = verdict(
                    Class::unknown,
                    "the server refuses the connection without a reason (403): check api.key, token and address");
                made.wait = {60s, 180s, true};
                return made;
            }
            return verdict(Class::switched_off, sentence_of("the server refuses the connection (403)", body));
        case 404:
            return verdict(Class::configuration,
                           sentence_of("there is no Realtime service at this address (404): check realtime.url", body));
        case 400:
        case 426:
            return verdict(Class::configuration,
                           sentence_of("the server did not see a websocket upgrade (" + std::to_string(status) +
                                           "): a proxy on the way may strip the Upgrade header",
                                       body));
        case 407:
            return verdict(Class::configuration,
                           "the proxy wants other credentials (407): check the proxy's user and password");
        case 414:
        case 431:
            return verdict(Class::configuration,
                           "key or token are too long for the server's address line or headers (" +
                               std::to_string(status) +
                               "): set the project's public key (api.key), so that the token does not travel "
                               "in the address");
        case 429:
            return verdict(Class::limit, sentence_of(overrun, body));
        default:
            break;
    }
    if (status >= 200 && status < 400) {
        return verdict(Class::configuration,
                       "the answer to the websocket upgrade was an ordinary page (" + std::to_string(status) +
                           "): a proxy or portal on the way strips the Upgrade header, or realtime.url is wrong");
    }
    if (status >= 500)
        return verdict(Class::transient,
                       sentence_of("the server is in trouble (" + std::to_string(status) + ")", body));
    return verdict(Class::unknown,
                   sentence_of("the server refuses the connection (" + std::to_string(status) + ")", body));
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

char letter(Class what) noexcept {
    return static_cast<char>('A' + static_cast<int>(what));
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

std::string_view code_of(std::string_view reason) noexcept {
    const auto colon = reason.find(": ");
    if (colon == std::string_view::npos || colon == 0) return {};
    const auto code = reason.substr(0, colon);
    return code.find_first_of(" \t\r\n") == std::string_view::npos ? code : std::string_view{};
}

namespace {

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
        case Signal::Kind::connect:
            return verdict(Class::transient,
                           "no connection to the server: " + std::string{signal.text.substr(0, quoted_max)});
        case Signal::Kind::trust: {
            // Mended by somebody at either end; until then a try is as cheap as after a lost connection.
            Judgement made = verdict(Class::configuration, std::string{signal.text.substr(0, quoted_max)});
            made.wait = wait_of(Class::transient);
            return made;
        }
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

}  // namespace core
