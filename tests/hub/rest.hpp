// The REST subset: the table `devices` with unique names as PostgREST answers, and one function for effective settings.
// A user sees and changes devices of its own, a device token its own row, service_role all.
#pragma once

#include "tests/hub/http.hpp"
#include "tests/hub/tenant.hpp"

namespace hub {

class Rest {
  public:
    explicit Rest(Tenant& tenant) : tenant_(tenant) {}
    /// The path begins with /rest/v1/.
    HttpReply handle(const HttpRequest& request);

  private:
    struct Caller {
        std::string role, sub, device;  ///< sub and device may be empty
    };
    HttpReply devices(const HttpRequest& request, const Caller& caller);
    HttpReply insert(const HttpRequest& request, const Caller& caller);
    HttpReply insert_one(const Json& row, const Caller& caller, bool merge, Json& stored);
    HttpReply update(const HttpRequest& request, const Caller& caller);
    HttpReply remove(const HttpRequest& request, const Caller& caller);
    HttpReply effective_settings(const HttpRequest& request, const Caller& caller);
    std::vector<std::string> matching(const HttpRequest& request, const Caller& caller) const;
    bool may_use(const Caller& caller, const std::string& uuid) const;
    /// The uuid of another device of that name; empty: none.
    std::string name_taken(const std::string& name, const std::string& by_other_than) const;
    void announce(const std::string& operation, const Json& record, const Json& old_record);
    std::string timestamp() const;

    Tenant& tenant_;
};

}  // namespace hub
