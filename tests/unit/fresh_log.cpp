// Where one process runs all unit tests of a room, the log of each test begins as that of a process does: a line that
// an earlier test wrote as well is written, and the count of such lines does not come in between.
#include <gtest/gtest.h>

#include "platform/log/log.hpp"

namespace {

class FreshLog : public testing::EmptyTestEventListener {
    void OnTestStart(const testing::TestInfo&) override { platform::log::set_format(platform::log::Format::automatic); }
};

[[maybe_unused]] const bool appended = [] {
    testing::UnitTest::GetInstance()->listeners().Append(new FreshLog);  // gtest's from here on
    return true;
}();

}  // namespace
