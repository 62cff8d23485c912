#include "platform/wiped_memory.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#ifdef __APPLE__
#include <malloc/malloc.h>
#else
#include <malloc.h>
#endif

namespace platform {
namespace {

std::size_t size_of(void* memory) noexcept {
#ifdef __APPLE__
    return ::malloc_size(memory);
#else
    return ::malloc_usable_size(memory);
#endif
}

void wipe(void* memory, std::size_t size) noexcept {
    if (size > wiped_bytes) return;
    std::memset(memory, 0, size);
    // The compiler may not drop it: somebody may read the memory here.
    asm volatile("" : : "r"(memory) : "memory");
}

}  // namespace

void wiping_free(void* memory) noexcept {
    if (memory == nullptr) return;
    wipe(memory, size_of(memory));
    std::free(memory);
}

void* wiping_realloc(void* memory, std::size_t size) noexcept {
    if (memory == nullptr) return std::malloc(size);
    if (size == 0) {
        wiping_free(memory);
        return nullptr;
    }
    const std::size_t had = size_of(memory);
    // The kernel moves large blocks without a copy, and no token is that large.
    if (had > wiped_bytes) return std::realloc(memory, size);
    if (size <= had && size > had / 2) return memory;
    void* const moved = std::malloc(size);
    if (moved == nullptr) return nullptr;
    std::memcpy(moved, memory, std::min(had, size));
    wiping_free(memory);
    return moved;
}

void wipe_memory_of_openssl() noexcept {
    CRYPTO_set_mem_functions(
        [](std::size_t size, const char*, int) { return size > 0 ? std::malloc(size) : nullptr; },
        [](void* memory, std::size_t size, const char*, int) { return wiping_realloc(memory, size); },
        [](void* memory, const char*, int) { wiping_free(memory); });
}

}  // namespace platform
