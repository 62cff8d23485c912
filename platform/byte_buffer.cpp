#include "platform/byte_buffer.hpp"

#include <new>

#include "platform/huge_pages.hpp"

namespace platform {

void ByteBuffer::reallocate(std::size_t bytes) {
    const std::size_t all = bytes + padding;
    const bool becomes_large = all >= huge_page && capacity_ + padding < huge_page;
    void* const moved = becomes_large ? allocate_large(all) : std::realloc(memory_, all);
    if (moved == nullptr) throw std::bad_alloc();
    if (becomes_large && memory_ != nullptr) {
        std::memcpy(moved, memory_, size_);
        std::free(memory_);
    }
    memory_ = static_cast<char*>(moved);
    capacity_ = bytes;
}

}  // namespace platform
