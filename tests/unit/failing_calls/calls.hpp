// System calls that fail: the n-th one that changes something below a folder, once. Only the program of
// tests/unit/failing_calls has them.
#pragma once

#include <cstddef>
#include <string>

namespace failing_calls {

/// How a call fails.
struct Failure {
    int error = 0;               // errno
    bool writes_a_part = false;  // a write takes half of its bytes, and the next call fails with the error
};

/// From now on the n-th call of any thread that opens for writing, writes, cuts, renames or removes something below
/// that folder fails. 0: none does.
void fail_at(std::size_t n, const std::string& folder, Failure failure);

/// Which one has failed since, for people; empty: none has.
std::string failed_call();

/// Does `work` with each call failing in turn, n = 1, 2, …, until it makes fewer than n. `work` is given a function
/// that it calls with the folder when what may fail begins. The number of failures.
template <class Work>
std::size_t walk(Failure failure, const Work& work) {
    for (std::size_t n = 1;; ++n) {
        work([n, failure](const std::string& folder) { fail_at(n, folder, failure); });
        const bool failed = !failed_call().empty();
        fail_at(0, {}, {});
        if (!failed) return n - 1;
    }
}

}  // namespace failing_calls
