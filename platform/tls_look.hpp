// A look at the certificate that a server shows, also when it is refused: the doctor names its issuer. It trusts
// nothing and hands out no connection. Blocking: for commands, not for the loop.
#pragma once

#include <string>

#include "platform/core/result.hpp"
#include "platform/core/time_point.hpp"
#include "platform/tls.hpp"

using X509 = struct x509_st;

namespace platform {

/// What the certificate says, without the protocol.
TlsPeer describe_certificate(const X509* certificate);

struct TlsLook {
    Error error;   // as every connection would end
    TlsPeer peer;  // empty where no certificate was shown
};

/// Handshakes over an open, connected socket, which stays the caller's and is of no use afterwards.
TlsLook look_at_tls(int socket, const std::string& host, const TlsContext& context, Duration limit);

}  // namespace platform
