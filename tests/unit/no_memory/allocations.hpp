// Allocations that fail: the n-th `new` of this thread, once. Only the program of tests/unit/no_memory has them.
#pragma once

#include <cstddef>
#include <new>

namespace no_memory {

/// From now on the n-th allocation throws std::bad_alloc, and those after it succeed. 0: none fails.
void fail_at(std::size_t n) noexcept;

/// Whether one has failed since.
bool has_failed() noexcept;

/// Does `work` with each allocation failing in turn, n = 1, 2, …, until it needs fewer than n. The number of failures.
template <class Work>
std::size_t walk(const Work& work) {
    for (std::size_t n = 1;; ++n) {
        fail_at(n);
        work(n);
        const bool failed = has_failed();
        fail_at(0);
        if (!failed) return n - 1;
    }
}

/// Calls `call`, and once more where its memory was refused. What the call gives back.
template <class Call>
auto again_where_refused(const Call& call) {
    try {
        return call();
    } catch (const std::bad_alloc&) {
        return call();
    }
}

}  // namespace no_memory
