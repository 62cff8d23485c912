// Large memory in huge pages. The first use of memory costs a fault for each of its pages: 2,000 for 8 MiB, which is
// most of what a large result costs where faults are slow, as in some virtual machines. Advice only: the system uses
// small pages if it has no huge one to give. Any thread.
#pragma once

#include <cstddef>

namespace platform {

/// Bytes: the huge page of x86-64, and of arm64 with pages of 4 KiB. Other sizes are not asked for: with pages of 64
/// KiB a huge one has 512 MiB, and a byte in it would take them all.
inline constexpr std::size_t huge_page = std::size_t{2} << 20;

/// Memory for std::free(), in huge pages where it is at least one. Null: there is none.
void* allocate_large(std::size_t bytes) noexcept;

}  // namespace platform
