#include "agent/daemon/core/pairing_news.hpp"

#include <gtest/gtest.h>

namespace agent::daemon {
namespace {

TEST(PairingNews, TheOneThatWasThereAtTheStartIsNone) {
    PairingNews news;
    EXPECT_FALSE(news.serves("one"));
    EXPECT_FALSE(news.serves("one")) << "served again after its links ended";
}

TEST(PairingNews, WhatComesToTheGateIs) {
    PairingNews news;
    news.at_gate();
    EXPECT_TRUE(news.serves("one"));
    EXPECT_FALSE(news.serves("one"));
    news.at_gate();
    EXPECT_TRUE(news.serves("one")) << "the same device, paired anew";
}

TEST(PairingNews, AnotherDeviceIsWithoutAGateToo) {
    PairingNews news;
    EXPECT_FALSE(news.serves("one"));
    EXPECT_TRUE(news.serves("two"));
    EXPECT_FALSE(news.serves("two"));
    EXPECT_TRUE(news.serves("one"));
}

}  // namespace
}  // namespace agent::daemon
