// What the program says as it ends because the system gives it no memory.
#pragma once

#include <string_view>

namespace platform {

inline constexpr std::string_view no_memory_words =
    "the system gave no memory: raise the limit that is set for this process (MemoryMax=, ulimit -v)";

}  // namespace platform
