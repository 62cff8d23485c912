#include "platform/log/redact.hpp"

#include <gtest/gtest.h>

namespace {

using platform::hide_passwords;
using platform::hide_secrets;

TEST(Redact, UserAndPasswordOfAnAddress) {
    EXPECT_EQ(hide_passwords("by http://ann:se@cret@proxy:3128/x and socks5h://b@c"),
              "by http://(not shown)@proxy:3128/x and socks5h://(not shown)@c");
    for (const auto* plain : {"https://host/a@b", "https://host?x=a@b", "ann@example.com", "://", "http://", ""}) {
        EXPECT_EQ(hide_passwords(plain), plain);
    }
}

TEST(Redact, WhatLooksLikeASecret) {
    EXPECT_EQ(hide_secrets("x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.sig_-1 y"), "x (not shown) y");
    EXPECT_EQ(hide_secrets("sb_secret_abcdEF"), "(not shown)");
    EXPECT_EQ(hide_secrets("Authorization: Bearer abcdef123"), "Authorization: Bearer (not shown)");
    EXPECT_EQ(hide_secrets("--token=abc"), "--token=(not shown)");
    EXPECT_EQ(hide_secrets("https://h/?access_token=abc&x=1"), "https://h/?access_token=(not shown)&x=1");
    EXPECT_EQ(hide_secrets(R"x({"password": "abc"})x"), R"x({"password": "(not shown)"})x");
    EXPECT_EQ(hide_secrets(R"x(["curl", "-u", "ann:secret", "x"])x"), R"x(["curl", "-u", "(not shown)", "x"])x");
    EXPECT_EQ(hide_secrets(R"x(["run", "--api-key", "abc def"])x"), R"x(["run", "--api-key", "(not shown)"])x");
    EXPECT_EQ(hide_secrets("two\nhttp://a:b@c"), "two\nhttp://(not shown)@c");
}

TEST(Redact, TwiceIsOnce) {
    for (const auto* text : {"--token=abc", "Bearer abcdef", "http://a:b@c", R"x(["-u", "a:b"])x"}) {
        EXPECT_EQ(hide_secrets(hide_secrets(text)), hide_secrets(text));
    }
}

}  // namespace
