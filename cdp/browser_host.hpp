// `agent --browser-host`: a browser in another process, whose pipe is offered on a unix socket to one agent at a
// time. The agent may then be hardened as no browser could be, and may restart without the browser.
//
// How the two speak: NUL-terminated messages both ways. The host begins, with {"host":{"session":"…"}} once the browser
// is there, or {"host":{"error":"…"}} and the end. The session (of Target.attachToBrowserTarget) is the agent's browser
// target; all that it opens lies below it, and goes when the host detaches it after the agent has gone. From then on
// messages are the DevTools protocol's, passed on whole, but for {"host":"reset"} from the agent: the browser is ended
// with its temporary profile, and started anew for the next agent. The host also ends a browser that hangs. The
// host judges this while it waits for an answer to its own command (such as the one that ends the session of an agent
// that has left), or for the browser to take commands. The browser hangs if it sends nothing for `start_limit`, or if
// the wait takes several times as long.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/settings.hpp"
#include "platform/net.hpp"

namespace cdp {

struct HostSettings {
    Settings browser;  // its launch fields, host_socket and bounds
    /// Who may connect, by user id; the host's own user and root always may.
    std::vector<uid_t> allowed_users;
    /// The group that gets the socket (0660); -1: the host's own user alone (0600).
    gid_t socket_group = static_cast<gid_t>(-1);
    /// What may wait for an agent that reads slowly; beyond it the agent's connection is ended. Chrome is always read.
    std::size_t max_backlog = std::size_t{1} << 30;
};

/// For the service manager's status line.
enum class HostState : std::uint8_t {
    idle,       // listening; no browser was asked for yet
    launching,  // an agent waits for the browser
    ready,      // the browser runs, no agent is there
    serving,    // an agent uses it
};

/// Called on the loop after each change of state.
class HostListener {
  public:
    virtual void on_host_state() = 0;

  protected:
    ~HostListener() = default;
};

class BrowserHost {
  public:
    BrowserHost(net::any_io_executor executor, const HostSettings& settings);
    ~BrowserHost();
    BrowserHost(const BrowserHost&) = delete;
    BrowserHost& operator=(const BrowserHost&) = delete;

    /// Binds the socket. An Error names why it cannot (another host listens on it: address_in_use).
    Error listen();
    /// Serves until stop(); then the browser has ended and nothing of it is left, the socket included.
    awaitable<Error> run();
    void stop();

    HostState state() const noexcept;
    /// Why the browser last failed to start, or ended; a sentence.
    const std::string& reason() const noexcept;
    /// Before run(); it outlives the host.
    void connect(HostListener& listener) noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cdp
