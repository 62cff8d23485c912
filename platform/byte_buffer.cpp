#include "platform/byte_buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>

namespace platform {
namespace {

void* allocate_aligned(std::size_t bytes) {
    void* memory = nullptr;
    return ::posix_memalign(&memory, ByteBuffer::huge_page, bytes) == 0 ? memory : nullptr;
}

/// A wish: where the system has none, or none is free, the pages are small ones.
void want_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
    static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(memory);
    const auto end = begin + bytes;
    const auto first = (begin + page - 1) / page * page;
    ::madvise(static_cast<char*>(memory) + (first - begin), (end - first) / page * page, MADV_HUGEPAGE);
#endif
}

}  // namespace

void ByteBuffer::reallocate(std::size_t bytes) {
    const std::size_t all = bytes + padding;
    const bool large = all >= huge_page;
    void* const moved = large && memory_ == nullptr ? allocate_aligned(all) : std::realloc(memory_, all);
    if (moved == nullptr) throw std::bad_alloc();
    if (large) want_huge_pages(moved, all);
    memory_ = static_cast<char*>(moved);
    capacity_ = bytes;
}

}  // namespace platform
