#include "agent/control/json_answer.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "platform/json/tree.hpp"

namespace control {
namespace {

using nlohmann::json;

struct Word {
    Exit code;
    std::string_view name;
};

/// The words stay, whatever the sentences become: tools compare them. A test holds them against the exit codes.
inline constexpr std::array words{Word{Exit::ok, "ok"},
                                  Word{Exit::failure, "failure"},
                                  Word{Exit::not_running, "not_running"},
                                  Word{Exit::not_joined, "not_joined"},
                                  Word{Exit::unpaired, "unpaired"},
                                  Word{Exit::paused, "paused"},
                                  Word{Exit::join_timeout, "join_timeout"},
                                  Word{Exit::not_revoked, "not_revoked"},
                                  Word{Exit::yielding, "yielding"},
                                  Word{Exit::disputed, "disputed"},
                                  Word{Exit::no_browser, "no_browser"},
                                  Word{Exit::token_ends, "token_ends"},
                                  Word{Exit::audit_stopped, "audit_stopped"},
                                  Word{Exit::spool_full, "spool_full"},
                                  Word{Exit::not_accepted, "not_accepted"},
                                  Word{Exit::not_reloaded, "not_reloaded"},
                                  Word{Exit::policy_refuses, "policy_refuses"},
                                  Word{Exit::unanswered, "unanswered"},
                                  Word{Exit::no_device, "no_device"},
                                  Word{Exit::untrusted, "untrusted"},
                                  Word{Exit::usage, "usage"},
                                  Word{Exit::unavailable, "unavailable"},
                                  Word{Exit::temporary, "temporary"},
                                  Word{Exit::refused, "refused"},
                                  Word{Exit::bad_configuration, "bad_configuration"}};

std::string_view meaning_of(Exit code) {
    for (const auto& one : exit_meanings) {
        if (one.code == code) return one.meaning;
    }
    return "it failed";
}

}  // namespace

std::string_view name_of(Exit code) noexcept {
    const auto found = std::find_if(words.begin(), words.end(), [code](const Word& one) { return one.code == code; });
    return found == words.end() ? "failure" : found->name;
}

std::string_view remedy_of(Exit code) noexcept {
    switch (code) {
        case Exit::not_running:
            return "systemctl start bmc-agent, or run  agent";
        case Exit::unpaired:
            return "agent --pair";
        case Exit::not_revoked:
            return "revoke the token at the login server: the message says why it may still be valid";
        case Exit::policy_refuses:
            return "policy.allow lets one more command pass; policy.profile is the rule for the others";
        case Exit::unanswered:
        case Exit::no_device:
            return "agent --devices lists the devices, and who is online";
        case Exit::untrusted:
            return "compare the fingerprints: agent --status on the far machine prints its own, agent --key this one's";
        case Exit::usage:
            return "agent --help-all lists the arguments";
        case Exit::temporary:
            return "try again later; where another agent holds the profile: end it, or use --profile NAME";
        case Exit::bad_configuration:
        case Exit::not_reloaded:
            return "mend it where the message says; agent --config-check looks again";
        default:
            return "agent --doctor says what is wrong, and what helps";
    }
}

void JsonAnswer::report(std::string_view lines) {
    if (lines.empty()) return;
    told_.append(lines.substr(0, told_bytes - std::min(told_.size(), told_bytes)));
    if (told_.back() != '\n' && told_.size() < told_bytes) told_ += '\n';
}

void JsonAnswer::complain(std::string_view what, std::string_view remedy) {
    if (remedy_.empty()) remedy_.assign(remedy);
    if (!complaint_.empty()) complaint_ += '\n';
    complaint_.append(what);
}

std::string JsonAnswer::due(int exit_code, std::string_view otherwise) const {
    if (!asked_ || given_away_ || (printed_ && !streamed_)) return {};
    if (exit_code == 0) {
        if (streamed_) return {};
        json tree = {{"ok", true}};
        if (!told_.empty()) tree["text"] = told_;
        return platform::to_text(tree) + "\n";
    }
    const auto code = static_cast<Exit>(exit_code);
    auto message = !complaint_.empty() ? std::string_view(complaint_) : otherwise;
    if (message.empty()) message = told_;
    const json error = {{"code", name_of(code)},
                        {"message", message.empty() ? meaning_of(code) : message},
                        {"remedy", remedy_.empty() ? remedy_of(code) : std::string_view(remedy_)},
                        {"exit", exit_code}};
    return platform::to_text(json{{"error", error}}) + "\n";
}

}  // namespace control
