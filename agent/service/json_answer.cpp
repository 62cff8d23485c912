#include "agent/service/json_answer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "platform/json.hpp"

namespace service {
namespace {

using nlohmann::json;

std::string_view meaning_of(Exit code) {
    for (const auto& one : exit_meanings) {
        if (one.code == code) return one.meaning;
    }
    return "it failed";
}

}  // namespace

std::string_view name_of(Exit code) noexcept {
    switch (code) {
        case Exit::ok:
            return "ok";
        case Exit::not_running:
            return "not_running";
        case Exit::not_joined:
            return "not_joined";
        case Exit::unpaired:
            return "unpaired";
        case Exit::paused:
            return "paused";
        case Exit::join_timeout:
            return "join_timeout";
        case Exit::not_revoked:
            return "not_revoked";
        case Exit::yielding:
            return "yielding";
        case Exit::disputed:
            return "disputed";
        case Exit::usage:
            return "usage";
        case Exit::unavailable:
            return "unavailable";
        case Exit::temporary:
            return "temporary";
        case Exit::refused:
            return "refused";
        case Exit::bad_configuration:
            return "bad_configuration";
        default:
            return "failure";
    }
}

std::string_view remedy_of(Exit code) noexcept {
    switch (code) {
        case Exit::not_running:
            return "systemctl start bmc-agent, or run  agent";
        case Exit::unpaired:
            return "agent --pair";
        case Exit::not_revoked:
            return "revoke the token at the login server: the message says why it may still be valid";
        case Exit::usage:
            return "agent --help-all lists the arguments";
        case Exit::temporary:
            return "try again later; where another agent holds the profile: end it, or use --profile NAME";
        case Exit::bad_configuration:
            return "mend it where the message says; agent --config-check looks again";
        default:
            return "agent --doctor says what is wrong, and what helps";
    }
}

void JsonAnswer::tell(std::string_view lines) {
    if (lines.empty()) return;
    told_.append(lines.substr(0, told_bytes - std::min(told_.size(), told_bytes)));
    if (told_.back() != '\n' && told_.size() < told_bytes) told_ += '\n';
}

void JsonAnswer::complain(std::string_view what) {
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
                        {"remedy", remedy_of(code)},
                        {"exit", exit_code}};
    return platform::to_text(json{{"error", error}}) + "\n";
}

}  // namespace service
