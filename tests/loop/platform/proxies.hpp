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
    explicit RealProxy(std::uint16_t port) : port_(port) {}
    void start(net::io_context& io, std::vector<std::string> arguments);

    std::uint16_t port_;
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
