#include "agent/relay/command_judge.hpp"

#include "agent/relay/core/policy_targets.hpp"

namespace relay {

Judgement CommandJudge::judge(const Command& command, Place place, const Held& held) const {
    std::string scratch;
    const Policy& policy = policies_.of(held, place);
    Judgement judged = policy.judge(command, surroundings_of(command, place, scratch));
    if (judged.kind != Judgement::Kind::pass || may_use_stream(command, place, held, policy.settings().profile)) {
        return judged;
    }
    judged.kind = Judgement::Kind::deny;
    judged.message =
        "The policy lets a stream be read or closed only where its handle was given in a result of the same session.";
    return judged;
}

// The unknown (an unknown session, a default page that is not attached yet) is judged when the command is
// sent: its request says whether it touches content.
Surroundings CommandJudge::surroundings_of(const Command& command, Place place, std::string& scratch) const {
    Surroundings around{.spool = settings_.spool.folder, .has_window = settings_.browser_has_window};
    around.browser_target = place == Place::browser || (place == Place::default_page && !settings_.default_page);
    const cdp::TargetInfo* target = nullptr;
    if (place == Place::session) target = browser_.target_of(command.session);
    if (place == Place::default_page) target = browser_.default_page();
    const auto named = named_target(command.method, command.params, scratch);
    if (const cdp::TargetInfo* const it = named.empty() ? nullptr : browser_.target(named)) {
        around.named = {it->place(), it->type};
    }
    if (target == nullptr) return around;
    around.browser_target = around.browser_target || target->type == "browser";
    around.page_url = target->place();
    around.page_type = target->type;
    return around;
}

bool CommandJudge::may_use_stream(const Command& command, Place place, const Held& held, Profile profile) const {
    if (place == Place::agent || !uses_stream_handle(command.method)) return true;
    if (profile == Profile::full) return true;
    std::string scratch;
    return handles_.knows({command.session, held.fingerprint}, stream_handle(command.params, scratch));
}

}  // namespace relay
