// Proxies for tests: one of our own that writes down what it was asked, and real ones from the system's packages.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "peer.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

/// An HTTP proxy that knows CONNECT alone and leads every tunnel to one port on loopback, whatever host was asked for.
class ConnectProxy {
  public:
    /// `answer`: what it says instead of opening the tunnel; empty: opens it. `credentials`: "user:password" in base64
    /// that it insists on; empty: none.
    explicit ConnectProxy(std::uint16_t target, std::string answer = {}, std::string credentials = {});

    std::string url() const { return "http://127.0.0.1:" + std::to_string(peer_.port()); }
    std::uint16_t port() const { return peer_.port(); }
    int accepted() const { return peer_.accepted(); }
    /// The requests' texts so far.
    std::vector<std::string> requests();

  private:
    void serve(tcp::socket client);

    std::uint16_t target_;
    std::string answer_;
    std::string credentials_;
    std::mutex mutex_;
    std::vector<std::string> requests_;
    Peer peer_;
};

/// A proxy whose way to the hosts is down: it answers what it answers by itself, and opens no tunnel.
class StrandedProxy {
  public:
    struct Manners {
        bool socks = false;           // a SOCKS 5 greeting is answered; otherwise what begins so is not understood
        std::string to_socks{};       // the answer to a SOCKS request; empty: none
        std::string to_connect{};     // the answer to CONNECT; empty: none
        std::string to_other_http{};  // the answer to another HTTP request; empty: none
        bool ends_unanswered = true;  // what has no answer has the connection ended; otherwise the client waits
    };
    explicit StrandedProxy(Manners manners);

    std::string url(const std::string& scheme) const { return scheme + "://127.0.0.1:" + std::to_string(peer_.port()); }
    int accepted() const { return peer_.accepted(); }

  private:
    void serve(tcp::socket client) const;
    /// The answer; empty: none is due.
    std::string answer(tcp::socket& client) const;

    Manners manners_;
    Peer peer_;
};

/// A proxy program as a child process, ended with the test.
class RealProxy {
  public:
    /// user "bmc" with password "secret" where `with_password`.
    static std::unique_ptr<RealProxy> tinyproxy(net::io_context& io, bool with_password);
    enum class SquidAuth { none, basic, digest };
    static std::unique_ptr<RealProxy> squid(net::io_context& io, SquidAuth auth);
    static std::unique_ptr<RealProxy> microsocks(net::io_context& io, bool with_password);

    ~RealProxy();

    std::uint16_t port() const { return port_; }
    /// What the program wrote.
    const std::string& output() const { return child_->output(); }

  private:
    explicit RealProxy(net::io_context& io);
    void start(net::io_context& io, std::vector<std::string> arguments);

    // Bound to the port and no listener: the proxy may listen there, and the kernel gives the port to nobody else
    // meanwhile.
    tcp::socket holder_;
    std::uint16_t port_ = 0;
    TempFolder folder_;
    std::string shared_;  // what the names of its shared memory begin with; empty: it has none
    std::unique_ptr<support::Child> child_;
};

using Values = std::vector<std::pair<std::string, std::string>>;

/// Sets environment variables for the time of a test; an empty value unsets.
class Environment {
  public:
    explicit Environment(Values values);
    ~Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

  private:
    Values before_;
};

/// An environment in which nothing speaks of proxies, so that the machine's own does not disturb a test.
Values no_proxies();

}  // namespace tests
