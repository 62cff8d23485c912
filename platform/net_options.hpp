// The one policy by which every connection to the outside is made: which proxy, whose certificates, how long.
#pragma once

#include <filesystem>
#include <string>

#include "platform/core/time_point.hpp"

namespace platform {

/// Proxy, certificate authorities and time limits, for REST and for WebSockets alike. Loopback is never proxied.
struct NetOptions {
    /// http://[user:password@]host:port, socks4://, socks4a://, socks5://, socks5h://. Empty: HTTPS_PROXY, then
    /// ALL_PROXY of the environment (lower case first). "none": no proxy whatever the environment says.
    std::string proxy;
    /// Hosts that are reached directly, as curl reads it ("a.example,.b.example,10.0.0.0/8,*"). Empty: NO_PROXY of the
    /// environment.
    std::string no_proxy;
    /// A PEM file, and an OpenSSL hashed folder, of authorities trusted in addition to the system's. Empty: none.
    std::filesystem::path ca_file;
    std::filesystem::path ca_folder;
    /// For resolving, connecting and the proxy's part together.
    Duration connect_timeout = std::chrono::seconds{15};
};

}  // namespace platform
