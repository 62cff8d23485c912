// Cuts a stream of NUL-terminated messages (the DevTools pipe) into messages, in one growing buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cdp {

/// A whole message, or the beginning of one that was beyond the limit.
struct Framed {
    std::string_view text;   // at least 64 readable bytes lie behind it; valid until the next prepare()
    std::uint64_t size = 0;  // of the whole message; more than text.size() when the rest was skipped
    bool cut() const noexcept { return size != text.size(); }
};

/// The reader's side: prepare() a place to read into, commit() what was read, then take next() until there is no more.
/// A large message grows the buffer in place where the system can (realloc): it is never held twice.
class NulFraming {
  public:
    explicit NulFraming(std::size_t max_message);  // throws std::bad_alloc where memory is out
    ~NulFraming();
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

    std::size_t capacity() const noexcept { return capacity_; }

  private:
    bool resize(std::size_t capacity);
    void skip_rest();
    std::optional<Framed> finish_skipped(std::size_t end);

    std::size_t max_message_;
    char* data_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;    // of the message at hand
    std::size_t scanned_ = 0;  // no NUL before here
    std::size_t end_ = 0;      // of what was read
    std::uint64_t skipped_ = 0;
    bool skipping_ = false;
};

}  // namespace cdp
