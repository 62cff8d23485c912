// One process runs all unit tests of a room: each of them still has its own limit, and one that passes it is named.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace {

std::string running;  // what is written of it from the signal handler is made before

extern "C" void end_by_name(int number) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, running.data(), running.size());
    ::signal(number, SIG_DFL);
    ::raise(number);
}

class EachInTime : public testing::EmptyTestEventListener {
    void OnTestStart(const testing::TestInfo& test) override {
        running = std::string{test.test_suite_name()} + '.' + test.name() + " did not end within " +
                  std::to_string(BMC_UNIT_LIMIT_S) + " s\n";
        ::signal(SIGALRM, end_by_name);
        ::alarm(BMC_UNIT_LIMIT_S);
    }
    void OnTestEnd(const testing::TestInfo&) override { ::alarm(0); }
};

[[maybe_unused]] const bool appended = [] {
    testing::UnitTest::GetInstance()->listeners().Append(new EachInTime);  // gtest's from here on
    return true;
}();

}  // namespace
