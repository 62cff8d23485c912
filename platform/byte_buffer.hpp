// Growing memory for bytes that the network fills: never cleared before it is written to, grown by remapping.
// From 2 MiB on it asks for huge pages (platform/huge_pages.hpp). It is copied when it reaches that size, and when it
// grows beyond for the first time; from then on it is remapped, and what is added has small pages.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace platform {

/// Bytes at the front are data, the rest is room. `padding` readable bytes lie behind the room, whatever their content.
class ByteBuffer {
  public:
    static constexpr std::size_t padding = 64;  // bytes; what simdjson wants behind a text

    ByteBuffer() = default;
    ByteBuffer(ByteBuffer&& other) noexcept { swap(other); }
    ByteBuffer& operator=(ByteBuffer&& other) noexcept {
        swap(other);
        return *this;
    }
    ~ByteBuffer() { std::free(memory_); }

    char* data() { return memory_; }
    const char* data() const { return memory_; }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }
    std::string_view view() const { return {memory_, size_}; }

    /// Room for `count` bytes behind the data. Fill it and commit() what was filled.
    char* prepare(std::size_t count) {
        if (capacity_ - size_ < count) grow(size_ + count);
        return memory_ + size_;
    }
    void commit(std::size_t count) { size_ += count; }
    void append(std::string_view text) {
        if (text.empty()) return;
        std::memcpy(prepare(text.size()), text.data(), text.size());
        commit(text.size());
    }
    /// Keeps the first `count` bytes.
    void truncate(std::size_t count) { size_ = count < size_ ? count : size_; }
    void clear() { size_ = 0; }

    /// Makes room for exactly this many bytes in all, where there is less.
    void reserve(std::size_t bytes) {
        if (bytes > capacity_) reallocate(bytes);
    }
    /// Gives all memory back.
    void release() {
        std::free(std::exchange(memory_, nullptr));
        size_ = capacity_ = 0;
    }
    void swap(ByteBuffer& other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

  private:
    void grow(std::size_t needed) { reallocate(needed > capacity_ * 2 ? needed : capacity_ * 2); }
    void reallocate(std::size_t bytes);

    char* memory_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace platform
