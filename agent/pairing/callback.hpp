// The loopback end of a login (RFC 8252): one browser can finish it, the one that opened the one-time address. Stray
// requests, other browsers and wrong answers are turned away and change nothing.
#pragma once

#include <optional>
#include <string>

#include "agent/pairing/oauth.hpp"
#include "platform/http_server.hpp"
#include "platform/net.hpp"

namespace pairing {

class LoopbackLogin {
  public:
    /// Listens on 127.0.0.1. Errors: address_in_use for a configured port that is taken.
    static Result<LoopbackLogin> listen(net::any_io_executor executor, std::uint16_t port);

    std::uint16_t port() const { return server_.port(); }
    /// The redirect to register and send.
    std::string redirect() const;
    /// To be opened in a browser, once: sets a cookie and goes on to the login.
    std::string start_address() const;

    /// Serves until an answer came from the browser that opened start_address(), with the right `state`.
    /// `address` is where the login is. Cancellation returns an empty Callback.
    awaitable<Callback> wait(std::string address, std::string state);

  private:
    explicit LoopbackLogin(platform::HttpServer server);
    platform::ServerReply answer(const platform::ServerRequest& request);
    platform::ServerReply begin();
    platform::ServerReply finish(const platform::ServerRequest& request);

    platform::HttpServer server_;
    std::string ticket_;  // in start_address(); works once
    std::string cookie_;
    std::string address_;
    std::string state_;
    bool begun_ = false;
    std::optional<Callback> callback_;
};

}  // namespace pairing
