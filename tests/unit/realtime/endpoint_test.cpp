#include "agent/realtime/endpoint.hpp"

#include <gtest/gtest.h>

namespace realtime {
namespace {

std::string address(std::string_view url) {
    const auto made = broadcast_endpoint(url, "device:a b", "cdp-result");
    return made ? *made : made.error().message();
}

TEST(BroadcastEndpoint, StandsBesideTheSocketsAndNamesThePrivateRoom) {
    const std::string rest = "/api/broadcast/device%3Aa%20b/events/cdp-result?private=true";
    EXPECT_EQ(address("https://api.example.com/realtime/v1"), "https://api.example.com:443/realtime/v1" + rest);
    EXPECT_EQ(address("wss://api.example.com/realtime/v1/"), "https://api.example.com:443/realtime/v1" + rest);
    EXPECT_EQ(address("http://127.0.0.1:4000/socket"), "http://127.0.0.1:4000" + rest);
    EXPECT_EQ(address("ws://[::1]:4000/socket"), "http://[::1]:4000" + rest);
}

TEST(BroadcastEndpoint, IsNotMadeOfWhatTheSocketRefuses) {
    EXPECT_FALSE(broadcast_endpoint("http://api.example.com/realtime/v1", "t", "e"));
    EXPECT_FALSE(broadcast_endpoint("nonsense", "t", "e"));
}

}  // namespace
}  // namespace realtime
