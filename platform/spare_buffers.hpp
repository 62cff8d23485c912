// The memory of large messages, kept for the next ones: a page that goes back to the system and is asked for again
// costs more than the copy of what stands in it. Pure: the caller says when a period is over.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "platform/byte_buffer.hpp"

namespace platform {

class SpareBuffers {
  public:
    /// Memory of more than this is kept here, and given back. What is smaller stays with its user. Bytes.
    static constexpr std::size_t large = std::size_t{256} << 10;
    /// What is kept in all, in bytes. What comes beyond it is freed at once.
    static constexpr std::size_t most = std::size_t{64} << 20;

    /// `kept` is called when there is something to give back.
    explicit SpareBuffers(std::function<void()> kept = {}) : kept_{std::move(kept)} {}

    /// Whether anything is kept. False gives all back.
    void keep(bool on);

    /// An empty buffer with room for that many bytes: one that was kept, unless it is many times as large, or a new
    /// one.
    ByteBuffer take(std::size_t bytes);
    /// Keeps a buffer that is large, whatever is in it, and frees another one.
    void put(ByteBuffer buffer);
    /// Room for so many more bytes behind what is in the buffer.
    void make_room(ByteBuffer& buffer, std::size_t more);

    /// Frees what was not used since the last call. Returns whether something is left.
    bool end_period();
    std::size_t bytes() const { return bytes_; }

    /// Owns the buffer until its last holder goes, then puts it here. If these are gone, it is freed.
    static std::shared_ptr<ByteBuffer> share(const std::shared_ptr<SpareBuffers>& spares, ByteBuffer buffer);

  private:
    struct Spare {
        ByteBuffer buffer;
        bool used = true;  // in this period
    };

    std::function<void()> kept_;
    bool on_ = true;
    std::vector<Spare> spares_;
    std::size_t bytes_ = 0;  // of them all
};

}  // namespace platform
