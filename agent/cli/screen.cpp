#include "agent/cli/screen.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "platform/process/process.hpp"
#include "platform/url.hpp"

namespace cli {
namespace {

bool is_set(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

/// Where $BROWSER or xdg-open is; empty where there is none.
std::string opener() {
    if (is_set("BROWSER")) return std::getenv("BROWSER");
    for (const auto* path : {"/usr/bin/xdg-open", "/usr/bin/open", "/usr/local/bin/xdg-open"}) {
        if (::access(path, X_OK) == 0) return path;
    }
    return {};
}

/// Lets go of a process however the waiting ends.
struct LetGo {
    platform::Process& process;
    ~LetGo() { process.let_go(); }
};

}  // namespace

awaitable<std::optional<std::string>> browse(std::string address) {
    // It may have come from another process: an opener also takes files and its own options.
    if (!platform::is_web_address(address)) co_return "this is no address of the web";
    platform::ProcessOptions options;
    options.arguments = {opener(), std::move(address)};
    if (options.arguments.front().empty()) co_return "there is neither $BROWSER nor xdg-open";
    options.environment =
        platform::pick_environment({"PATH", "HOME", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_*",
                                    "DBUS_SESSION_BUS_ADDRESS", "LANG", "LC_*", "USER", "BROWSER"});
    const auto executor = co_await net::this_coro::executor;
    auto started = platform::Process::spawn(executor, options);
    if (!started) co_return options.arguments.front() + ": " + started.error().message();
    const LetGo at_the_end{*started};
    const auto ended = co_await started->wait();
    if (ended && !ended->success()) co_return options.arguments.front() + ": " + ended->describe();
    co_return std::nullopt;
}

bool has_screen() {
    if (is_set("SSH_CONNECTION") || is_set("SSH_TTY")) return false;
#ifdef __APPLE__
    return true;
#else
    return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
#endif
}

}  // namespace cli
