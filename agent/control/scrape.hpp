// A port on loopback for scrapers that cannot ask a unix socket. It gives metrics and nothing else: any process of this
// machine may read it, and a page in the browser must not (so the Host header has to name loopback).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/http/server.hpp"
#include "platform/net.hpp"

namespace control {

/// What `GET /metrics` is answered with, here and on the control socket.
inline constexpr std::string_view metrics_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whether a Host header names this machine by its loopback: a name that a page resolves to 127.0.0.1 does not.
bool is_loopback_host(std::string_view host) noexcept;

class MetricsSource {
  public:
    virtual std::string metrics() = 0;  // OpenMetrics

  protected:
    ~MetricsSource() = default;
};

class Scrape {
  public:
    /// `port` 0: off. `source` outlives it.
    Scrape(net::any_io_executor executor, std::uint16_t port, MetricsSource& source);

    /// Takes the port. Error: errno's.
    Error open();
    /// Serves until stop(); returns at once when it is off.
    awaitable<Error> run();
    void stop();

  private:
    platform::ServerReply answer(const platform::ServerRequest& request) const;

    net::any_io_executor executor_;
    std::uint16_t port_;
    MetricsSource& source_;
    std::optional<platform::HttpServer> server_;
};

}  // namespace control
