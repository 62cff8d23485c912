// Large memory in huge pages. The first use of memory costs a fault for each of its pages: 2,000 for 8 MiB, which is
// most of what a large result costs where faults are slow, as in some virtual machines. Advice only: the system uses
// small pages if it has no huge one to give. Any thread.
#pragma once

#include <cstddef>

namespace platform {

/// Bytes: the huge page of x86-64, and of arm64 with pages of 4 KiB. Other sizes are not asked for: with pages of 64
/// KiB a huge one is 512 MiB, and one byte would use all of it.
inline constexpr std::size_t huge_page = std::size_t{2} << 20;

/// In huge pages if it is as large as one. Null: out of memory. Free it with std::free().
void* allocate_large(std::size_t bytes) noexcept;

}  // namespace platform
