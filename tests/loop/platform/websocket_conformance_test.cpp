// The WebSocket client against the conformance cases of RFC 6455: none fails, and those that are not strict are named.
// `BMC_CONFORMANCE=table build/release/loop_platform --gtest_filter='WebSocketConformance.*'` prints the result of each
// case; `BMC_CONFORMANCE=full` also takes the sizes of section 9 as the public suite has them.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <set>

#include "conformance.hpp"

namespace tests::conformance {
namespace {

void check(const std::vector<Case>& cases, std::size_t count) {
    const bool table = std::getenv("BMC_CONFORMANCE") != nullptr;
    EXPECT_EQ(cases.size(), count);
    std::set<std::string> ids;
    for (const Case& one : cases) {
        EXPECT_TRUE(ids.insert(one.id).second) << one.id << " is there twice";
        const std::string different = run_case(one);
        EXPECT_EQ(different, "") << one.id << ": " << one.subject;
        const char* good = one.strictness == Strictness::ok ? "ok" : "non-strict";
        if (table)
            std::printf("%-8s %-10s %s\n", one.id.c_str(), different.empty() ? good : "failed", one.subject.c_str());
    }
}

// Else all of this would pass whatever the client does.
TEST(WebSocketConformance, AnotherAnswerThanExpectedIsSeen) {
    const Frame hello{text, "hello"};
    EXPECT_EQ(run_case({"", "", {hello}, {hello}}), "");
    EXPECT_EQ(run_case({"", "", {hello}, {{text, "hallo"}}}), "frame 0 is 1:5 bytes, not 1:5 bytes");
    EXPECT_EQ(run_case({"", "", {hello}, {}}), "1 frames in place of 0");
    EXPECT_EQ(run_case({"", "", {hello}, {hello}, forbidden}), "closed with 1000 in place of 1002");
}

TEST(WebSocketConformance, Framing) {
    check(framing_cases(), 16);
}

TEST(WebSocketConformance, Pings) {
    check(ping_cases(), 11);
}

TEST(WebSocketConformance, ReservedBits) {
    check(reserved_bit_cases(), 7);
}

TEST(WebSocketConformance, Opcodes) {
    check(opcode_cases(), 10);
}

TEST(WebSocketConformance, Fragmentation) {
    check(fragmentation_cases(), 20);
}

TEST(WebSocketConformance, Utf8) {
    check(utf8_cases(), 145);
}

TEST(WebSocketConformance, Utf8CutAtEveryPosition) {
    for (const Case& one : cut_cases()) EXPECT_EQ(run_case(one), "") << one.id;
}

TEST(WebSocketConformance, Closing) {
    check(close_cases(), 37);
}

TEST(WebSocketConformance, Limits) {
    check(limit_cases(), 54);
}

TEST(WebSocketConformance, FragmentedEcho) {
    check(fragmented_echo_cases(), 1);
}

}  // namespace
}  // namespace tests::conformance
