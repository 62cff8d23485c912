// What must hold for every input: a fuzzer, and the replay, end at the first that breaks it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// One input. Declared here since libFuzzer has no header for it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

inline void expect(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Whether a view lies inside another: slices must not point elsewhere.
inline bool inside(std::string_view slice, std::string_view whole) {
    return slice.empty() ||
           (slice.data() >= whole.data() && slice.data() + slice.size() <= whole.data() + whole.size());
}

}  // namespace fuzz
