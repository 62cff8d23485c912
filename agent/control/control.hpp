// The control socket: HTTP on a unix socket. Who may open it (root, the service's user, the configured group) may read
// status, metrics and what the policy says of a command; everything else is for root and the service's own user, as the
// kernel tells them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/control/scrape.hpp"
#include "platform/http/server.hpp"
#include "platform/net.hpp"
#include "platform/paths.hpp"

namespace control {

/// An answer to a command: a sentence for people, and whether it worked.
struct Answer {
    bool ok = true;
    std::string text;
    bool confirmed = true;  // unpair: the server told that it revoked the token, or there was nothing to revoke
};

/// What the agent does on request. Called on the loop.
class ControlActions : public MetricsSource {
  public:
    virtual std::string status() = 0;  // JSON
    virtual awaitable<Answer> unpair(bool delete_device) = 0;
    virtual awaitable<Answer> pause(std::optional<std::chrono::seconds> time) = 0;  // without a time: until resumed
    virtual awaitable<Answer> resume() = 0;
    virtual awaitable<Answer> reload() = 0;
    virtual std::string log() = 0;                                                             // the last lines
    virtual awaitable<platform::ServerReply> on_pairing(platform::ServerRequest request) = 0;  // all of /pair…
    /// What the policy would say, in lines.
    virtual std::string judge(const std::string& method, const std::string& params) = 0;
    /// The socket was taken away; from now on the agent listens here.
    virtual void on_moved(const std::filesystem::path& socket) = 0;

  protected:
    ~ControlActions() = default;
};

/// Where the agent listens.
struct ControlPlace {
    std::filesystem::path socket;
    /// A logout takes the runtime folder away under an agent that goes on: then it listens here.
    std::filesystem::path refuge;
    std::string group;
};

class Control {
  public:
    Control(net::any_io_executor executor, ControlPlace place, ControlActions& actions);

    /// Makes the folder (0700) and the socket. Errors: errno's; is_distrust() where others may write to the folder.
    Error open();
    /// The sentence for what open() refused.
    std::string explain(Error error) const;
    /// Serves until stop().
    awaitable<Error> run();
    void stop();

  private:
    awaitable<void> until_taken_away();
    awaitable<platform::ServerReply> answer(platform::ServerRequest request);
    std::optional<awaitable<Answer>> begin(const platform::ServerRequest& request);
    awaitable<Answer> pause(std::optional<std::string> text);

    net::any_io_executor executor_;
    ControlPlace place_;
    ControlActions& actions_;
    std::optional<platform::HttpServer> server_;
    bool stopping_ = false;
};

/// Where the agent listens that a command means: $BMC_AGENT_SOCKET (as `--exec` sets it), else what the agent of this
/// profile's state folder wrote into its lock file, else the profile's own: the runtime folder of a login session, of
/// `su` and of cron are three.
std::filesystem::path socket_of(const platform::Paths& paths);

/// A request of a command-line tool to the running agent.
struct ControlReply {
    bool running = false;    // somebody listens
    bool forbidden = false;  // the system keeps this user from asking
    bool stranger = false;   // somebody listens who may not: nothing was sent
    int status = 0;
    std::string body;
    std::string problem;  // when it could not be asked
    std::string remedy;   // against that, where it is known
};
ControlReply ask_agent(const std::filesystem::path& socket, std::string method, std::string target,
                       Duration timeout = std::chrono::seconds{15});

}  // namespace control
