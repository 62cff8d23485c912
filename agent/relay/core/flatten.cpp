#include "agent/relay/core/flatten.hpp"

#include "agent/relay/core/command.hpp"
#include "agent/relay/core/members.hpp"

namespace relay {
namespace {

/// A harmless command for a session of the old kind.
constexpr std::string_view carried = R"({"sessionId":"0","message":"{\"id\":1,\"method\":\"Page.enable\"}"})";

bool may_carry(const Policy& policy) {
    Command command;
    command.method = "Target.sendMessageToTarget";
    command.params = carried;
    return policy.judge(command, {}).kind == Judgement::Kind::pass;
}

}  // namespace

bool opens_sessions(std::string_view method) noexcept {
    return method == "Target.attachToTarget" || method == "Target.setAutoAttach";
}

Judgement flatten(std::string_view params, const Policy& policy) {
    std::string_view value;
    const Found found = find_member(params, "flatten", value);
    if (found == Found::one && (value == "true" || (value == "false" && may_carry(policy)))) return {};
    if (found != Found::none) {
        return {Judgement::Kind::bad_request,
                {},
                "Leave \"flatten\" out, or let it be true, once: a session of the other kind takes no commands over "
                "this channel.",
                {}};
    }
    Judgement judged{Judgement::Kind::rewrite, {}, {}, R"({"flatten":true)"};
    const auto begin = params.find('{');
    const auto rest = begin == std::string_view::npos ? std::string_view{"}"} : params.substr(begin + 1);
    const auto first = rest.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && rest[first] != '}') judged.params += ',';
    judged.params += rest;
    return judged;
}

}  // namespace relay
