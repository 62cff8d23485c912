// Memory that is overwritten when it is given back: whatever held a token for a moment (a header, a JSON tree, a buffer
// that was outgrown, in our code or in a library) does not keep it. Secret does the same for what lives long.
#pragma once

#include <cstddef>

namespace platform {

/// A piece beyond it is given back as it is: results and screenshots, not tokens, and overwriting them would cost time.
inline constexpr std::size_t wiped_bytes = std::size_t{1} << 20;

/// free() and realloc() that overwrite what they give back. For C libraries; C++ has operator delete.
void wiping_free(void* memory) noexcept;
void* wiping_realloc(void* memory, std::size_t size) noexcept;

/// Has OpenSSL use them. Before anything else uses OpenSSL; later it has no effect.
void wipe_memory_of_openssl() noexcept;

}  // namespace platform
