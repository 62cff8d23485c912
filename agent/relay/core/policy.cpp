#include "agent/relay/core/policy.hpp"

#include <algorithm>

#include "agent/relay/core/members.hpp"
#include "agent/relay/core/policy_params.hpp"
#include "agent/relay/core/policy_url.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

using Kind = Judgement::Kind;

/// The address of the page that was judged last is kept up to this size, in bytes.
constexpr std::size_t most_kept_url = 4096;

/// A command may carry another one (Target.sendMessageToTarget), which may carry another: more levels are refused.
constexpr int max_nesting = 4;

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (true) {
        const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
        text.remove_prefix(begin);
        if (text.empty()) return words;
        const std::size_t end = std::min(text.find(' '), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

bool is_method_pattern(std::string_view text) noexcept {
    if (text == "*") return true;
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*' || c == '.'; };
    return text.size() <= max_method_bytes && std::all_of(text.begin(), text.end(), fits) &&
           std::count(text.begin(), text.end(), '.') == 1;
}

// Empty when the text is a rule, else what is wrong with it.
std::string parse_rule(const std::string& text, PolicyRule& rule) {
    rule.text = text;
    const auto words = words_of(text);
    if (words.empty()) return "is empty: write a method pattern such as \"Page.navigate\" or \"SystemInfo.*\"";
    auto method = words.front();
    if (method.starts_with(newer_chrome)) method.remove_prefix(newer_chrome.size());
    if (!is_method_pattern(method)) {
        return "does not begin with a method pattern: write Domain.name, Domain.* or *";
    }
    rule.method = method;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::size_t equals = words[i].find('=');
        if (equals == 0 || equals == std::string_view::npos) return "has a condition that is not name=pattern";
        rule.conditions.push_back({std::string(words[i].substr(0, equals)), std::string(words[i].substr(equals + 1))});
    }
    return {};
}

std::string parse_rules(std::string_view name, const std::vector<std::string>& texts, std::vector<PolicyRule>& rules) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
        PolicyRule rule;
        const std::string wrong = parse_rule(texts[i], rule);
        if (!wrong.empty()) {
            return "policy." + std::string(name) + "[" + std::to_string(i) + "] \"" + texts[i] + "\" " + wrong + '.';
        }
        rules.push_back(std::move(rule));
    }
    return {};
}

bool goes_through(const Judgement& judgement) noexcept {
    return judgement.kind == Kind::pass || judgement.kind == Kind::rewrite;
}

// A condition on one value: strings by their decoded text (and, for a refusal, as a URL parser would see it), arrays by
// their elements: any of them for a refusal, all of them to lift one. Everything else by its bytes.
bool condition_holds(std::string_view glob, std::string_view value, bool lifts) {
    if (platform::json_kind(value) == platform::JsonKind::array) {
        bool any = false;
        bool all = true;
        platform::for_each_element(value, [&](std::string_view element) {
            const bool holds = condition_holds(glob, element, lifts);
            any = any || holds;
            all = all && holds;
            return true;
        });
        return lifts ? any && all : any;
    }
    std::string scratch;
    const bool text = platform::json_kind(value) == platform::JsonKind::string;
    const std::string_view plain = text ? platform::unescape(value, scratch) : value;
    const bool as_url = matches_glob(glob, normalize_url(plain));
    if (lifts) return as_url && !climbs(plain);
    return as_url || matches_glob(glob, plain);
}

// In a session of a page these domains are confined to it. At the browser target they are the whole browser's.
bool reaches_every_page(std::string_view method) noexcept {
    const std::string_view domain = method.substr(0, method.find('.'));
    if (method == "Emulation.getScreenInfos") return false;  // looks only
    return domain == "Fetch" || domain == "Network" || domain == "Security" || domain == "Emulation" ||
           domain == "Memory";
}

std::string_view profile_rule(Profile profile) noexcept {
    return name_of(profile);
}

Judgement repeated_for(const PolicyRule& rule) {
    return {Judgement::Kind::bad_request,
            rule.text,
            "A parameter that the policy looks at, by a rule of the owner, is repeated.",
            {}};
}

}  // namespace

Policy::Policy(PolicySettings settings)
    : settings_{std::move(settings)}, hosts_{settings_.hosts_deny, settings_.hosts_allow, settings_.own_ports} {
    error_ = parse_rules("deny", settings_.deny, deny_);
    if (error_.empty()) error_ = parse_rules("allow", settings_.allow, allow_);
    if (error_.empty()) error_ = hosts_.error();
}

Policy::Match Policy::matches(const PolicyRule& rule, const Command& command, bool lifts) const {
    if (!matches_glob(rule.method, command.method)) return Match::no;
    Match outcome = Match::yes;
    for (const auto& condition : rule.conditions) {
        std::string_view value;
        const Found found = find_member(command.params, condition.name, value);
        if (found == Found::repeated) return Match::ambiguous;
        if (found == Found::none || !condition_holds(condition.glob, value, lifts)) outcome = Match::no;
    }
    return outcome;
}

bool Policy::refuses_page(std::string_view url, std::string_view type) const {
    if (last_page_ && last_page_->url == url && last_page_->type == type) return last_page_->refused;
    const bool refused =
        is_refused_page(url, type) && (type == "browser_ui" || !is_allowed_url(settings_.allow_urls, url));
    if (url.size() > most_kept_url) return refused;
    last_page_ = JudgedPage{std::string{url}, std::string{type}, refused};
    return refused;
}

bool Policy::allows_scheme_of(std::string_view url) const {
    const auto scheme = url.substr(0, url.find(':'));
    return std::any_of(settings_.allow_urls.begin(), settings_.allow_urls.end(), [scheme](const std::string& allowed) {
        const auto its_own = std::string_view{allowed}.substr(0, allowed.find(':'));
        return its_own == scheme || its_own.find_first_of("*?[") != std::string_view::npos;
    });
}

bool Policy::guards_content(std::string_view method) const {
    const Placement* const placement = placement_of(method);
    return settings_.profile != Profile::full && (placement == nullptr || placement->touch == Touch::content);
}

Judgement Policy::judge(const Command& command, const Surroundings& around) const {
    if (!error_.empty()) return {Kind::deny, "policy", "The policy cannot be read: " + error_, {}};
    return judge_message(command, around, 0);
}

Judgement Policy::judge_message(const Command& command, const Surroundings& around, int depth) const {
    for (const PolicyRule& rule : deny_) {
        const Match match = matches(rule, command, false);
        if (match == Match::no) continue;
        if (match == Match::yes)
            return {Kind::deny, rule.text, "The policy forbids it: the owner's rule \"" + rule.text + "\".", {}};
        return repeated_for(rule);
    }
    const PolicyRule* allowed = nullptr;
    for (const PolicyRule& rule : allow_) {
        const Match match = matches(rule, command, true);
        if (match == Match::ambiguous) {
            return repeated_for(rule);
        }
        if (match == Match::no) continue;
        if (allowed == nullptr || !rule.conditions.empty()) allowed = &rule;
    }
    Judgement judged = judge_profile(command, around, allowed);
    if (!goes_through(judged) || command.method != "Target.sendMessageToTarget") return judged;
    const Judgement inner = judge_nested(command, around, depth);
    return inner.kind == Kind::deny || inner.kind == Kind::bad_request ? inner : judged;
}

Judgement Policy::judge_profile(const Command& command, const Surroundings& around, const PolicyRule* allowed) const {
    const Profile profile = settings_.profile;
    if (profile == Profile::full) return {Kind::pass, profile_rule(profile), {}, {}};
    const Placement* const placement = placement_of(command.method);
    const std::string method{command.method};
    if (allowed == nullptr) {
        if (placement == nullptr) return {Kind::deny, "unplaced", "No rule of the policy places " + method + '.', {}};
        if (placement->least > profile) {
            return {Kind::deny,
                    profile_rule(profile),
                    "The policy does not let " + method + " pass: it is beyond the profile \"" +
                        std::string(name_of(profile)) + "\".",
                    {}};
        }
    }
    if (allowed == nullptr && around.browser_target && reaches_every_page(command.method)) {
        return {Kind::deny,
                "browser-target",
                "The policy does not let " + method +
                    " reach every page of the browser, also those of others: send it to the session of a page.",
                {}};
    }
    const bool page_refused = stands_refused(around);
    if (page_refused) {
        Judgement place = judge_place(command, around, placement);
        if (!goes_through(place)) return place;
    }
    if (allowed != nullptr && !allowed->conditions.empty()) return {Kind::pass, allowed->text, {}, {}};
    Judgement judged =
        judge_params(command.method, {command.params, around, settings_.allow_urls, hosts_, page_refused});
    if (judged.kind == Kind::pass)
        judged.rule = allowed != nullptr ? std::string_view{allowed->text} : profile_rule(profile);
    return judged;
}

bool Policy::stands_refused(const Surroundings& around) const {
    const bool no_page = around.page_url.empty() && around.page_type.empty();
    return around.page_unknown || (!no_page && refuses_page(around.page_url, around.page_type));
}

Judgement Policy::judge_place(const Command& command, const Surroundings& around, const Placement* placement) const {
    if (placement == nullptr || placement->touch == Touch::content) {
        const std::string where = around.page_url.empty() ? "where nobody knows yet" : origin_of(around.page_url);
        return {Kind::deny,
                "page",
                "The session's page stands at " + where +
                    ", where the policy lets nothing be read or changed. Navigate away first.",
                {}};
    }
    const bool looks_on = placement->least == Profile::observe || command.method.ends_with(".enable") ||
                          command.method.ends_with(".disable");
    if (looks_on || around.page_type.empty() || !is_browsers_own(around.page_type)) return {};
    return {Kind::deny,
            "page",
            "The session's target is a part of the browser (" + std::string(around.page_type.substr(0, 32)) +
                "): the policy does not let it be driven.",
            {}};
}

// The carried command goes to another session, whose page is not known here: what touches content counts as refused.
Judgement Policy::judge_nested(const Command& command, const Surroundings& around, int depth) const {
    if (settings_.profile == Profile::full && deny_.empty()) return {};
    if (depth == max_nesting) return {Kind::deny, "nested", "The policy does not let commands be nested so deep.", {}};
    std::string_view message;
    if (find_member(command.params, "message", message) == Found::repeated) {
        return {Kind::bad_request, "nested", "The parameter \"message\" is repeated.", {}};
    }
    std::string scratch;
    const std::string text{platform::unescape(message, scratch)};
    CommandReader reader;
    if (!reader.read(text)) {
        return {Kind::bad_request,
                "nested",
                "The command in \"message\" cannot be judged: " + reader.unreadable().message,
                {}};
    }
    Surroundings there{.spool = around.spool, .has_window = around.has_window, .page_unknown = true};
    there.named.unknown = true;
    Judgement inner = judge_message(reader.command(), there, depth + 1);
    if (inner.kind != Kind::rewrite && !inner.gated) return inner;
    return {Kind::deny, "nested", "The policy would have to change it, and a nested command cannot be changed.", {}};
}

PolicyAnswer policy_check(const Policy& policy, std::string_view method, std::string_view params,
                          std::string_view spool, bool has_window) {
    if (!policy.error().empty()) return {false, "refused: " + policy.error() + '\n'};
    std::string payload = R"({"id":1,"method":)";
    platform::append_quoted(payload, method);
    if (!params.empty()) payload.append(R"(,"params":)").append(params);
    payload += '}';
    CommandReader reader;
    if (!reader.read(payload)) return {false, "refused (bad_request): " + reader.unreadable().message + '\n'};
    const Judgement judged = policy.judge(reader.command(), {{}, {}, spool, has_window});
    const std::string rule = "rule: " + std::string(judged.rule) + '\n';
    switch (judged.kind) {
        case Kind::pass:
            break;
        case Kind::rewrite:
            return {true, "allowed, with these parameters instead: " + judged.params + '\n' + rule};
        case Kind::deny:
            return {false, "refused (denied): " + judged.message + '\n' + rule};
        case Kind::bad_request:
            return {false, "refused (bad_request): " + judged.message + '\n' + rule};
    }
    std::string text = "allowed\n" + rule;
    const Placement* const placement = placement_of(reader.command().method);
    if (placement != nullptr && placement->touch == Touch::content && policy.settings().profile != Profile::full) {
        text += "but refused in a session whose page stands at a refused scheme (file:, chrome:, …)\n";
    }
    return {true, text};
}

}  // namespace relay
