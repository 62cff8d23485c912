// The HTTP part of a WebSocket's opening (RFC 6455, 4.1), without any I/O: the request's text, and a judge of the
// answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/websocket/websocket.hpp"

namespace platform {

/// A fresh Sec-WebSocket-Key.
std::string make_handshake_key();

/// The request's text. Refused (invalid_argument): names or values that would break the request's lines.
Result<std::string> write_handshake(const Upgrade& upgrade, bool secure, std::string_view key);

/// Reads the answer (or any other answer to a GET), however it is cut. Wraps Beast's parser, which appears in the .cpp
/// alone.
class HandshakeParser {
  public:
    /// `max_body`: bytes kept of the body of a refusal; the rest is not waited for.
    explicit HandshakeParser(std::size_t max_body);
    ~HandshakeParser();

    /// How many of the bytes it took. What follows a 101 is left: it is the first frames.
    Result<std::size_t> put(std::string_view bytes);
    bool done() const;
    /// Bytes of body that the header announces; 0: it names no length.
    std::uint64_t announced() const;
    /// The headers are here, and the body goes on until the connection ends.
    bool ends_with_connection() const;
    Refusal take();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// No error: the WebSocket is open. `key` is the request's.
Error judge_handshake(const Refusal& answer, std::string_view key);

/// The first header of that (lower-case) name, or an empty string.
std::string_view find_header(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name);

}  // namespace platform
