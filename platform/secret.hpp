// A text that must not leak: it cannot be printed or copied by accident, and its memory is cleansed when it goes.
// Thread rule: like std::string. Lifetime: views from reveal() live until the Secret is assigned, moved from or
// destroyed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace platform {

/// Overwrites the text's memory in a way that the compiler may not drop, then empties it.
void cleanse(std::string& text) noexcept;

/// Holds a token, key or password. No operator<<, no fmt formatter, no copy constructor: a copy is an explicit clone().
class Secret {
  public:
    Secret() noexcept = default;

    /// Copies the bytes into memory that it owns; the caller cleanses what it read them from.
    explicit Secret(std::string_view text);

    /// Takes the text and cleanses the string that held it.
    explicit Secret(std::string&& text);
    explicit Secret(const char* text) : Secret(std::string_view(text)) {}

    Secret(Secret&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    Secret clone() const { return Secret(reveal()); }

    /// The text itself, for the one place that sends or stores it. Zero-terminated behind its end.
    std::string_view reveal() const noexcept { return {data_ != nullptr ? data_ : "", size_}; }

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }

    /// Takes as long for a difference in the first byte as for one in the last.
    friend bool operator==(const Secret& a, const Secret& b) noexcept;

  private:
    void clear() noexcept;

    char* data_ = nullptr;  // owned; on the heap always, so that moving leaves no copy behind
    std::size_t size_ = 0;
};

}  // namespace platform
