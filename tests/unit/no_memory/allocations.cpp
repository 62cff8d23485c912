#include "tests/unit/no_memory/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t left = 0;  // allocations until the one that fails; 0: none does
thread_local bool failed = false;

void* allocate(std::size_t size) {
    if (left > 0 && --left == 0) {
        failed = true;
        throw std::bad_alloc{};
    }
    if (void* place = std::malloc(size == 0 ? 1 : size)) return place;
    throw std::bad_alloc{};
}

}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
// Without this one, the sanitizer's is used, and it refuses the free() below for memory that it gave itself.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    try {
        return allocate(size);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}
void operator delete(void* place) noexcept {
    std::free(place);
}
void operator delete(void* place, std::size_t) noexcept {
    std::free(place);
}
void operator delete(void* place, const std::nothrow_t&) noexcept {
    std::free(place);
}

namespace no_memory {

void fail_at(std::size_t n) noexcept {
    left = n;
    failed = false;
}

bool has_failed() noexcept {
    return failed;
}

}  // namespace no_memory
