// The payload of a raw broadcast: text, a zero byte, bytes.
#include "agent/realtime/core/raw_payload.hpp"

#include <gtest/gtest.h>

namespace realtime {
namespace {

using namespace std::string_literals;

TEST(RawPayload, IsTextAZeroByteAndBytes) {
    std::string payload = R"({"seq":1})";
    append_raw(payload, "\0\1\0"s);
    EXPECT_EQ(payload, "{\"seq\":1}\0\0\1\0"s);
    const auto parts = split_raw(payload);
    EXPECT_EQ(parts.text, R"({"seq":1})");
    EXPECT_EQ(parts.bytes, "\0\1\0"s);
    EXPECT_EQ(parts.text.data(), payload.data()) << "slices, not copies";
}

TEST(RawPayload, WithoutAZeroByteOrWithNothingBehindItAllIsText) {
    for (const std::string& payload : {""s, "x"s, R"({"seq":1})"s, "{}\0"s, "\0"s, "\xff\xfe"s}) {
        EXPECT_EQ(split_raw(payload).text, payload);
        EXPECT_EQ(split_raw(payload).bytes, "");
    }
    EXPECT_EQ(split_raw("\0x"s).text, "");
    EXPECT_EQ(split_raw("\0x"s).bytes, "x");
}

}  // namespace
}  // namespace realtime
