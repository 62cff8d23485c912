// Where one process runs all unit tests of a room, each of them still has its own limit, and one that passes it is
// named. BMC_EACH_TEST_LIMIT: that limit in seconds; without it there is none, as under a debugger or an emulator.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

std::string last_words;  // made before they are needed: a signal handler may only write

extern "C" void end_by_name(int number) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, last_words.data(), last_words.size());
    ::signal(number, SIG_DFL);
    ::raise(number);
}

class EachInTime : public testing::EmptyTestEventListener {
  public:
    explicit EachInTime(unsigned limit_s) : limit_s_{limit_s} {}

  private:
    void OnTestStart(const testing::TestInfo& test) override {
        const std::string name = std::string{test.test_suite_name()} + '.' + test.name();
        last_words = name + " did not end within " + std::to_string(limit_s_) + " s\n";
        ::signal(SIGALRM, end_by_name);
        ::alarm(limit_s_);
    }
    void OnTestEnd(const testing::TestInfo&) override { ::alarm(0); }

    unsigned limit_s_;
};

[[maybe_unused]] const bool appended = [] {
    const char* const limit = std::getenv("BMC_EACH_TEST_LIMIT");
    const auto limit_s = limit != nullptr ? std::strtoul(limit, nullptr, 10) : 0;
    if (limit_s == 0) return false;
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    listeners.Append(new EachInTime{static_cast<unsigned>(limit_s)});  // gtest's from here on
    return true;
}();

}  // namespace
