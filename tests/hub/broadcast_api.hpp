// Broadcasts over HTTP: /api/broadcast (batch) and /api/broadcast/<topic>/events/<event>, as the Realtime server
// answers.
#pragma once

#include "tests/hub/http.hpp"
#include "tests/hub/tenant.hpp"

namespace hub {

class BroadcastApi {
  public:
    explicit BroadcastApi(Tenant& tenant) : tenant_(tenant) {}
    /// The path begins with /api/.
    HttpReply handle(const HttpRequest& request);

  private:
    HttpReply batch(const HttpRequest& request, const Json& claims);
    HttpReply single(const HttpRequest& request, const std::vector<std::string>& path, const Json& claims);
    HttpReply tenant_action(const HttpRequest& request, const std::vector<std::string>& path);
    std::optional<Json> authenticate(const HttpRequest& request);
    void add_rate_headers(HttpReply& reply);
    void publish(const Json& message);

    Tenant& tenant_;
};

}  // namespace hub
