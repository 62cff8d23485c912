// How messages travel to and from a browser: over its pipe, over a unix socket of the browser host (NUL-terminated
// messages both), or over a websocket.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "platform/core/shared_text.hpp"
#include "platform/net.hpp"
#include "platform/unique_fd.hpp"
#include "platform/websocket/websocket.hpp"

namespace cdp {

/// A message that arrived: whole, or the beginning of one beyond the limit. Valid until the next read() or poll().
struct Arrived {
    std::string_view text;
    std::uint64_t size = 0;
    bool cut() const noexcept { return size != text.size(); }
};

/// One connection. One coroutine may read while another one flushes; both must have ended before it is destroyed.
class Transport : public platform::MessageMemory {
  public:
    virtual ~Transport() = default;

    /// The next message. Errors: net::error::eof when the browser ended it, operation_aborted, the system's own.
    virtual awaitable<Result<Arrived>> read() = 0;
    /// The next message if it is here already, without a wait or a system call.
    virtual std::optional<Result<Arrived>> poll() = 0;
    platform::KeptMessage keep() override { return {}; }

    /// Puts one message, made of three parts, behind what waits to be written. Copied here.
    virtual void queue(std::string_view head, std::string_view body, std::string_view tail) = 0;
    virtual std::size_t queued() const = 0;
    /// Writes all that is queued, in as few system calls as there can be.
    virtual awaitable<Error> flush() = 0;
    /// Writes what is queued as far as the system takes it now. The rest, and all errors, are for flush().
    virtual void flush_now() = 0;

    /// Bytes that arrived, parts of messages included: shows that a long message is still coming.
    virtual std::uint64_t bytes_read() const = 0;

    /// Ends the connection now: read() and flush() return.
    virtual void drop() = 0;
};

/// Over descriptors: `from` is read, `to` is written. They may be the same socket (then give a duplicate).
/// The process then ignores SIGPIPE, unless it has its own handler for it.
std::unique_ptr<Transport> make_pipe_transport(const net::any_io_executor& executor, platform::UniqueFd from,
                                               platform::UniqueFd to, std::size_t max_message);

/// Over a websocket that is connected already.
std::unique_ptr<Transport> make_websocket_transport(platform::WebSocket socket);

}  // namespace cdp
