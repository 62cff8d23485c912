// What a transfer of libcurl ended in, and what that means to us. Inside platform/ only. Pure.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "platform/core/result.hpp"

namespace platform {

/// What libcurl reports about a transfer.
struct CurlOutcome {
    CURLcode code = CURLE_OK;
    bool to_proxy = false;         // its last connection went to the proxy
    bool connected = false;        // the connection (and the tunnel, and TLS) was open: what failed then failed later
    long proxy_status = 0;         // of the proxy's answer to CONNECT; 0: none
    long socks_error = CURLPX_OK;  // what the SOCKS proxy did (CURLproxycode)
    long verified = 0;             // OpenSSL's verdict on the certificate (X509_V_…)
    long os_error = 0;             // errno of the last connection
    std::string_view words = {};   // curl's own; never shown: they may hold addresses with secrets
    Error tls_error = {};          // of our own set-up of TLS
};

/// Of TunnelErrc or TlsErrc; `otherwise` for all that is neither the proxy's doing nor that of TLS or the connection.
Error explain(const CurlOutcome& outcome, Error otherwise);

/// Whether a proxy answered as a SOCKS server does, for better or worse.
bool is_socks_reply(long socks_error) noexcept;

/// Ways of authentication (bits of CURLAUTH_…) by their names in HTTP: "Basic and NTLM".
std::string authentication_names(long bits);

}  // namespace platform
