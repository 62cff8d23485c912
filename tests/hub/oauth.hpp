// The OAuth side: who registered, who consented, which refresh tokens are alive. RFC 8414 and 9728 metadata, RFC 7591
// registration, authorization code with PKCE S256, rotation of refresh tokens with reuse detection, RFC 8628 device
// grant (switchable), RFC 7009 revocation, RFC 9207 `iss`.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/hub/http.hpp"
#include "tests/hub/tenant.hpp"

namespace hub {

struct Account {
    std::string sub, email, name;
};

/// Ways in which a test lets the server misbehave; empty or false: not at all.
struct OAuthFaults {
    std::string response_iss, response_state;  ///< in the redirect back, in place of the true ones
    std::string metadata_issuer;               ///< in the authorization server's metadata
    std::string redirect_to;                   ///< the token endpoint answers 307 to there
    std::string refresh_error;                 ///< refresh tokens are answered with this error
    int revoke_status = 0;                     ///< of each answer to a revocation, in place of 200
    bool endless_body = false;                 ///< the token endpoint's body is far too long
    bool cut_refresh_reply = false;            ///< a refresh is carried out, its answer never sent
    milliseconds token_delay{0};               ///< before each answer of the token endpoint
    seconds poll_interval{5};                  ///< that a device login is told to keep
    /// The next answers to requests of that path, in this order; then it answers as ever.
    struct Answer {
        std::string path;
        unsigned status = 502;
        std::string body, content_type;
        std::string retry_after;  ///< the header; empty: none
    };
    std::vector<Answer> answers;
};

struct OAuthCounters {
    std::uint64_t registrations = 0, codes = 0, refreshes = 0, reuses = 0, families_revoked = 0, revocations = 0,
                  device_polls = 0, denied = 0;
};

class OAuth {
  public:
    /// base: the hub's address, which is the issuer where settings name none.
    OAuth(Tenant& tenant, std::string base);

    static bool owns(const std::string& path);
    HttpReply handle(const HttpRequest& request);

    std::string issuer() const;
    OAuthFaults& faults() { return faults_; }
    const OAuthCounters& counters() const { return counters_; }
    /// What a login would have brought: the token endpoint's answer.
    HttpReply grant(const std::string& client, const std::string& sub);
    /// The clients that registered are not known any more.
    void forget_clients() { clients_.clear(); }
    /// Every refresh token is dead from now on.
    void revoke_all();

  private:
    struct Client {
        std::string name;
        std::vector<std::string> redirects;
    };
    /// An authorization that waits for a person, or a code that waits for its client.
    struct Request {
        std::string client, redirect, challenge, state, scope, resource;
        std::string sub;     ///< who allowed it
        std::string family;  ///< what its code was exchanged for: a second exchange revokes that
        TimePoint expires{};
    };
    struct Refresh {
        std::string client, sub, scope, family;
        std::optional<TimePoint> rotated;
    };
    struct DeviceGrant {
        std::string client, scope, user_code, sub;
        bool denied = false;
        seconds interval{0};
        TimePoint expires{}, last_poll{};
    };

    std::optional<HttpReply> planned_answer(const std::string& path);
    HttpReply server_metadata() const;
    HttpReply resource_metadata() const;
    HttpReply register_client(const HttpRequest& request);
    HttpReply authorize(const HttpRequest& request);
    HttpReply consent(const HttpRequest& request);
    HttpReply token(const HttpRequest& request);
    HttpReply exchange_code(std::map<std::string, std::string>& form);
    HttpReply exchange_refresh(std::map<std::string, std::string>& form);
    HttpReply exchange_device(std::map<std::string, std::string>& form);
    HttpReply device_authorization(const HttpRequest& request);
    HttpReply device_page(const HttpRequest& request);
    HttpReply revoke(const HttpRequest& request);
    HttpReply userinfo(const HttpRequest& request) const;
    HttpReply issue(const std::string& client, const std::string& sub, const std::string& scope, std::string family);
    HttpReply redirect_back(const Request& request, std::vector<std::pair<std::string, std::string>> values) const;
    HttpReply ask(const std::string& title, const std::string& action, const std::string& field, const std::string& id,
                  const std::string& client, const std::string& scope) const;
    void revoke_family(const std::string& family);
    const Account* account(const std::string& sub) const;
    std::string redirect_fault(const Client& client, const std::string& redirect) const;
    TimePoint now() { return tenant_.clock().now(); }

    Tenant& tenant_;
    std::string base_;
    std::vector<Account> accounts_;
    std::map<std::string, Client> clients_;
    std::map<std::string, Request> pending_, codes_;
    std::map<std::string, Refresh> refreshes_;
    std::map<std::string, DeviceGrant> devices_;  ///< by device code
    std::set<std::string> revoked_;               ///< families
    OAuthFaults faults_;
    OAuthCounters counters_;
};

}  // namespace hub
