// The whole thing for a test: the hub, the agent's real binary and a controller, each a process or connection of its
// own, in a private folder. What it started ends with it.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/child.hpp"
#include "tests/support/controller.hpp"
#include "tests/support/tls_front.hpp"

namespace support {

inline constexpr std::string_view device_uuid = "6f1c0000-1111-4222-8333-444455556666";

/// What the sanitizers cost; promises about time hold for what is shipped.
#ifdef __SANITIZE_ADDRESS__
inline constexpr int slowness = 5;
#else
inline constexpr int slowness = 1;
#endif

/// What is promised: the browser's last process ends within it after the agent's end, and the agent itself after
/// SIGTERM.
inline constexpr auto no_orphan_within = std::chrono::seconds{3} * slowness;
inline constexpr auto stopped_within = std::chrono::seconds{3} * slowness;

struct AgentOptions {
    std::vector<std::string> arguments = {};
    std::string config = {};                    // appended to the agent.toml
    std::string input = {};                     // standard input
    std::vector<std::string> environment = {};  // "NAME=value", besides the folders
    bool tls = false;                           // reaches the hub over TLS
};

class World {
  public:
    /// `hub_arguments` besides --port 0. The rate limit is off unless they say otherwise.
    explicit World(std::vector<std::string> hub_arguments = {});
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    net::io_context& io() { return io_; }
    std::uint16_t port() const { return port_; }
    Child& hub() { return *hub_; }
    const TemporaryFolder& folder() const { return folder_; }
    /// The agent's state folder, where its credential lies.
    std::string state() const { return folder_ / "state/bmc-agent"; }

    /// A request to the hub. Returns the body; fails the test where the hub refuses.
    std::string admin(std::string_view what, std::string_view json);
    std::string get(std::string_view path);
    /// A request below /rest/v1 with that token.
    std::string rest(std::string_view method, std::string_view path, std::string_view json, std::string_view token);
    std::string mint_device(int ttl_seconds = 100 * 3600, std::string_view uuid = device_uuid);

    /// Starts the agent's binary with the hub's address in its configuration.
    std::unique_ptr<Child> agent(AgentOptions options = {});
    /// `agent --pair --token-stdin`; true when it said that it is paired.
    bool pair(bool tls = false);
    /// What `agent --status --json` says, or null where no agent answers.
    nlohmann::json status();
    /// pair(), then the agent as a daemon, joined.
    std::unique_ptr<Child> joined_agent(AgentOptions options = {});

    std::unique_ptr<Controller> controller(std::string vsn = "2.0.0");

    /// The pids of all processes whose command line names this world's folder as (a part of) the browser's profile.
    std::vector<pid_t> browsers() const;
    /// How many temporary profile folders of browsers lie in this world.
    std::size_t profiles() const;
    /// Runs the loop until `done`, or fails after `limit`.
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 10s) {
        return run_until(io_, done, limit);
    }

  private:
    std::string request(std::string_view method, std::string_view path, std::string_view body,
                        std::string_view token = {});

    std::string address(bool tls);

    net::io_context io_{1};
    TemporaryFolder folder_;
    std::unique_ptr<Child> hub_;
    std::unique_ptr<TlsFront> front_;  // made when it is asked for
    std::uint16_t port_ = 0;
};

}  // namespace support
