// What the machine's owner may set about the browser. Config fills it; every field has its default here. A few have no
// option: they are constants that only tests change.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/core/names.hpp"
#include "platform/core/time_point.hpp"

namespace cdp {

using namespace std::chrono_literals;

/// Chrome closes the connection at a frame of 100 MiB, and over the pipe such a message leaves it alive but deaf.
inline constexpr std::size_t max_command_bytes = std::size_t{100} * 1024 * 1024 - 1;
/// The largest message that Chrome sends over a websocket; over the pipe JavaScript's string limit (512 MiB) is the
/// end.
inline constexpr std::size_t max_websocket_message_bytes = std::size_t{257} * 1024 * 1024;
inline constexpr std::size_t max_pipe_message_bytes = std::size_t{640} * 1024 * 1024;

/// How the browser comes to us. Names: browser_mode_names.
enum class BrowserMode : std::uint8_t {
    launch,  // we start it and speak over its pipe: no port is open
    attach,  // somebody else runs it and has opened a DevTools port: the policy is advisory then
    hosted,  // `agent --browser-host` runs it and offers its pipe on a unix socket
};

/// As the configuration and the status write them.
inline constexpr std::pair<std::string_view, BrowserMode> browser_mode_names[] = {
    {"launch", BrowserMode::launch}, {"attach", BrowserMode::attach}, {"hosted", BrowserMode::hosted}};
constexpr std::string_view name_of(BrowserMode mode) noexcept {
    return platform::name_in(browser_mode_names, mode);
}

struct Settings {
    BrowserMode mode = BrowserMode::launch;

    // launch, and what the browser host launches
    std::string browser_path;                    // empty: the usual names and places are looked through
    std::string profile_folder;                  // a named profile that persists; empty: a temporary one for each start
    std::string runtime_folder;                  // where temporary profiles lie; empty: $TMPDIR, else /tmp
    std::vector<std::string> extra_arguments;    // appended to ours; `--no-sandbox` only when the owner writes it here
    std::vector<std::string> extra_environment;  // "NAME=value", besides the few variables that a browser needs
    bool headless = true;

    // what the system keeps a browser that we start from (cdp/fence.hpp); derived, no settings of the owner's
    std::string managed_policy;              // JSON that Chrome reads as a machine's policy; empty: none
    std::string resolver_rules;              // for --host-resolver-rules: hosts that pages do not reach; empty: none
    std::vector<std::string> hidden_paths;   // folders and files of ours that are empty for it
    std::vector<std::string> visible_paths;  // folders below those that it needs all the same

    // attach
    /// `http://host:port`, `host:port`, `ws://host:port/devtools/browser/ID`, or the path of a profile folder.
    std::string browser_url;
    bool allow_remote_browser = false;  // else loopback addresses only
    /// A person's Chrome (chrome://inspect/#remote-debugging) asks for consent to each connection: how long one is held
    /// for the answer, and how long after a refusal a command asks again.
    Duration consent_limit = 2min;
    Duration consent_again = 1min;

    // hosted
    std::string host_socket;  // the unix socket that the browser host listens on

    // waiting
    Duration start_limit = 30s;         // from the start of the process, or of the connection, to the first answer
    Duration unavailable_grace = 5s;    // how long a command waits for a browser that is away
    Duration default_page_limit = 10s;  // to find or open the default page and attach; no option: it takes 0.1 s
    /// A default page that let a command time out is asked for a sign of life, and replaced where none comes within
    /// this; where a dialog is open that a session was told of, somebody may be about to answer that.
    Duration page_answer_limit = 5s;
    Duration dialog_limit = 30s;
    /// A silent browser is asked for its version this often (0: never), and counts as hung when it does not answer
    /// within the limit. No options: a busy browser answers within a second.
    Duration idle_check_every = 30s;
    Duration idle_check_limit = 10s;
    /// For a browser that lives on to take the last commands before we leave it.
    Duration leave_limit = 500ms;
    /// From the polite end to SIGKILL for the whole process group. No option: must fit into service.stop_grace.
    Duration stop_grace = 1500ms;
    Duration backoff_first = 250ms;  // before the second try; doubles, with full jitter
    Duration backoff_cap = 60s;      // never waits longer than this between two tries
    Duration healthy_after = 30s;    // failures are forgotten after the browser has answered for this time

    // bounds; beyond them commands are answered Fate::overloaded. These two are of a sender that is alone; all senders
    // together have twice as many.
    std::size_t max_in_flight = 1024;
    std::size_t max_in_flight_per_session = 512;
    /// Commands waiting, or written and not yet answered. No option: more than twice the greatest single command.
    std::size_t max_bytes_held = std::size_t{256} * 1024 * 1024;
    /// Pages that may be open at a time; a command that would open one more is answered Fate::overloaded, and what
    /// pages open themselves beyond it is closed. In a browser that we attach to: beside those that were open already,
    /// and nothing is closed.
    std::size_t max_pages = 64;
    /// Sessions of a connection; beyond it a command that attaches to one more target is answered Fate::overloaded.
    /// What auto-attach opens comes on top: a target each.
    std::size_t max_sessions = 1024;

    // restarts of a launched browser, only while nothing is in flight
    Duration restart_after = Duration::zero();  // age; 0: never
    std::size_t restart_above_bytes = 0;        // memory of all its processes; 0: never
    bool restart_when_updated = false;          // the binary changed on disk
    Duration restart_check_every = 5s;          // how often these three are looked at

    /// Off: a command for the default page goes to the browser target, and Chrome's own answer comes back.
    bool default_page = true;
    /// Keeps pages from standing at a place that PlaceRules refuse.
    bool guard_places = false;
};

/// The browser has a DevTools port, by our attaching to it or by the owner's own switch: any local process, and pages
/// too, can go around the policy.
inline bool opens_port(const Settings& settings) {
    if (settings.mode != BrowserMode::launch) return settings.mode == BrowserMode::attach;
    for (const std::string& argument : settings.extra_arguments) {
        if (argument == "--remote-debugging-port" || argument.starts_with("--remote-debugging-port=")) return true;
    }
    return false;
}

/// The browser shows windows, or may, being somebody else's: its clipboard and notifications are a person's.
inline bool may_have_windows(const Settings& settings) {
    return settings.mode == BrowserMode::attach || !settings.headless;
}

}  // namespace cdp
