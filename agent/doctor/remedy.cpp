#include "agent/doctor/remedy.hpp"

#include <fmt/core.h>

#include "cdp/error.hpp"
#include "platform/websocket/websocket.hpp"

namespace doctor {
namespace {

using cdp::LaunchCause;
namespace errc = boost::system::errc;

constexpr const char* other_device = "as a separate device  (there: agent --unpair, then agent --pair)";

std::string remedy_of_sandbox(const BrowserFailure& failure) {
    if (failure.user_namespaces_barred) {
        return "load the AppArmor profile that comes with the agent (/usr/share/bmc-agent/apparmor/bmc-browser), or "
               "sysctl kernel.apparmor_restrict_unprivileged_userns=0";
    }
    if (failure.container) {
        return "start the container with the seccomp profile that comes with the agent (--security-opt "
               "seccomp=seccomp.json): Docker's own forbids user namespaces";
    }
    return "sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000, or apt-get install "
           "chromium-sandbox";
}

std::string remedy_of_launch(const BrowserFailure& failure) {
    switch (failure.cause) {
        case LaunchCause::not_started:
            return "see by  file  and  ls -l  whether it is a program for this machine that this user may run, or set "
                   "browser.path to another one";
        case LaunchCause::not_answering:
            return "give it more time (browser.start_limit) or the machine less to do; see whether it is a Chrome at "
                   "all";
        case LaunchCause::profile_in_use:
            return "end the other browser on that folder, or set another browser.profile_folder";
        case LaunchCause::profile_not_writable:
            return "give the folder that is named to this user and see that it has room (df -h), or set another "
                   "browser.profile_folder (browser.runtime_folder for temporary ones)";
        case LaunchCause::default_profile:
            return "set browser.profile_folder to another folder, or leave it out for a temporary one";
        case LaunchCause::as_root:
            return "run this and the agent as an ordinary user; the service bmc-agent has its own users";
        case LaunchCause::no_sandbox:
            return remedy_of_sandbox(failure);
        case LaunchCause::no_libraries:
            return "install the browser by the package manager (apt-get install --reinstall chromium);  ldd  names "
                   "what "
                   "is missing";
        case LaunchCause::no_display:
            return "set browser.headless = true, or give it DISPLAY by browser.environment";
        case LaunchCause::small_shared_memory:
            return "give the container --shm-size=1g, or add --disable-dev-shm-usage to browser.arguments";
        case LaunchCause::few_open_files:
            return "raise the limit of open files: ulimit -n 1024, or LimitNOFILE= in the unit";
        case LaunchCause::snap:
            return "install Chrome or Chromium as a package, and set browser.path";
        case LaunchCause::unknown:
        case LaunchCause::ended_later:
            break;
    }
    return "run it by hand as this user: its last words on standard error name the cause";
}

std::string remedy_of_endpoint(const BrowserFailure& failure) {
    const Error error = failure.error;
    if (error == cdp::Errc::not_devtools || error == platform::WebSocketErrc::bad_handshake ||
        error == platform::WebSocketErrc::upgrade_stripped || error == cdp::Errc::unexpected_answer) {
        return "another program has that port (ss -ltnp names it): start the browser with another "
               "--remote-debugging-port, and set browser.url to it";
    }
    if (error == platform::WebSocketErrc::refused || error == cdp::Errc::refused) {
        return "give browser.url as http://host:port, since the path of a ws:// address changes with each start; where "
               "it is a proxy of a browser service, its own log says why";
    }
    if (error == cdp::Errc::bad_address) return "set browser.url to http://host:port or to a profile's folder";
    if (error == cdp::Errc::not_loopback) return "set browser.allow_remote = true, or attach on the browser's machine";
    if (error == cdp::Errc::stale_port_file || error == errc::no_such_file_or_directory) {
        return "start the browser on that folder (--user-data-dir) with --remote-debugging-port=0";
    }
    if (error == cdp::Errc::start_timeout || error == errc::timed_out) {
        return "restart that browser: it takes connections and answers nothing; or give it more time "
               "(browser.start_limit)";
    }
    return "start the browser with --remote-debugging-port, mend browser.url, or set browser.mode = \"launch\"";
}

std::string remedy_of_host(const BrowserFailure& failure) {
    if (failure.error == errc::permission_denied) {
        return "let this user use the browser host's socket: it is its group's (usermod -aG bmc-agent USER)";
    }
    if (failure.error == errc::no_such_file_or_directory || failure.error == errc::connection_refused) {
        return "systemctl enable --now bmc-browser, or mend browser.host_socket";
    }
    if (failure.error == cdp::Errc::bad_address) return "set browser.host_socket to a path of 107 bytes at most";
    return "see what the browser host says of it: systemctl status bmc-browser; journalctl -u bmc-browser";
}

std::string remedy_of_rights(const LinkFailure& failure) {
    const auto renew = failure.own_credential
                           ? std::string("pair again as the device's owner (agent --pair --rotate)")
                           : fmt::format("put a token of the device's owner into {}", failure.token_file);
    return renew + ", or give the token's role the right to read realtime.messages of this topic";
}

std::string remedy_of_key(const LinkFailure& failure) {
    if (failure.keyless) return "set api.key to the project's public key";
    return fmt::format("check that api.key is this project's public key; then the credential: {}", failure.renewal);
}

constexpr const char* of_portal =
    "an ordinary page stands in the backend's place: log in to this network's portal if it has one, else check "
    "realtime.url and api.url";

/// By the status where it says more than the class; empty where it does not.
std::string remedy_of_status(int status) {
    constexpr int network_login = 511;
    if ((status >= 200 && status < 400) || status == network_login) return of_portal;
    switch (status) {
        case 400:
        case 426:
            return "let wss:// to this host through without inspection (ask for a CONNECT proxy)";
        case 404:
            return "check realtime.url and api.url: there is no Realtime service at that address";
        case 407:
            return "check user and password of the proxy (net.proxy, else HTTPS_PROXY)";
        case 414:
        case 431:
            return "set api.key to the project's public key, so that the token does not travel in the address";
        default:
            return {};
    }
}

}  // namespace

std::string remedy_of_browser(const BrowserFailure& failure) {
    if (failure.mode == cdp::BrowserMode::attach) return remedy_of_endpoint(failure);
    if (failure.mode == cdp::BrowserMode::hosted) return remedy_of_host(failure);
    return remedy_of_launch(failure);
}

std::string remedy_of_link(const LinkFailure& failure) {
    if (auto remedy = remedy_of_status(failure.status); !remedy.empty()) return remedy;
    if (!realtime::wants_token(failure.what)) return std::string{realtime::remedy_of(failure.what)};
    if (failure.status != 0) return remedy_of_key(failure);
    if (!realtime::wants_fresh_token(failure.what)) return remedy_of_rights(failure);
    return fmt::format("the token has run out: {}", failure.renewal);
}

std::string remedy_of_twin(OtherAgent other) {
    switch (other) {
        case OtherAgent::none:
            return {};
        case OtherAgent::elder:
            return "this machine gives way: stop the other agent, or pair this machine as a separate device  (agent "
                   "--unpair, then agent --pair)";
        case OtherAgent::younger:
            return fmt::format("this machine goes on: stop the other agent, or pair the other machine {}",
                               other_device);
        case OtherAgent::silent:
            return "find out who may track presence on the device's channel, or stop the other agent";
        case OtherAgent::unknown:
            return "before an agent starts here: stop the other one, or pair this machine as a separate device  "
                   "(agent --unpair, then agent --pair)";
    }
    return {};
}

}  // namespace doctor
