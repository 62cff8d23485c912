#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "cdp/launch.hpp"

namespace cdp {
namespace {

/// What makes a browser fit for tests and for a machine without a person in front of it: nothing that asks, nothing
/// that calls home, nothing that throttles a page because nobody looks at it.
constexpr const char* our_switches[] = {
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    // A page that comes back from this cache loads nothing: Playwright would wait for that for ever.
    "--disable-back-forward-cache",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    // The last three are pages of the browser's own window: ChromeDriver attaches to all pages, and gives up where the
    // policy does not let it.
    ("--disable-features=MediaRouter,OptimizationHints,Translate,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,"
     "WebUIOmniboxPopup"),
    "--disable-hang-monitor",
    "--disable-popup-blocking",
    "--disable-prompt-on-repost",
    "--disable-quic",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-service-autorun",
    "--password-store=basic",
    "--use-mock-keychain",
};

constexpr const char* resolver_switch = "--host-resolver-rules";

/// What a browser needs of our environment. No variable of ours (tokens, the service manager's sockets) reaches it.
constexpr std::string_view its_variables[] = {"PATH",
                                              "HOME",
                                              "USER",
                                              "LOGNAME",
                                              "SHELL",
                                              "LANG",
                                              "LANGUAGE",
                                              "LC_*",
                                              "TZ",
                                              "DISPLAY",
                                              "WAYLAND_DISPLAY",
                                              "XAUTHORITY",
                                              "XDG_RUNTIME_DIR",
                                              "XDG_SESSION_TYPE",
                                              "XDG_CONFIG_DIRS",
                                              "XDG_DATA_DIRS",
                                              "DBUS_SESSION_BUS_ADDRESS",
                                              "FONTCONFIG_*",
                                              "PULSE_SERVER",
                                              "LD_LIBRARY_PATH",
                                              "http_proxy",
                                              "https_proxy",
                                              "all_proxy",
                                              "no_proxy",
                                              "HTTP_PROXY",
                                              "HTTPS_PROXY",
                                              "ALL_PROXY",
                                              "NO_PROXY",
                                              "SNAP_*",
                                              "CHROME_DEVEL_SANDBOX"};

/// Of a name given twice most programs see the first one: the last is meant.
void keep_the_last_of_each(std::vector<std::string>& variables) {
    for (auto variable = variables.begin(); variable != variables.end();) {
        const auto name = variable->substr(0, variable->find('=') + 1);
        auto again = [&name](const std::string& later) { return later.starts_with(name); };
        const bool replaced = std::any_of(variable + 1, variables.end(), again);
        variable = replaced ? variables.erase(variable) : variable + 1;
    }
}

std::string name_of(const std::string& argument) {
    return argument.substr(0, argument.find('='));
}

}  // namespace

std::vector<std::string> launch_arguments(const Settings& settings, const std::string& binary,
                                          const std::string& profile) {
    std::vector<std::string> arguments{binary};
    auto set_by_owner = [&settings](const std::string& ours) {
        auto same = [&ours](const std::string& theirs) { return name_of(theirs) == name_of(ours); };
        return std::any_of(settings.extra_arguments.begin(), settings.extra_arguments.end(), same);
    };
    for (const std::string ours : our_switches) {
        if (!set_by_owner(ours)) arguments.push_back(ours);
    }
    arguments.push_back("--user-data-dir=" + profile);
    std::string rules = settings.resolver_rules;
    if (settings.headless && !set_by_owner("--headless")) arguments.push_back("--headless=new");
    bool has_page = false;
    for (const auto& theirs : settings.extra_arguments) {
        // The pipe and the profile are ours to set: another one of either would leave us without the browser.
        if (name_of(theirs) == "--user-data-dir" || name_of(theirs) == "--remote-debugging-pipe") continue;
        if (name_of(theirs) == resolver_switch && !settings.resolver_rules.empty()) {
            const auto equals = theirs.find('=');
            if (equals != std::string::npos) rules += ',' + theirs.substr(equals + 1);
            continue;  // of a switch given twice Chrome takes the last one
        }
        has_page = has_page || !theirs.starts_with('-');
        arguments.push_back(theirs);
    }
    if (!rules.empty()) arguments.push_back(std::string(resolver_switch) + '=' + rules);
    if (!has_page) arguments.push_back("about:blank");
    return arguments;
}

std::vector<std::string> launch_environment(const Settings& settings, const FoundBrowser& browser,
                                            const std::string& temporary, const std::string& folder) {
    auto variables = platform::pick_environment({std::begin(its_variables), std::end(its_variables)});
    // Chrome's crash handlers leave its process group, and keep an image of each crashed page in the user's home for
    // ever: named after the folder they are found and ended, and the images go with it. (--disable-crashpad-for-testing
    // makes the network service of Chromium 156 crash over the pipe's descriptors.)
    variables.push_back("BREAKPAD_DUMP_LOCATION=" + folder + "/crashes");
    if (!browser.snap && !temporary.empty()) variables.push_back("TMPDIR=" + temporary);
    const char* home = std::getenv("HOME");
    if (home == nullptr || ::access(home, W_OK) != 0) variables.push_back("HOME=" + folder);
    variables.insert(variables.end(), settings.extra_environment.begin(), settings.extra_environment.end());
    keep_the_last_of_each(variables);
    return variables;
}

}  // namespace cdp
