#include "agent/relay/core/browser_policy.hpp"

#include <algorithm>
#include <array>

#include "agent/relay/core/policy_url.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

/// Schemes at which no page may stand. (`chrome-untrusted:` parts of Chrome's own pages are inner frames of those.)
constexpr std::array<std::string_view, 5> schemes = {"file", "chrome", "chrome-untrusted", "devtools", "view-source"};

/// What else a test machine's browser needs not do. The warning would take room in each window, and stands there
/// because of our own switches.
constexpr std::string_view besides =
    R"(    "ExtensionInstallBlocklist": ["*"],
    "PasswordManagerEnabled": false,
    "SyncDisabled": true,
    "BackgroundModeEnabled": false,
    "CommandLineFlagSecurityWarningsEnabled": false
}
)";

std::string filter_of(std::string_view scheme) {
    return std::string(scheme) + (scheme == "view-source" ? ":*" : "://*");
}

/// Chrome's patterns are beginnings: what stands before the first `*`.
std::string beginning(std::string_view glob) {
    return std::string{glob.substr(0, glob.find('*'))};
}

/// Whether the owner lets the whole scheme pass. Such an exception would have to be as exact as the rule it lifts.
bool is_lifted(std::string_view scheme, const std::vector<std::string>& allow_urls) {
    const std::string all = std::string(scheme) + "://";
    return std::any_of(allow_urls.begin(), allow_urls.end(),
                       [&](const std::string& glob) { return all.starts_with(beginning(glob)); });
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& values) {
    out.append("    \"").append(name).append("\": [");
    for (std::size_t i = 0; i < values.size(); ++i) {
        out.append(i > 0 ? ", " : "");
        platform::append_quoted(out, values[i]);
    }
    out.append("],\n");
}

}  // namespace

std::string browser_policy(const Policy& policy) {
    const PolicySettings& settings = policy.settings();
    if (settings.profile == Profile::full) return {};
    std::vector<std::string> blocked;
    std::vector<std::string> allowed;
    for (const auto scheme : schemes) {
        if (!is_lifted(scheme, settings.allow_urls)) blocked.push_back(filter_of(scheme));
    }
    for (auto& host : policy.hosts().denied_hosts()) {
        // A dot in front: the host itself, not what is below it.
        const bool name = host.front() != '[' && host.find_first_not_of("0123456789.") != std::string::npos;
        blocked.push_back(name ? '.' + host : std::move(host));
    }
    for (const auto& glob : settings.allow_urls) {
        const std::string text = beginning(glob);
        const auto scheme = scheme_of(text);
        const bool ours = std::find(schemes.begin(), schemes.end(), scheme) != schemes.end();
        if (ours && !is_lifted(scheme, {glob})) allowed.push_back(text);
    }
    std::string out = "{\n";
    append_list(out, "URLBlocklist", blocked);
    if (!allowed.empty()) append_list(out, "URLAllowlist", allowed);
    return out.append(besides);
}

}  // namespace relay
