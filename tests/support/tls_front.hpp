// TLS in front of a plain server on loopback: what comes decrypted goes on to it, and back. In the test's own loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "platform/net.hpp"

namespace support {

class TlsFront {
  public:
    /// Takes connections for 127.0.0.1 and localhost and forwards them to 127.0.0.1:`target`.
    TlsFront(net::io_context& io, std::uint16_t target);
    ~TlsFront();
    TlsFront(const TlsFront&) = delete;
    TlsFront& operator=(const TlsFront&) = delete;

    std::uint16_t port() const;
    /// The authority that its certificate is by, as PEM text.
    std::string authority() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;  // the coroutines of its connections share it
};

}  // namespace support
