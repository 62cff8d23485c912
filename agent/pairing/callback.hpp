// The loopback end of a login (RFC 8252): one browser can finish it, the one that opened the one-time address. Stray
// requests, other browsers and wrong answers are turned away and change nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/pairing/oauth.hpp"
#include "platform/http/server.hpp"
#include "platform/net.hpp"

namespace pairing {

class LoopbackLogin {
  public:
    /// Listens on 127.0.0.1. Errors: address_in_use for a configured port that is taken.
    static Result<LoopbackLogin> listen(net::any_io_executor executor, std::uint16_t port);

    std::uint16_t port() const { return server_.port(); }
    /// The redirect to register and send.
    std::string redirect() const;
    /// To be opened in one browser: sets a cookie and goes on to the login. Fetching it beforehand, as browsers and
    /// previews of links do, changes nothing.
    std::string start_address() const;

    /// Serves until an answer came from the browser that opened start_address(), with the right `state`.
    /// `address` is where the login is. Cancellation returns an empty Callback.
    awaitable<Callback> wait(std::string address, std::string state);

  private:
    explicit LoopbackLogin(platform::HttpServer server);
    platform::ServerReply answer(const platform::ServerRequest& request);
    platform::ServerReply begin(const platform::ServerRequest& request);
    platform::ServerReply offer(const platform::ServerRequest& request);
    platform::ServerReply finish(const platform::ServerRequest& request);

    platform::HttpServer server_;
    std::string ticket_;               // in start_address()
    std::string cookie_;               // of the browser that opened it; empty: none has
    std::vector<std::string> offers_;  // cookies of those that asked and did not say that somebody opens the address
    std::string address_;
    std::string state_;
    std::optional<Callback> callback_;
};

}  // namespace pairing
