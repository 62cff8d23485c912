#include "platform/url.hpp"

#include <gtest/gtest.h>

namespace platform {
namespace {

TEST(Url, TakesApart) {
    const auto url = parse_url("wss://Abc.Example:8443/realtime/v1/websocket?apikey=a%2Fb&vsn=2.0.0");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, "wss");
    EXPECT_EQ(url->host, "abc.example");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->target, "/realtime/v1/websocket?apikey=a%2Fb&vsn=2.0.0");
    EXPECT_TRUE(url->secure());
    EXPECT_EQ(url->origin(), "wss://abc.example:8443");
}

TEST(Url, KnowsThePortsOfItsSchemes) {
    EXPECT_EQ(parse_url("http://h")->port, 80);
    EXPECT_EQ(parse_url("https://h")->port, 443);
    EXPECT_EQ(parse_url("ws://h")->port, 80);
    EXPECT_EQ(parse_url("wss://h")->port, 443);
    EXPECT_EQ(parse_url("wss://h:443")->authority(), "h");
    EXPECT_EQ(parse_url("ws://h")->target, "/");
    EXPECT_EQ(parse_url("ws://h?x=1")->target, "/?x=1");
}

TEST(Url, BracketsAroundIpv6) {
    const auto url = parse_url("ws://[::1]:9222/devtools");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "::1");
    EXPECT_EQ(url->authority(), "[::1]:9222");
}

TEST(Url, RefusesWhatItCantMean) {
    for (const char* text : {"", "h", "h:80", "ftp://h", "file:///etc/passwd", "http://", "http://:80",
                             "http://user:pw@h", "http://u@h", "http://h#f", "http://h/a b", "http://h/\n",
                             "http://h:0", "http://h:65536", "http://h:x", "javascript:alert(1)", "https:///h"}) {
        EXPECT_FALSE(parse_url(text)) << text;
    }
    EXPECT_FALSE(parse_url("http://h/" + std::string(20'000, 'a')));
    EXPECT_FALSE(parse_url(std::string("http://h/\0", 10)));
}

TEST(Url, WhatABrowserMayBeGiven) {
    for (const auto* fine : {"https://login.example/a?b=c%20d", "http://127.0.0.1:9/start/x"}) {
        EXPECT_TRUE(is_web_address(fine)) << fine;
    }
    for (const auto* wrong :
         {"file:///etc/passwd", "javascript:alert(1)", "-x", "--new-window", "", "wss://a/", "http://u:p@a/",
          "http://u@a/", "https://a/\x1b[2J", "https://a/ b", "https://a/\xC2\x9B", "https://a/\xE2\x80\xAE",
          "http:///etc", "ftp://a/", "https://a/\n--x", "a.example", "/etc/passwd"}) {
        EXPECT_FALSE(is_web_address(wrong)) << wrong;
    }
}

TEST(Url, Loopback) {
    for (const char* host :
         {"localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.255.0.9", "::1", "[::1]", "::ffff:127.0.0.1"}) {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
    for (const char* host : {"", "localhost.example", "notlocalhost", "127.0.0.1.example", "128.0.0.1", "0.0.0.0",
                             "::", "::2", "10.0.0.1", "::ffff:10.0.0.1"}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

TEST(Url, Addresses) {
    EXPECT_TRUE(is_address("192.0.2.1"));
    EXPECT_TRUE(is_address("2001:db8::1"));
    EXPECT_FALSE(is_address("example"));
    EXPECT_FALSE(is_address(""));
    EXPECT_FALSE(is_address("192.0.2"));
}

}  // namespace
}  // namespace platform
