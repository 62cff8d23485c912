// What the files of parameter rules share: the words of a refusal, and the rules that have their own files.
// For policy_params.cpp and the rules themselves alone.
#pragma once

#include <string>
#include <string_view>

#include "agent/relay/core/members.hpp"
#include "agent/relay/core/policy_params.hpp"
#include "platform/json/core/slice.hpp"

namespace relay::rules {

inline Judgement deny(std::string_view rule, std::string message) {
    return {Judgement::Kind::deny, rule, std::move(message), {}};
}

inline Judgement ambiguous(std::string_view name) {
    return {Judgement::Kind::bad_request, "params", "The parameter \"" + std::string(name) + "\" is repeated.", {}};
}

inline Judgement malformed(std::string_view name, std::string_view wanted) {
    return {Judgement::Kind::bad_request,
            "params",
            "The parameter \"" + std::string(name) + "\" must be " + std::string(wanted) + '.',
            {}};
}

inline bool passes(const Judgement& judgement) noexcept {
    return judgement.kind == Judgement::Kind::pass;
}

/// Whether `words`, separated by spaces, hold `word`.
bool is_word_of(std::string_view words, std::string_view word) noexcept;

/// Each element of an array of strings goes through `judge_one`, until one is refused.
template <class JudgeOne>
Judgement judge_strings(std::string_view name, std::string_view array, JudgeOne&& judge_one) {
    Judgement outcome;
    const auto visit = [&](std::string_view value) {
        std::string scratch;
        outcome = platform::json_kind(value) == platform::JsonKind::string
                      ? judge_one(platform::unescape(value, scratch))
                      : malformed(name, "an array of strings");
        return passes(outcome);
    };
    if (platform::json_kind(array) != platform::JsonKind::array) return malformed(name, "an array of strings");
    platform::for_each_element(array, visit);
    return outcome;
}

/// A number as JSON writes it (`1e3`, `86.0`); false for what is none.
bool read_number(std::string_view value, double& out);

// What pages may be granted (policy_permissions.cpp).
Judgement grant(const ParamContext& context);
Judgement set_permission(const ParamContext& context);

// Keys and buttons that reach a person's clipboard (policy_input.cpp).
Judgement key_event(const ParamContext& context);
Judgement mouse_event(const ParamContext& context);

// What acts later than it is asked for (policy_scripts.cpp): a script for new documents passes, gated; one that a
// reload carries is refused; the condition of a breakpoint passes for a URL of the web.
Judgement script_on_new_document(const ParamContext& context);
Judgement script_on_load(const ParamContext& context);
Judgement reload(const ParamContext& context);
Judgement breakpoint_by_url(const ParamContext& context);

// Targets that a command names (policy_targets.cpp): those that it opens a way into, that it closes or brings to the
// front, and whose sessions it ends.
Judgement attached_target(const ParamContext& context);
Judgement moved_target(const ParamContext& context);
Judgement detached_target(const ParamContext& context);

// Categories of a trace (policy_tracing.cpp).
Judgement tracing(const ParamContext& context);

}  // namespace relay::rules
