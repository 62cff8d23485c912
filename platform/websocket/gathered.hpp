// Frames that were put together to be written: their bytes, and the large payloads between them, which stay where they
// lie and are masked a piece at a time when their turn comes: a payload needs no second copy of its whole size.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "platform/byte_buffer.hpp"
#include "platform/core/shared_text.hpp"
#include "platform/huge_pages.hpp"
#include "platform/spare_buffers.hpp"
#include "platform/websocket/frames.hpp"

namespace platform {

class Gathered {
  public:
    /// Bytes of a piece that goes to the system as it is. Each one is a system call, which may wake its reader, so that
    /// few large pieces are cheaper than pieces that fit the processor's caches.
    static constexpr std::size_t piece_size = huge_page;

    /// One frame whose payload is copied.
    void add(Opcode opcode, MaskKey key, std::span<const std::string_view> parts, SpareBuffers& spares);
    /// One frame whose payload is head, body and tail, and whose body is not copied.
    void add(Opcode opcode, MaskKey key, std::string_view head, SharedText body, std::string_view tail);

    /// Bytes, those included that were taken.
    std::size_t size() const { return bytes_.size() + shared_; }
    std::size_t capacity() const { return bytes_.capacity(); }
    bool empty() const { return size() == 0; }

    /// The bytes from the one behind those that were taken on, as many as lie in one place. Valid until advance() or
    /// add(). The memory of a piece comes from the spares.
    /// `piece`: bytes of a piece at most. The memory of the piece is not part of size().
    std::string_view next(std::size_t piece, SpareBuffers& spares);
    void advance(std::size_t bytes);
    std::size_t untaken() const { return size() - taken_; }

    /// Empties it. Large memory goes to the spares.
    void recycle(SpareBuffers& spares);
    void swap(Gathered& other) noexcept;

  private:
    struct Body {
        std::size_t at;  // in bytes_: it stands before that byte
        SharedText text;
        MaskKey key;
        std::size_t offset;    // of its first byte in the frame's payload
        std::size_t used = 0;  // bytes of it that were put into pieces
    };
    void fill_piece(std::size_t most);
    bool fill_from_body(std::size_t room);
    bool fill_from_bytes(std::size_t room);

    ByteBuffer bytes_;
    std::vector<Body> bodies_;
    std::size_t shared_ = 0;    // bytes of all bodies
    std::size_t taken_ = 0;     // of size()
    std::size_t body_ = 0;      // the first one that is not used up
    std::size_t in_bytes_ = 0;  // where there are bodies: so much of bytes_ was put into pieces
    ByteBuffer piece_;          // where there are bodies
    std::size_t of_piece_ = 0;  // bytes of it that were taken
};

}  // namespace platform
