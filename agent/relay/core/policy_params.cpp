#include "agent/relay/core/policy_params.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "agent/relay/core/policy_rules.hpp"
#include "agent/relay/core/policy_url.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace rules {

bool is_word_of(std::string_view words, std::string_view word) noexcept {
    if (word.empty() || word.find(' ') != std::string_view::npos) return false;
    for (std::size_t at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
        const bool begins = at == 0 || words[at - 1] == ' ';
        const bool ends = at + word.size() == words.size() || words[at + word.size()] == ' ';
        if (begins && ends) return true;
    }
    return false;
}

bool read_number(std::string_view value, double& out) {
    if (platform::json_kind(value) != platform::JsonKind::number) return false;
    const std::string text{value};  // ended by a NUL
    out = std::strtod(text.c_str(), nullptr);
    return true;
}

}  // namespace rules

namespace {

using namespace rules;
using platform::JsonKind;

constexpr std::size_t max_spool_name = 128;
/// Tests make the room for an origin small. More than this would let pages fill the disk of the machine.
constexpr double max_quota_bytes = 256.0 * 1024 * 1024;

Judgement judge_url(std::string_view name, std::string_view url, const ParamContext& context) {
    if (context.hosts.refuses_url(url)) {
        return deny("hosts", "The policy does not let \"" + std::string(name) + "\" lead to " + origin_of(url) +
                                 ", a metadata service, a port of the agent or a host of policy.hosts_deny.");
    }
    if (!is_refused_url(url) || is_allowed_url(context.allow_urls, url)) return {};
    return deny("url", "The policy does not let \"" + std::string(name) + "\" lead to " + origin_of(url) +
                           " (only the web, data:, blob: and about:blank).");
}

// The URL in one member, whatever its place.
Judgement judge_url_member(std::string_view name, const ParamContext& context) {
    std::string_view value;
    const Found found = find_member(context.params, name, value);
    if (found == Found::none) return {};
    if (found == Found::repeated) return ambiguous(name);
    if (platform::json_kind(value) == JsonKind::null) return {};
    if (platform::json_kind(value) != JsonKind::string) return malformed(name, "a string");
    std::string scratch;
    return judge_url(name, platform::unescape(value, scratch), context);
}

Judgement url_rule(const ParamContext& context) {
    return judge_url_member("url", context);
}

Judgement judge_files(std::string_view name, std::string_view array, const ParamContext& context) {
    return judge_strings(name, array, [&](std::string_view path) -> Judgement {
        if (is_spool_file(path, context.around.spool)) return {};
        if (context.around.spool.empty())
            return deny("files", "The policy lets no files be used: no spool folder is configured.");
        return deny("files", "The policy lets only files of the spool folder be used: " +
                                 std::string(context.around.spool) + ".");
    });
}

Judgement file_input_rule(const ParamContext& context) {
    std::string_view files;
    const Found found = find_member(context.params, "files", files);
    if (found == Found::none) return {};
    if (found == Found::repeated) return ambiguous("files");
    return judge_files("files", files, context);
}

// Dropping a link makes the page go there: its lines are URLs, and so is the base of dropped markup.
Judgement judge_drag_item(std::string_view item, const ParamContext& context) {
    std::string_view type;
    std::string_view data;
    std::string_view base;
    if (platform::json_kind(item) != JsonKind::object) return malformed("items", "an array of objects");
    for (auto [name, slot] : {std::pair{"mimeType", &type}, {"data", &data}, {"baseURL", &base}}) {
        if (find_member(item, name, *slot) == Found::repeated) return ambiguous(name);
    }
    std::string scratch;
    if (platform::json_kind(base) == JsonKind::string) {
        Judgement judged = judge_url("baseURL", platform::unescape(base, scratch), context);
        if (!passes(judged)) return judged;
    }
    const std::string mime{platform::unescape(type, scratch)};
    if (mime.find("url") == std::string::npos && mime.find("uri") == std::string::npos) return {};
    std::string_view lines = platform::unescape(data, scratch);
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        Judgement judged = judge_url("data", lines.substr(0, end), context);
        if (!passes(judged)) return judged;
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return {};
}

Judgement drag_rule(const ParamContext& context) {
    std::string_view data;
    const Found found = find_member(context.params, "data", data);
    if (found == Found::none) return {};
    if (found == Found::repeated) return ambiguous("data");
    if (platform::json_kind(data) != JsonKind::object) return malformed("data", "an object");
    std::string_view files;
    const Found with_files = find_member(data, "files", files);
    if (with_files == Found::repeated) return ambiguous("data.files");
    if (with_files == Found::one) {
        Judgement judged = judge_files("data.files", files, context);
        if (!passes(judged)) return judged;
    }
    std::string_view items;
    const Found with_items = find_member(data, "items", items);
    if (with_items == Found::repeated) return ambiguous("data.items");
    if (with_items == Found::none) return {};
    if (platform::json_kind(items) != JsonKind::array) return malformed("data.items", "an array");
    Judgement outcome;
    platform::for_each_element(items, [&](std::string_view item) {
        outcome = judge_drag_item(item, context);
        return passes(outcome);
    });
    return outcome;
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out.append(out.size() > 1 ? "," : "");
    platform::append_quoted(out, name);
    out.append(":").append(value);
}

// Never refused for its path: whatever folder was named, downloads go to the spool, or nowhere when there is none.
Judgement download_rule(const ParamContext& context) {
    std::string_view behavior;
    std::string_view browser_context;
    std::string_view events;
    std::string_view path;
    for (auto [name, slot] : {std::pair{"behavior", &behavior},
                              {"browserContextId", &browser_context},
                              {"eventsEnabled", &events},
                              {"downloadPath", &path}}) {
        if (find_member(context.params, name, *slot) == Found::repeated) return ambiguous(name);
    }
    std::string scratch;
    const std::string_view wanted = platform::unescape(behavior, scratch);
    if (!is_word_of("allow allowAndName default deny", wanted)) {
        return malformed("behavior", "\"allow\", \"allowAndName\", \"default\" or \"deny\"");
    }
    const bool denies = wanted == "deny" || context.around.spool.empty();
    Judgement outcome{Judgement::Kind::rewrite, "downloads", {}, "{"};
    append_member(outcome.params, "behavior", denies ? R"("deny")" : R"("allowAndName")");
    if (!denies) {
        std::string folder;
        platform::append_quoted(folder, context.around.spool);
        append_member(outcome.params, "downloadPath", folder);
    }
    append_member(outcome.params, "browserContextId", browser_context);
    append_member(outcome.params, "eventsEnabled", events);
    outcome.params += '}';
    return outcome;
}

/// Every proxy of a list such as "http=a:80;https=socks5://b, direct://": what is asked of a proxy reaches its host.
Judgement judge_proxies(std::string_view list, const HostRules& hosts) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find_first_of(";, \t"), list.size());
        std::string_view proxy = list.substr(0, end);
        list.remove_prefix(std::min(end + 1, list.size()));
        const std::size_t equals = proxy.find('=');
        if (equals != std::string_view::npos) proxy.remove_prefix(equals + 1);
        if (proxy.empty() || !hosts.refuses_proxy(proxy)) continue;
        return deny("hosts",
                    "The policy does not let \"proxyServer\" be a metadata service, a port of the agent or a "
                    "host of policy.hosts_deny.");
    }
    return {};
}

Judgement browser_context_rule(const ParamContext& context) {
    std::string_view value;
    if (find_member(context.params, "originsWithUniversalNetworkAccess", value) != Found::none) {
        return deny("network-access", "The policy does not let origins have universal network access.");
    }
    const Found found = find_member(context.params, "proxyServer", value);
    if (found == Found::none) return {};
    if (found == Found::repeated) return ambiguous("proxyServer");
    if (platform::json_kind(value) != JsonKind::string) return malformed("proxyServer", "a string");
    std::string scratch;
    return judge_proxies(platform::unescape(value, scratch), context.hosts);
}

Judgement quota(const ParamContext& context) {
    std::string_view size;
    const Found found = find_member(context.params, "quotaSize", size);
    if (found == Found::none) return {};  // back to what Chrome gives
    if (found == Found::repeated) return ambiguous("quotaSize");
    double bytes = 0;
    if (!read_number(size, bytes)) return malformed("quotaSize", "a number");
    if (bytes <= max_quota_bytes) return {};
    return deny("quota", "The policy lets an origin have a quota of at most " +
                             std::to_string(static_cast<long long>(max_quota_bytes)) + " bytes.");
}

struct ParamRule {
    std::string_view method;
    Judgement (*judge)(const ParamContext&);
    std::string_view known;  // any other parameter is refused, since a newer Chrome may give it a meaning
};

// clang-format off
constexpr ParamRule param_rules[] = {
    {"Browser.grantPermissions", grant, "permissions origin browserContextId"},
    {"Browser.setDownloadBehavior", download_rule, "behavior browserContextId downloadPath eventsEnabled"},
    {"Browser.setPermission", set_permission, "permission setting origin embeddedOrigin embeddingOrigin browserContextId"},
    {"Debugger.setBreakpointByUrl", breakpoint_by_url, "lineNumber url urlRegex scriptHash columnNumber condition"},
    {"DOM.setFileInputFiles", file_input_rule, "files nodeId backendNodeId objectId"},
    {"Fetch.continueRequest", url_rule, "requestId url method postData headers interceptResponse"},
    {"Input.dispatchDragEvent", drag_rule, "type x y data modifiers"},
    {"Input.dispatchKeyEvent", key_event, "type modifiers timestamp text unmodifiedText keyIdentifier code key windowsVirtualKeyCode "
     "nativeVirtualKeyCode autoRepeat isKeypad isSystemKey location commands"},
    {"Input.dispatchMouseEvent", mouse_event, "type x y modifiers timestamp button buttons clickCount force tangentialPressure tiltX "
     "tiltY twist deltaX deltaY pointerType"},
    {"Network.loadNetworkResource", url_rule, "frameId url options"},
    {"Page.addScriptToEvaluateOnLoad", script_on_load, "scriptSource"},
    {"Page.addScriptToEvaluateOnNewDocument", script_on_new_document, "source worldName includeCommandLineAPI runImmediately"},
    {"Page.navigate", url_rule, "url referrer transitionType frameId referrerPolicy"},
    {"Page.reload", reload, "ignoreCache scriptToEvaluateOnLoad loaderId"},
    {"Page.setDownloadBehavior", download_rule, "behavior downloadPath"},
    {"Storage.overrideQuotaForOrigin", quota, "origin quotaSize"},
    {"Target.activateTarget", moved_target, "targetId"},
    {"Target.attachToTarget", attached_target, "targetId flatten"},
    {"Target.autoAttachRelated", attached_target, "targetId waitForDebuggerOnStart filter"},
    {"Target.closeTarget", moved_target, "targetId"},
    {"Target.createBrowserContext", browser_context_rule,
     "disposeOnDetach proxyServer proxyBypassList originsWithUniversalNetworkAccess"},
    {"Target.createTarget", url_rule, "url left top width height windowState browserContextId enableBeginFrameControl "
     "newWindow background forTab hidden focus"},
    {"Target.detachFromTarget", detached_target, "sessionId targetId"},
    {"Target.exposeDevToolsProtocol", attached_target, "targetId bindingName inheritPermissions"},
    {"Target.getDevToolsTarget", attached_target, "targetId"},
    {"Target.openDevTools", attached_target, "targetId panelId"},
    {"Tracing.start", tracing, "categories options bufferUsageReportingInterval transferMode streamFormat "
     "streamCompression traceConfig perfettoConfig tracingBackend screenshotMaxSize screenshotMaxCount"},
};
// clang-format on

Judgement judge_known(const ParamRule& rule, std::string_view params) {
    Judgement outcome;
    if (params.empty()) return outcome;
    platform::for_each_member(params, [&](std::string_view key, std::string_view) {
        if (is_word_of(rule.known, key)) return true;
        outcome =
            deny("unknown-parameter", "The policy does not know the parameter \"" + std::string(key.substr(0, 64)) +
                                          "\" of " + std::string(rule.method) + '.');
        return false;
    });
    return outcome;
}

}  // namespace

bool is_spool_file(std::string_view path, std::string_view spool) noexcept {
    if (spool.empty() || !path.starts_with(spool)) return false;
    path.remove_prefix(spool.size());
    if (!spool.ends_with('/')) {
        if (!path.starts_with('/')) return false;
        path.remove_prefix(1);
    }
    return is_spool_name(path);
}

bool is_spool_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > max_spool_name || name.front() == '.') return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
}

Judgement judge_params(std::string_view method, const ParamContext& context) {
    const auto rule = std::find_if(std::begin(param_rules), std::end(param_rules),
                                   [&](const ParamRule& one) { return one.method == method; });
    if (rule == std::end(param_rules)) return {};
    Judgement known = judge_known(*rule, context.params);
    if (!passes(known)) return known;
    return rule->judge(context);
}

}  // namespace relay
