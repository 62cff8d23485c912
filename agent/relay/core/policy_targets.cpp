// The rules on commands that name a target: which may be attached to, moved, closed or detached from.
#include "agent/relay/core/policy_targets.hpp"

#include "agent/relay/core/policy_rules.hpp"
#include "agent/relay/core/policy_url.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace rules {
namespace {

bool named_is_refused(const ParamContext& context) {
    const NamedTarget& named = context.around.named;
    if (named.unknown) return true;
    if (named.url.empty() && named.type.empty()) return false;
    return is_refused_page(named.url, named.type) &&
           (named.type == "browser_ui" || !is_allowed_url(context.allow_urls, named.url));
}

Judgement without_doubt(const ParamContext& context) {
    std::string_view value;
    return find_member(context.params, "targetId", value) == Found::repeated ? ambiguous("targetId") : Judgement{};
}

}  // namespace

Judgement attached_target(const ParamContext& context) {
    Judgement judged = without_doubt(context);
    if (!passes(judged) || !named_is_refused(context)) return judged;
    const NamedTarget& named = context.around.named;
    const std::string where = named.unknown ? "at a place that is not known" : "at " + origin_of(named.url);
    return deny("target", "The target stands " + where + ": the policy does not let it be attached to.");
}

Judgement moved_target(const ParamContext& context) {
    Judgement judged = without_doubt(context);
    const std::string_view type = context.around.named.type;
    if (!passes(judged) || type.empty() || type == "browser" || !is_browsers_own(type)) return judged;
    return deny("target", "The target is a part of the browser (" + std::string(type.substr(0, 32)) +
                              "): the policy does not let it be moved or closed.");
}

Judgement detached_target(const ParamContext& context) {
    Judgement judged = without_doubt(context);
    if (!passes(judged) || context.around.named.type != "browser") return judged;
    return deny("target", "The policy does not let sessions of the browser target be ended by its id: name a session.");
}

}  // namespace rules

std::string_view named_target(std::string_view method, std::string_view params, std::string& scratch) {
    std::string_view value;
    if (!method.starts_with("Target.") || find_member(params, "targetId", value) != Found::one) return {};
    if (platform::json_kind(value) != platform::JsonKind::string) return {};
    return platform::unescape(value, scratch);
}

}  // namespace relay
