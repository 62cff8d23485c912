// Tracing. A trace shows what the whole browser does, every profile and client; some categories name files of the
// machine, requests with their headers, or memory. So the request is rewritten to an explicit list of categories out of
// those that tell of pages alone, whichever way it was asked for.
// Source of the names: Tracing.getCategories of Chromium 156, and the default lists of DevTools, Lighthouse, Puppeteer
// and Playwright, which pass whole.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "agent/relay/core/policy_rules.hpp"
#include "agent/relay/core/policy_url.hpp"

namespace relay::rules {
namespace {

using platform::JsonKind;

/// Recorded when nothing else is asked for.
constexpr std::string_view usual =
    "accessibility benchmark blink blink.animations blink.bindings blink.console blink.resource blink.task_attribution "
    "blink.user_timing blink.webdx_feature_usage blink.worker blink_style cc cppgc devtools devtools.contrast "
    "devtools.timeline devtools.timeline.async graphics.pipeline input input.scrolling interactions latency "
    "latencyInfo "
    "loading mojom navigation rail renderer renderer.scheduler scheduler scheduler.long_tasks sequence_manager "
    "toplevel "
    "toplevel.flow v8 v8.execute v8.wasm viz webaudio WebCore";

/// Recorded where they are named.
constexpr std::string_view by_name =
    "disabled-by-default-animation-worklet disabled-by-default-audio-worklet disabled-by-default-blink.debug "
    "disabled-by-default-blink.debug.display_lock disabled-by-default-blink.debug.layout "
    "disabled-by-default-blink.debug.layout.trees disabled-by-default-blink.feature_usage "
    "disabled-by-default-blink.image_decoding disabled-by-default-blink.invalidation disabled-by-default-cc "
    "disabled-by-default-cc.debug disabled-by-default-cc.debug.display_items disabled-by-default-cppgc "
    "disabled-by-default-devtools.screenshot disabled-by-default-devtools.target-rundown "
    "disabled-by-default-devtools.timeline disabled-by-default-devtools.timeline.frame "
    "disabled-by-default-devtools.timeline.inputs disabled-by-default-devtools.timeline.invalidationTracking "
    "disabled-by-default-devtools.timeline.layers disabled-by-default-devtools.timeline.picture "
    "disabled-by-default-devtools.timeline.stack disabled-by-default-devtools.v8-source-rundown "
    "disabled-by-default-devtools.v8-source-rundown-sources disabled-by-default-layout_shift.debug "
    "disabled-by-default-lighthouse disabled-by-default-loading disabled-by-default-paint-worklet "
    "disabled-by-default-renderer.scheduler disabled-by-default-v8.compile disabled-by-default-v8.cpu_profiler "
    "disabled-by-default-v8.cpu_profiler.hires disabled-by-default-v8.gc disabled-by-default-v8.gc_stats "
    "disabled-by-default-v8.runtime_stats disabled-by-default-v8.runtime_stats_sampling "
    "disabled-by-default-v8.stack_trace";

constexpr std::string_view disabled_prefix = "disabled-by-default-";
/// What Chrome takes where nothing is said; more would be memory of the machine.
constexpr std::uint64_t max_buffer_kb = 200 * 1024;

/// What a trace is to record, out of either way of asking for it.
struct Wish {
    std::vector<std::string> included;
    std::vector<std::string> excluded;
    std::string mode;  // recordMode; empty: Chrome's own choice
    std::uint64_t buffer_kb = 0;
    bool sampling = false;
};

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        std::string_view part = text.substr(0, end);
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        if (!part.empty()) parts.emplace_back(part);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view category) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        // A bare wildcard excludes what is not named; a name wins over it, as in Chrome.
        return pattern != "*" && matches_glob(pattern, category);
    });
}

/// As in Chrome a wildcard reaches what is disabled by default only where it says so.
bool is_wanted(const Wish& wish, std::string_view category) {
    if (wish.included.empty()) return !category.starts_with(disabled_prefix);
    return std::any_of(wish.included.begin(), wish.included.end(), [&](const std::string& pattern) {
        if (category.starts_with(disabled_prefix) && !pattern.starts_with(disabled_prefix)) return false;
        return matches_glob(pattern, category);
    });
}

std::vector<std::string> allowed_of(const Wish& wish) {
    std::vector<std::string> allowed;
    for (const std::string_view list : {usual, by_name}) {
        for (auto& category : split(list, ' ')) {
            if (is_wanted(wish, category) && !matches_any(wish.excluded, category)) {
                allowed.push_back(std::move(category));
            }
        }
    }
    return allowed;
}

/// `categories` and `options`, the old way: "a,-b,disabled-by-default-c" and "record-until-full,enable-sampling".
Judgement read_old_way(const ParamContext& context, Wish& wish) {
    for (const std::string_view name : {"categories", "options"}) {
        std::string_view value;
        const Found found = find_member(context.params, name, value);
        if (found == Found::repeated) return ambiguous(name);
        if (found == Found::none) continue;
        if (platform::json_kind(value) != JsonKind::string) return malformed(name, "a string");
        std::string scratch;
        for (auto& word : split(platform::unescape(value, scratch), ',')) {
            if (name == "categories") {
                if (word.front() == '-')
                    wish.excluded.push_back(word.substr(1));
                else
                    wish.included.push_back(std::move(word));
            } else if (word == "enable-sampling") {
                wish.sampling = true;
            } else if (word == "record-until-full" || word == "record-continuously" ||
                       word == "record-as-much-as-possible") {
                wish.mode = word == "record-until-full"     ? "recordUntilFull"
                            : word == "record-continuously" ? "recordContinuously"
                                                            : "recordAsMuchAsPossible";
            } else if (word != "enable-argument-filter") {
                return deny("tracing",
                            "The policy does not let a trace have the option \"" + word.substr(0, 64) + "\".");
            }
        }
    }
    return {};
}

Judgement read_categories(std::string_view name, std::string_view value, std::vector<std::string>& out) {
    return judge_strings(name, value, [&](std::string_view category) {
        out.emplace_back(category);
        return Judgement{};
    });
}

Judgement read_config_member(std::string_view key, std::string_view value, Wish& wish) {
    std::string scratch;
    if (key == "includedCategories") return read_categories("traceConfig.includedCategories", value, wish.included);
    if (key == "excludedCategories") return read_categories("traceConfig.excludedCategories", value, wish.excluded);
    if (key == "enableArgumentFilter") return {};
    if (key == "enableSampling") return wish.sampling = value == "true", Judgement{};
    if (key == "traceBufferSizeInKb") {
        double size = 0;
        if (!read_number(value, size) || size < 0) return malformed("traceConfig.traceBufferSizeInKb", "a number");
        wish.buffer_kb = static_cast<std::uint64_t>(std::min<double>(size, max_buffer_kb));
        return {};
    }
    if (key == "recordMode") {
        wish.mode = platform::unescape(value, scratch);
        const bool known = is_word_of("recordUntilFull recordContinuously recordAsMuchAsPossible", wish.mode);
        return known ? Judgement{}
                     : deny("tracing", "The policy does not let a trace go elsewhere than to its stream.");
    }
    if (key == "enableSystrace" && value == "false") return {};
    if (key == "enableSystrace") return deny("system-tracing", "The policy does not let the system be traced.");
    if (key == "syntheticDelays" && value == "[]") return {};
    return deny("tracing", "The policy does not let a trace be configured by \"traceConfig." +
                               std::string(key.substr(0, 64)) + "\".");
}

Judgement read_config(const ParamContext& context, Wish& wish) {
    std::string_view config;
    const Found found = find_member(context.params, "traceConfig", config);
    if (found == Found::repeated) return ambiguous("traceConfig");
    if (found == Found::none || platform::json_kind(config) == JsonKind::null) return {};
    if (platform::json_kind(config) != JsonKind::object) return malformed("traceConfig", "an object");
    Judgement outcome;
    std::vector<std::string> seen;
    platform::for_each_member(config, [&](std::string_view key, std::string_view value) {
        const bool repeated = std::find(seen.begin(), seen.end(), key) != seen.end();
        seen.emplace_back(key);
        outcome = repeated ? ambiguous("traceConfig." + std::string(key.substr(0, 64)))
                           : read_config_member(key, value, wish);
        return passes(outcome);
    });
    return outcome;
}

/// Where a trace goes, and in which form: only ways in which the list of categories holds.
Judgement judge_way(const ParamContext& context) {
    std::string_view value;
    std::string scratch;
    if (find_member(context.params, "perfettoConfig", value) != Found::none) {
        return deny("system-tracing",
                    "The policy does not let a Perfetto configuration be given: it may trace the system.");
    }
    for (const auto& [name, only] :
         {std::pair<std::string_view, std::string_view>{"tracingBackend", "chrome"}, {"streamFormat", "json"}}) {
        const Found found = find_member(context.params, name, value);
        if (found == Found::repeated) return ambiguous(name);
        if (found == Found::none || platform::unescape(value, scratch) == only) continue;
        return deny(name == "tracingBackend" ? "system-tracing" : "tracing",
                    "The policy lets \"" + std::string(name) + "\" be \"" + std::string(only) + "\" only.");
    }
    return {};
}

std::string config_text(const Wish& wish, const std::vector<std::string>& allowed) {
    std::string text = R"({"excludedCategories":["*"],"includedCategories":[)";
    for (const auto& category : allowed) {
        if (text.back() != '[') text += ',';
        platform::append_quoted(text, category);
    }
    text += ']';
    if (!wish.mode.empty()) text.append(R"(,"recordMode":")").append(wish.mode).append("\"");
    if (wish.buffer_kb > 0) text.append(R"(,"traceBufferSizeInKb":)").append(std::to_string(wish.buffer_kb));
    if (wish.sampling) text += R"(,"enableSampling":true)";
    return text + '}';
}

}  // namespace

Judgement tracing(const ParamContext& context) {
    Wish wish;
    Judgement judged = judge_way(context);
    if (passes(judged)) judged = read_old_way(context, wish);
    if (passes(judged)) judged = read_config(context, wish);
    if (!passes(judged)) return judged;
    const auto allowed = allowed_of(wish);
    if (allowed.empty()) {
        return deny(
            "tracing",
            "The policy lets none of these categories be traced: they tell of the machine, of other profiles or of "
            "the network. Name categories of pages, such as devtools.timeline.");
    }
    Judgement outcome{Judgement::Kind::rewrite, "tracing", {}, "{\"traceConfig\":" + config_text(wish, allowed)};
    platform::for_each_member(context.params, [&](std::string_view key, std::string_view value) {
        if (is_word_of("categories options traceConfig tracingBackend", key)) return true;
        outcome.params += ',';
        platform::append_quoted(outcome.params, key);
        outcome.params.append(":").append(value);
        return true;
    });
    outcome.params += '}';
    return outcome;
}

}  // namespace relay::rules
