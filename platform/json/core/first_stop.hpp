// Finds where a JSON string has a stop: a byte that does not mean itself, which is a quote, a backslash or a control
// character. Results carry megabytes of base64 and every command is a dozen short strings: both are looked at a block
// at a time. For check.cpp alone.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace platform::json_block {

inline const char* first_stop_singly(const char* at, const char* end) noexcept {
    while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
    return at;
}

#ifdef __SSE2__
constexpr std::ptrdiff_t block = 16;

// A bit for each stop of the block.
inline unsigned stops_in(const char* at) noexcept {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i slashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(controls, _mm_or_si128(quotes, slashes))));
}

inline std::ptrdiff_t first_of(unsigned stops) noexcept {
    return std::countr_zero(stops);
}

// Fewer bytes than a block are left of the text: those in front of them are looked at too, and left out.
inline const char* first_stop_of_rest(const char* begin, const char* at, const char* end) noexcept {
    if (end - begin < block) return first_stop_singly(at, end);
    const unsigned stops = stops_in(end - block) >> (block - (end - at));
    return stops == 0 ? end : at + first_of(stops);
}
#else
constexpr std::ptrdiff_t block = 8;
constexpr std::uint64_t ones = 0x0101010101010101u;
constexpr std::uint64_t highs = 0x8080808080808080u;

// High bits mark bytes that may be zero: the lowest one is, those above it may be marked wrongly.
constexpr std::uint64_t zero_bytes(std::uint64_t word) noexcept {
    return (word - ones) & ~word & highs;
}

// The high bit of each stop of the block. The lowest is right, those above it may be wrong.
inline std::uint64_t stops_in(const char* at) noexcept {
    static_assert(std::endian::native == std::endian::little, "the first byte must be the lowest of the word");
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t controls = (word - ones * 0x20) & ~word & highs;
    return zero_bytes(word ^ (ones * '"')) | zero_bytes(word ^ (ones * '\\')) | controls;
}

inline std::ptrdiff_t first_of(std::uint64_t stops) noexcept {
    return std::countr_zero(stops) / 8;
}

inline const char* first_stop_of_rest(const char*, const char* at, const char* end) noexcept {
    return first_stop_singly(at, end);
}
#endif

/// The first stop of `[at, end)`, or `end`. The text begins at `begin`: its bytes may be looked at.
inline const char* first_stop(const char* begin, const char* at, const char* end) noexcept {
    for (; end - at >= block; at += block) {
        if (const auto stops = stops_in(at)) return at + first_of(stops);
    }
    return first_stop_of_rest(begin, at, end);
}

}  // namespace platform::json_block
