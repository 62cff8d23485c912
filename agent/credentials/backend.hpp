// The backend that a credential belongs to: its addresses as they were in force at the pairing. A credential is sent to
// these and nowhere else, whatever the configuration says later.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace credentials {

/// Absolute URLs as they were configured. The token and revocation addresses of a login are in RefreshGrant.
struct Backend {
    std::string api_url;  // base address; empty: this credential is bound to no backend yet
    std::string realtime_url;
    std::string rest_url;
    std::string device_token_url = {};  // empty: none
    std::string issuer = {};            // of the login that gave the credential; empty: there was no login
    std::string resource = {};          // likewise

    bool known() const noexcept { return !api_url.empty(); }
    /// The same addresses for what is sent while serving: base, Realtime and REST. The spelling does not count.
    bool same_place(const Backend& other) const;
};

/// One spelling for all spellings of an address: scheme (ws is http, wss is https), host in lower case without a final
/// dot, an IPv6 address in its shortest form, the port where it is not the scheme's own, the path without slashes at
/// its end. Nothing: this is no address that a credential could go to.
std::optional<std::string> normal_address(std::string_view url);

/// Whether both name the same place. An address that cannot be read is the same as none, itself included.
bool same_address(std::string_view one, std::string_view other);

/// For people and logs: normal_address(), else words that repeat nothing of it.
std::string shown_address(std::string_view url);

/// Whether a token that names `issuer` (its `iss`) was made for this backend: by its host. An issuer that is no http(s)
/// address says nothing. Loopback hosts are one host.
enum class Origins : unsigned char {
    silent,     // the token does not say
    same,       // one of the backend's hosts, or its login's
    different,  // another host: perhaps another name of the same backend
    stranger,   // certainly another backend: two projects of one hosting service
};
Origins compare_issuer(std::string_view issuer, const Backend& backend);

}  // namespace credentials
