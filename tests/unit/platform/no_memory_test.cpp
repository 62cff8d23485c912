// The end of a process to which the system gives no memory.
#include "platform/no_memory.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <new>
#include <stdexcept>

namespace {

template <class What>
void throw_where_nothing_may() noexcept {
    platform::end_in_words_without_memory();
    [] { throw What{}; }();
}

struct Other : std::runtime_error {
    Other() : std::runtime_error{"another trouble"} {}
};

TEST(NoMemory, WhereNothingMayBeThrownEndsTheProcessInWords) {
    EXPECT_EXIT(throw_where_nothing_may<std::bad_alloc>(), testing::ExitedWithCode(EXIT_FAILURE),
                "^agent: the system gave no memory: .*\n$");
}

TEST(NoMemory, AnotherExceptionThereEndsTheProcessAsUsual) {
    EXPECT_EXIT(throw_where_nothing_may<Other>(), testing::KilledBySignal(SIGABRT), "another trouble");
}

}  // namespace
