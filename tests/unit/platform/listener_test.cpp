// Lines as /proc/net/tcp has them on Linux 6.1.
#include "platform/core/listener.hpp"

#include <gtest/gtest.h>

namespace platform {
namespace {

constexpr std::string_view table =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:2406 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 36 1 0 100 0 0 10 0\n"
    "   1: 0100007F:C350 0100007F:2406 01 00000000:00000000 00:00000000 00000000  1001        0 37 1 0 20 4 30 10 -1\n"
    "   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 38 1 0 100 0 0 10 0\n";

TEST(ListenerOwner, IsTheUserWhoListens) {
    EXPECT_EQ(listener_owner(table, 9222), 1000U);
    EXPECT_EQ(listener_owner(table, 22), 0U);
}

TEST(ListenerOwner, AConnectionIsNoListener) {
    EXPECT_EQ(listener_owner(table, 50'000), std::nullopt);
    EXPECT_EQ(listener_owner(table, 1), std::nullopt);
}

TEST(ListenerOwner, OtherTextHasNone) {
    EXPECT_EQ(listener_owner("", 1), std::nullopt);
    EXPECT_EQ(listener_owner("0: x\n\n 1: 0100007F:zz a 0A b c d e\n", 0), std::nullopt);
}

}  // namespace
}  // namespace platform
