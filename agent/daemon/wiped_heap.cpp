// The program's operator delete overwrites what it gives back (platform/wiped_memory.hpp says why). Sanitizers have
// their own.
#include <cstddef>
#include <new>

#include "platform/wiped_memory.hpp"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// NOLINTBEGIN: the standard's own signatures
void operator delete(void* memory) noexcept {
    platform::wiping_free(memory);
}
void operator delete[](void* memory) noexcept {
    platform::wiping_free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    platform::wiping_free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    platform::wiping_free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    platform::wiping_free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
    platform::wiping_free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    platform::wiping_free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
    platform::wiping_free(memory);
}
// NOLINTEND

#endif
