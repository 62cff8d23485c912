// Cuts a stream of NUL-terminated messages (the DevTools pipe) into messages, in one growing buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "platform/core/shared_text.hpp"

namespace cdp {

/// A whole message, or the beginning of one that was beyond the limit.
struct Framed {
    std::string_view text;   // at least 64 readable bytes lie behind it; valid until the next prepare()
    std::uint64_t size = 0;  // of the whole message; more than text.size() when the rest was skipped
    bool cut() const noexcept { return size != text.size(); }
};

/// The reader's side: prepare() a place to read into, commit() what was read, then take next() until there is no more.
/// For a large message addresses are taken for the largest that may come, of which it uses what it needs: it is never
/// moved, and never held twice. A system that does not give so many lets the buffer grow by realloc().
class NulFraming {
  public:
    static constexpr std::size_t headroom = 512;  // bytes in front of a message that is kept

    explicit NulFraming(std::size_t max_message);  // throws std::bad_alloc where memory is out
    NulFraming(const NulFraming&) = delete;
    NulFraming& operator=(const NulFraming&) = delete;

    struct Place {
        char* data;
        std::size_t size;
    };
    /// Free room of at least a read's size. Where the system has no memory for the message at hand, its rest is skipped
    /// like that of one beyond the limit.
    Place prepare();
    void commit(std::size_t count) noexcept;
    std::optional<Framed> next();

    /// Hands over the memory of the message that next() gave last, where it is whole, large, and most of what the
    /// memory holds. Its text stays where it is. Nothing: it is not so, or there is no memory for what came behind it.
    platform::KeptMessage keep();

    std::size_t capacity() const noexcept { return capacity_; }

  private:
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
    struct Free {
        void operator()(char* memory) const noexcept { std::free(memory); }
    };
    using Block = std::unique_ptr<char, Free>;

    char* data() const noexcept { return block_.get() + headroom; }
    std::optional<Block> move_to(std::size_t addresses);
    bool grow(std::size_t capacity);
    void skip_rest();
    std::optional<Framed> finish_skipped(std::size_t end);

    std::size_t max_message_;
    Block block_;                 // headroom, the bytes, padding
    std::size_t capacity_ = 0;    // for bytes
    std::size_t addresses_ = 0;   // to which the capacity may grow where it lies
    std::size_t used_ = 0;        // bytes of the block that were ever written to
    std::size_t last_ = nowhere;  // where the message begins that next() gave last
    std::size_t begin_ = 0;       // of the message at hand
    std::size_t scanned_ = 0;     // no NUL before here
    std::size_t end_ = 0;         // of what was read
    std::uint64_t skipped_ = 0;
    bool skipping_ = false;
};

}  // namespace cdp
