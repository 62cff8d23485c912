// The hub's own handles for tests and scripts, under /admin/: tokens, limits, faults, counters, the clock.
#pragma once

#include "tests/hub/http.hpp"
#include "tests/hub/tenant.hpp"

namespace hub {

struct World;

class Admin {
  public:
    explicit Admin(World& world) : world_(world) {}
    HttpReply handle(const HttpRequest& request);

  private:
    HttpReply get(const std::string& what);
    HttpReply post(const std::string& what, const Json& body);
    Json mint(const Json& body);
    Json broadcast(const Json& body);
    Json database(const Json& body);
    Json change(const Json& body);
    Json set_limits(const Json& body);
    Json sockets(const Json& body);
    Json device(const Json& body);
    Json settings(const Json& body);
    Json oauth(const Json& body);

    World& world_;
};

}  // namespace hub
