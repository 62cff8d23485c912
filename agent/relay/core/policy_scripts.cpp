// The rules on what acts later than it is asked for: scripts for new documents, conditions of breakpoints.
#include "agent/relay/core/policy_rules.hpp"
#include "agent/relay/core/policy_url.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace rules {
namespace {

using platform::JsonKind;

/// A member that must be given once at most. Its text is decoded into `scratch`; empty where it is no string.
Found text_member(const ParamContext& context, std::string_view name, std::string& scratch) {
    std::string_view value;
    const Found found = find_member(context.params, name, value);
    std::string decoded;
    if (found == Found::one && platform::json_kind(value) == JsonKind::string) {
        decoded = platform::unescape(value, scratch);
    }
    scratch = std::move(decoded);
    return found;
}

Judgement gated_script(const ParamContext& context, std::initializer_list<std::string_view> members) {
    for (const std::string_view name : members) {
        std::string_view value;
        if (find_member(context.params, name, value) == Found::repeated) return ambiguous(name);
    }
    Judgement passed;
    passed.gated = true;
    return passed;
}

}  // namespace

Judgement script_on_new_document(const ParamContext& context) {
    std::string_view at_once;
    const Found found = find_member(context.params, "runImmediately", at_once);
    if (found == Found::repeated) return ambiguous("runImmediately");
    if (context.page_refused && found == Found::one && at_once != "false") {
        return deny("page", "The session's page stands where the policy lets nothing run.");
    }
    return gated_script(context, {"source", "worldName", "includeCommandLineAPI"});
}

Judgement script_on_load(const ParamContext& context) {
    return gated_script(context, {"scriptSource"});
}

Judgement reload(const ParamContext& context) {
    std::string script;
    const Found found = text_member(context, "scriptToEvaluateOnLoad", script);
    if (found == Found::repeated) return ambiguous("scriptToEvaluateOnLoad");
    if (script.empty()) return {};
    return deny("standing",
                "The policy does not let a reload carry a script: use Page.addScriptToEvaluateOnNewDocument instead.");
}

Judgement breakpoint_by_url(const ParamContext& context) {
    std::string condition;
    std::string url;
    for (auto [name, slot] : {std::pair{"condition", &condition}, {"url", &url}}) {
        if (text_member(context, name, *slot) == Found::repeated) return ambiguous(name);
    }
    if (condition.empty()) return {};
    const bool web = !url.empty() && !scheme_of(normalize_url(url)).empty();
    if (web && (!is_refused_url(url) || is_allowed_url(context.allow_urls, url))) return {};
    return deny("standing",
                "The policy lets a breakpoint have a condition only with a full \"url\" of the web: by a pattern or a "
                "hash it would run in any document to come.");
}

}  // namespace rules
}  // namespace relay
