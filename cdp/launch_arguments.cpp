#include <algorithm>

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
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-features=MediaRouter,OptimizationHints,Translate",
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
    if (settings.headless && !set_by_owner("--headless")) arguments.push_back("--headless=new");
    bool has_page = false;
    for (const auto& theirs : settings.extra_arguments) {
        // The pipe and the profile are ours to set: another one of either would leave us without the browser.
        if (name_of(theirs) == "--user-data-dir" || name_of(theirs) == "--remote-debugging-pipe") continue;
        has_page = has_page || !theirs.starts_with('-');
        arguments.push_back(theirs);
    }
    if (!has_page) arguments.push_back("about:blank");
    return arguments;
}

}  // namespace cdp
