#include "cdp/core/explain.hpp"

#include <algorithm>

namespace cdp {
namespace {

bool says(const LaunchFacts& facts, std::string_view words) {
    return facts.said.find(words) != std::string_view::npos;
}

std::string not_started(const LaunchFacts& facts) {
    std::string text = "The browser " + std::string{facts.binary} + " could not be started (" +
                       std::string{facts.exec_error} +
                       "): install Chrome or Chromium, or set browser.path to an executable that this user may run.";
    return text;
}

std::string sandbox(const LaunchFacts& facts) {
    std::string text = "The browser found no usable sandbox. ";
    if (facts.user_namespaces_barred) {
        text +=
            "AppArmor restricts user namespaces on this machine: install the AppArmor profile that comes with the "
            "agent, or set kernel.apparmor_restrict_unprivileged_userns=0.";
    } else if (facts.container) {
        text +=
            "In a container, run it with the seccomp profile that comes with the agent (Docker's default one "
            "forbids user namespaces).";
    } else {
        text +=
            "Allow unprivileged user namespaces (kernel.unprivileged_userns_clone=1, user.max_user_namespaces>0), "
            "or install the chromium-sandbox package.";
    }
    return text;
}

std::string in_use(const LaunchFacts& facts) {
    return "The profile folder " + std::string{facts.profile} +
           " is in use by another browser: end that one, or set another browser.profile_folder.";
}

std::string shared_memory(const LaunchFacts& facts) {
    return " /dev/shm has only " + std::to_string(facts.shared_memory >> 20) +
           " MB, too little for Chrome: give the container more (--shm-size=1g), or add --disable-dev-shm-usage to "
           "browser.arguments.";
}

/// Why the profile's lock could not be made, in the system's words; empty where it could, or where another one holds
/// it.
std::string_view lock_refused(std::string_view said) {
    constexpr std::string_view lock = "/SingletonLock: ";
    const auto at = said.find(lock);
    if (at == std::string_view::npos || said.rfind("Failed to create ", at) == std::string_view::npos) return {};
    const auto rest = said.substr(at + lock.size());
    const auto cause = rest.substr(0, std::min(rest.find(" ("), rest.find('\n')));
    return cause == "File exists" ? std::string_view{} : cause;
}

bool lacks_sandbox(const LaunchFacts& facts) {
    return says(facts, "No usable sandbox") || says(facts, "Failed to move to new namespace") ||
           says(facts, "The SUID sandbox helper binary was found, but is not configured correctly");
}

bool finds_profile_in_use(const LaunchFacts& facts) {
    return (!facts.signalled && facts.exit_status == exit_profile_in_use) ||
           says(facts, "Failed to create a ProcessSingleton") || says(facts, "profile appears to be in use");
}

/// The causes that Chrome names itself.
LaunchCause named_cause(const LaunchFacts& facts) {
    if (!lock_refused(facts.said).empty()) return LaunchCause::profile_not_writable;
    if (finds_profile_in_use(facts)) return LaunchCause::profile_in_use;
    if (says(facts, "Running as root without --no-sandbox")) return LaunchCause::as_root;
    if (lacks_sandbox(facts)) return LaunchCause::no_sandbox;
    if (says(facts, "requires a non-default data directory")) return LaunchCause::default_profile;
    if (says(facts, "error while loading shared libraries")) return LaunchCause::no_libraries;
    if (says(facts, "Missing X server") || says(facts, "cannot open display") || says(facts, "$DISPLAY")) {
        return LaunchCause::no_display;
    }
    if (says(facts, "Cannot create directory") || says(facts, "Failed To Create Data Directory")) {
        return LaunchCause::profile_not_writable;
    }
    return LaunchCause::unknown;
}

std::string not_writable(const LaunchFacts& facts) {
    const std::string begin = "The browser may not write to its profile folder " + std::string{facts.profile};
    const auto refused = lock_refused(facts.said);
    if (refused.empty()) return begin + ".";
    return begin + " (" + std::string{refused} + "): give it to this user, or set another browser.profile_folder.";
}

/// The sentence of a cause that Chrome names; empty for the others.
std::string sentence_of(LaunchCause cause, const LaunchFacts& facts) {
    switch (cause) {
        case LaunchCause::profile_not_writable:
            return not_writable(facts);
        case LaunchCause::profile_in_use:
            return in_use(facts);
        case LaunchCause::as_root:
            return "Chrome does not run as root with its sandbox on: run the agent (or its browser host) as an "
                   "ordinary user. --no-sandbox is never added by itself.";
        case LaunchCause::no_sandbox:
            return sandbox(facts);
        case LaunchCause::default_profile:
            return "Since version 136 Chrome refuses remote control of its default profile folder: set "
                   "browser.profile_folder to another folder, or leave it out for a temporary one.";
        case LaunchCause::no_libraries:
            return "The browser's libraries are not complete: install the missing ones by the package manager.";
        case LaunchCause::no_display:
            return "There is no display for a browser with windows: set browser.headless = true, or give the agent a "
                   "DISPLAY.";
        default:
            return {};
    }
}

bool has_small_shared_memory(const LaunchFacts& facts) {
    return facts.shared_memory > 0 && facts.shared_memory <= small_shared_memory;
}

bool has_few_open_files(const LaunchFacts& facts) {
    return facts.open_files > 0 && facts.open_files < few_open_files;
}

}  // namespace

std::string_view explaining_line(std::string_view said) {
    std::string_view last;
    std::string_view explaining;
    while (!said.empty()) {
        const auto end = said.find('\n');
        const auto line = said.substr(0, end);
        if (!line.empty()) last = line;
        if (line.find("ERROR:") != std::string_view::npos || line.find("FATAL:") != std::string_view::npos) {
            // A machine without a session bus makes every start report it: never the reason.
            if (line.find("dbus") == std::string_view::npos) explaining = line;
        }
        if (end == std::string_view::npos) break;
        said.remove_prefix(end + 1);
    }
    return explaining.empty() ? last : explaining;
}

LaunchCause cause_of_launch(const LaunchFacts& facts) {
    if (!facts.exec_error.empty()) return LaunchCause::not_started;
    if (facts.answered) return LaunchCause::ended_later;
    const auto named = named_cause(facts);
    if (named != LaunchCause::unknown) return named;
    if (has_small_shared_memory(facts)) return LaunchCause::small_shared_memory;
    if (has_few_open_files(facts)) return LaunchCause::few_open_files;
    if (facts.ended.empty()) return LaunchCause::not_answering;
    return facts.snap ? LaunchCause::snap : LaunchCause::unknown;
}

std::string explain_launch(const LaunchFacts& facts) {
    if (!facts.exec_error.empty()) return not_started(facts);
    std::string text = facts.answered ? "The browser ended" : "The browser ended at its start";
    if (facts.ended.empty()) text = "The browser did not answer after its start";
    if (!facts.ended.empty()) text += " (" + std::string{facts.ended} + ")";
    const auto cause = facts.answered ? std::string{} : sentence_of(named_cause(facts), facts);
    if (!cause.empty()) return text + ": " + cause;
    text += '.';
    if (has_small_shared_memory(facts)) text += shared_memory(facts);
    if (has_few_open_files(facts)) {
        text += " It may have only " + std::to_string(facts.open_files) +
                " files open: raise the limit to 1024 at least (ulimit -Hn, LimitNOFILE= in the unit).";
    }
    if (facts.snap)
        text +=
            " It is a snap: its confinement may keep it from its profile folder; a package or Chrome's own .deb has no "
            "such limits.";
    const auto line = explaining_line(facts.said);
    if (!line.empty() && !facts.answered) text += " It said: " + std::string{line};
    return text;
}

}  // namespace cdp
