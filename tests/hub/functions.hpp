// Edge functions: the exchange of a user's token for a long-lived token of one device.
#pragma once

#include "tests/hub/http.hpp"
#include "tests/hub/tenant.hpp"

namespace hub {

class Functions {
  public:
    explicit Functions(Tenant& tenant) : tenant_(tenant) {}
    /// POST /functions/v1/device-token {"device_uuid"} with the owner's bearer token.
    HttpReply handle(const HttpRequest& request);

  private:
    Tenant& tenant_;
};

}  // namespace hub
