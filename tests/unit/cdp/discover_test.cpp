#include "cdp/discover.hpp"

#include <gtest/gtest.h>

#include "cdp/error.hpp"

namespace cdp {
namespace {

using AddressKind = BrowserAddress::Kind;

TEST(BrowserAddress, reads_all_its_forms) {
    auto address = parse_browser_address("http://127.0.0.1:9222");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->kind, AddressKind::http);
    EXPECT_EQ(address->host, "127.0.0.1");
    EXPECT_EQ(address->port, 9222);

    address = parse_browser_address("localhost:9333");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->kind, AddressKind::http);
    EXPECT_EQ(address->port, 9333);

    address = parse_browser_address("http://[::1]:9222/");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->host, "::1");

    address = parse_browser_address("ws://127.0.0.1:9222/devtools/browser/0f-1");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->kind, AddressKind::websocket);
    EXPECT_EQ(address->path, "/devtools/browser/0f-1");
    EXPECT_EQ(parse_browser_address("ws://127.0.0.1:9222")->kind, AddressKind::http);

    address = parse_browser_address("/home/me/.config/chromium");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->kind, AddressKind::folder);
}

TEST(BrowserAddress, refuses_what_cannot_be_meant) {
    for (const auto* text :
         {"", "127.0.0.1", "ftp://127.0.0.1:1", "wss://host:1/devtools/browser/1", "https://127.0.0.1:9222",
          "ws://127.0.0.1:9222/devtools/page/ABC", "http://user:pw@host:1", "http://", "host:99999", "host:x"}) {
        EXPECT_FALSE(parse_browser_address(text)) << text;
    }
}

TEST(ActivePort, is_two_lines_and_nothing_else) {
    const auto active = parse_active_port("41345\n/devtools/browser/3bd92946-7334");
    ASSERT_TRUE(active);
    EXPECT_EQ(active->port, 41345);
    EXPECT_EQ(active->path, "/devtools/browser/3bd92946-7334");
    EXPECT_TRUE(parse_active_port("41345\n/devtools/browser/x\n"));
    for (const auto* text : {"", "41345", "41345\n", "x\n/devtools/browser/1", "99999\n/devtools/browser/1",
                             "1\n/etc/passwd", "1\n/devtools/browser/1\r\nHost: evil"}) {
        EXPECT_EQ(parse_active_port(text).error(), Errc::stale_port_file) << text;
    }
}

TEST(Version, its_path_alone_is_believed) {
    const auto path = path_in_version(
        "{\n   \"Browser\": \"Chrome/156.0\",\n   \"webSocketDebuggerUrl\": "
        "\"ws://elsewhere:7777/devtools/browser/3b\"\n}");
    ASSERT_TRUE(path);
    EXPECT_EQ(*path, "/devtools/browser/3b");
    EXPECT_EQ(*path_in_version(R"({"webSocketDebuggerUrl":"ws:///devtools/browser/3b"})"), "/devtools/browser/3b");
    for (const auto* text : {"", "{}", "hello", R"({"webSocketDebuggerUrl":"ws://x/devtools/page/1"})",
                             R"({"webSocketDebuggerUrl":"ws://x/devtools/browser/1\r\nA: b"})"}) {
        EXPECT_EQ(path_in_version(text).error(), Errc::not_devtools) << text;
    }
}

TEST(HostHeader, is_an_address_never_a_name) {
    using net::ip::make_address;
    EXPECT_EQ(host_header({make_address("127.0.0.1"), 9222}), "127.0.0.1:9222");
    EXPECT_EQ(host_header({make_address("::1"), 9222}), "[::1]:9222");
}

}  // namespace
}  // namespace cdp
