#include "platform/huge_pages.hpp"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

namespace platform {
namespace {

#ifdef MADV_HUGEPAGE
bool has_huge_pages() noexcept {
    static const bool usual_pages = ::sysconf(_SC_PAGESIZE) == 4096;
    return usual_pages;
}
#endif

}  // namespace

void* allocate_large(std::size_t bytes) noexcept {
#ifdef MADV_HUGEPAGE
    if (bytes >= huge_page && has_huge_pages()) {
        void* memory = nullptr;
        if (::posix_memalign(&memory, huge_page, bytes) != 0) return nullptr;
        ::madvise(memory, bytes, MADV_HUGEPAGE);
        return memory;
    }
#endif
    return ::malloc(bytes);
}

}  // namespace platform
