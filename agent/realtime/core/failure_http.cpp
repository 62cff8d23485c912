// HTTP answers: what a refused websocket upgrade and a request of the pairing mean.
#include "agent/realtime/core/failure_parts.hpp"

namespace realtime {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view keyless =
    "the server refuses the connection (401), and api.key is not set, so that the token stood in for the project's "
    "public key: set api.key to that key; if this server wants none, the token is not one that it takes: {renew}";
constexpr std::string_view unauthorised =
    "the server refuses the key or the token (401): check that api.key is this project's public key, and that the "
    "token has not expired and is sent as Authorization: Bearer";
constexpr std::string_view portal =
    "something on this network wants a login first (511), such as a guest portal: open any page in a browser here, log "
    "in, and try again";

std::string with_status(std::string_view before, int status, std::string_view after) {
    return std::string{before}.append(" (").append(std::to_string(status)).append(")").append(after);
}

/// Of the websocket: the first three lines of an answer that no server of ours gives.
std::string upgrade_lost(int status) {
    return with_status("the server did not see a websocket upgrade", status,
                       ": a proxy on the way may strip the Upgrade header");
}

Judgement judge_forbidden(const std::string& words, bool page) {
    if (page) {
        return on_the_way(
            sentence_of("the connection is refused with a page (403): a proxy or a firewall on the way "
                        "answers in the server's place; have it let this host through",
                        words));
    }
    if (!words.empty())
        return verdict(Class::switched_off, sentence_of("the server refuses the connection (403)", words));
    // Servers before July 2026 answer every refusal so: it may be anything, so look again, but slowly.
    Judgement made = verdict(
        Class::unknown, "the server refuses the connection without a reason (403): check api.key, token and address");
    made.wait = {60s, 180s, true};
    return made;
}

Judgement judge_other_upgrade(int status, const std::string& words) {
    if (status >= 200 && status < 400) {
        auto sentence = with_status("the answer to the websocket upgrade was an ordinary page", status,
                                    ": a proxy or portal on the way strips the Upgrade header, or realtime.url is "
                                    "wrong");
        if (status >= 300 && !words.empty()) sentence.append("; ").append(words);
        return on_the_way(std::move(sentence));
    }
    if (status >= 500) {
        return verdict(Class::transient, sentence_of(with_status("the server is in trouble", status, ""), words));
    }
    return verdict(Class::unknown, sentence_of(with_status("the server refuses the connection", status, ""), words));
}

/// Of a request: what its status alone says.
Judgement judge_status(int status, bool page) {
    if (status == 511) return on_the_way(std::string{portal});
    if (status >= 300 && status < 400) {
        return on_the_way(
            "a portal or a proxy on the way answers in its place with a redirect, or the address is wrong");
    }
    if (status == 404) return verdict(Class::configuration, "there is nothing at this address: check it");
    // By its status, in a page too: as at the upgrade.
    if (status == 429) return verdict(Class::limit, "it is asked too often");
    if (status < 300 || (page && status < 500)) {
        return on_the_way("it is a page: a portal or a proxy on the way answers in its place, or the address is wrong");
    }
    if (status == 401 || status == 403)
        return verdict(Class::rights, "it does not take the token, or the token's rights");
    if (status == 407) return verdict(Class::configuration, "the proxy wants other credentials");
    if (status == 408 || status == 425) return verdict(Class::transient, "it was not ready");
    if (status >= 500) return verdict(Class::transient, "it is in trouble");
    Judgement made = verdict(Class::unknown, "it refuses the request");
    made.cause = Cause::others;
    return made;
}

}  // namespace

Judgement judge_upgrade(int status, std::string_view whole_body, bool without_key) {
    const std::string body = platform::words_of(whole_body);
    const bool page = platform::is_page(whole_body);
    const auto rule = page ? std::nullopt : rule_by_text(body);
    if (status == 401 && without_key) {
        const bool expired_token = rule && rule->what == Class::reauthenticate;
        if (!expired_token) return verdict(rule ? rule->what : Class::reauthenticate, sentence_of(keyless, body));
    }
    if (status != 500 && rule) return verdict(rule->what, sentence_of(rule->sentence, body));
    switch (status) {
        case 401:
            return verdict(Class::reauthenticate, sentence_of(unauthorised, body));
        case 403:
            return judge_forbidden(body, page);
        case 404:
            return verdict(Class::configuration, sentence_of("there is no Realtime service at this address (404): "
                                                             "check api.url, and realtime.url where it is set",
                                                             body));
        case 400:
        case 426:
            return on_the_way(sentence_of(upgrade_lost(status), body));
        case 407:
            return verdict(Class::configuration,
                           "the proxy wants other credentials (407): check the proxy's user and password");
        case 414:
        case 431:
            return verdict(Class::configuration,
                           with_status("key or token are too long for the server's address line or headers", status,
                                       ": set the project's public key (api.key), so that the token does not travel "
                                       "in the address"));
        case 429:
            return verdict(Class::limit, sentence_of(rules::overrun, body));
        case 511:
            return on_the_way(std::string{portal});
        default:
            return judge_other_upgrade(status, body);
    }
}

Judgement judge_request(int status, std::string_view whole_body) {
    const bool page = platform::is_page(whole_body);
    Judgement made = judge_status(status, page);
    std::string sentence = "answered " + std::to_string(status);
    const auto words = status < 300 && !page ? std::string{} : platform::words_of(whole_body);
    if (!words.empty()) sentence.append(": ").append(words);
    // A reason of the server's own needs no guess of ours behind it.
    const bool own_reason = !words.empty() && !page && status >= 400 && status < 500 && status != 404;
    if (!own_reason) sentence.append(words.empty() ? ": " : "; ").append(made.sentence);
    made.sentence = std::move(sentence);
    return made;
}

/// The same address takes results with another token: a page that refuses this one is a refusal like any other.
Judgement judge_post(int status, std::string_view whole_body) {
    if (status == 401 || status == 403) {
        return verdict(Class::rights,
                       sentence_of(with_status("results may not be posted over HTTP with this token", status, ""),
                                   platform::words_of(whole_body)));
    }
    return judge_request(status, whole_body);
}

}  // namespace realtime
