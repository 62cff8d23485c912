// The frames of a WebSocket that wait to be written: queued ones are gathered while earlier ones are being written.
// Pure but for the masks, which the system draws.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "platform/byte_buffer.hpp"
#include "platform/websocket/frames.hpp"

namespace platform {

/// Unpredictable masks (RFC 6455, 10.3), drawn from the system a thousand at a time.
class MaskSource {
  public:
    MaskKey next();

  private:
    std::array<MaskKey, 1024> keys_{};
    std::size_t used_ = keys_.size();
};

class SendBuffer {
  public:
    /// `masked`: else with a mask of zero, which costs nothing.
    explicit SendBuffer(bool masked) : masked_(masked) {}

    /// Puts one frame behind all others. `writing`: what next() gave is being written just now.
    void append(Opcode opcode, std::span<const std::string_view> parts, bool writing);

    /// Bytes that wait, those that are being written included.
    std::size_t size() const { return queued_.size() + sending_.size() - sent_; }
    bool empty() const { return size() == 0; }
    /// Bytes of the frames that next() has not taken up yet.
    std::size_t queued() const { return queued_.size(); }

    /// What to write next: the rest of what was taken up, else all that is queued. Valid until the next call that is
    /// not append().
    std::string_view next();
    /// That many bytes of it were written.
    void advance(std::size_t bytes) { sent_ += bytes; }
    /// When all was written, the memory is kept for the next frames, unless it is much and seldom needed.
    void recycle();

  private:
    bool all_sent() const { return sent_ == sending_.size(); }

    const bool masked_;
    ByteBuffer queued_;
    ByteBuffer sending_;    // up to `sent_` already
    std::size_t sent_ = 0;  // bytes
    MaskSource masks_;
    unsigned small_rounds_ = 0;
};

}  // namespace platform
