// All of the hub's HTTP: which path is answered by whom.
#pragma once

#include <memory>

#include "tests/hub/http.hpp"

namespace hub {

struct World;

class Routes {
  public:
    explicit Routes(World& world);
    ~Routes();
    HttpReply handle(const HttpRequest& request);

  private:
    World& world_;
};

}  // namespace hub
