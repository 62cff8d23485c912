// The frames of a WebSocket that wait to be written: queued ones are gathered while earlier ones are being written.
// Pure but for the masks, which the system draws.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "platform/core/shared_text.hpp"
#include "platform/spare_buffers.hpp"
#include "platform/websocket/frames.hpp"
#include "platform/websocket/gathered.hpp"

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
    /// `masked`: else with a mask of zero, which costs nothing. `spares`: large memory comes from there and goes there.
    explicit SendBuffer(bool masked, std::shared_ptr<SpareBuffers> spares = std::make_shared<SpareBuffers>())
        : masked_(masked), spares_(std::move(spares)) {}

    /// Puts one frame behind all others. `writing`: what next() gave is being written just now.
    void append(Opcode opcode, std::span<const std::string_view> parts, bool writing);
    /// The same with a body that is not copied: it is held until it is written.
    void append_shared(Opcode opcode, std::string_view head, SharedText body, std::string_view tail, bool writing);

    /// Bytes that wait, those that are being written included.
    std::size_t size() const { return queued_.size() + sending_.untaken(); }
    bool empty() const { return size() == 0; }
    /// Bytes of the frames that next() has not taken up yet.
    std::size_t queued() const { return queued_.size(); }

    /// What to write next: the rest of what was taken up, else all that is queued, or the first piece of it where a
    /// body is not copied. Valid until the next call that is not append(). `piece`: bytes of a piece at most.
    std::string_view next(std::size_t piece = Gathered::piece_size);
    /// That many bytes of it were written.
    void advance(std::size_t bytes) { sending_.advance(bytes); }
    /// When all was written, the memory is kept for the next frames; large memory goes to the spares.
    void recycle();

  private:
    void make_ready(bool writing);
    MaskKey mask() { return masked_ ? masks_.next() : MaskKey{}; }

    const bool masked_;
    const std::shared_ptr<SpareBuffers> spares_;  // shared with all of the loop
    Gathered queued_;
    Gathered sending_;
    MaskSource masks_;
};

}  // namespace platform
