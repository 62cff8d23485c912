// Proxies as other programs write them, and the addresses of hosts that need no look-up.
#include "platform/proxy_text.hpp"

#include <gtest/gtest.h>

#include "platform/addresses.hpp"

namespace {

TEST(ProxyText, IsTakenAsBrowsersAndCurlWouldTakeIt) {
    struct Row {
        const char* text;
        const char* normal;
    };
    for (const Row& row :
         {Row{"http://proxy.example:3128", "http://proxy.example:3128"},
          Row{"proxy.example:3128", "proxy.example:3128"},
          Row{" HTTP://Proxy.Example:3128\r\n", "http://Proxy.Example:3128"}, Row{"\"http://p:1\"", "http://p:1"},
          Row{"' \"http://p:1\" '", "http://p:1"}, Row{"socks://127.0.0.1:1080/", "socks5h://127.0.0.1:1080/"},
          Row{"SOCKS://h:1", "socks5h://h:1"}, Row{"Socks5H://h:1", "socks5h://h:1"},
          Row{"socks4://h:1", "socks4://h:1"}, Row{"", ""}, Row{" ", ""}, Row{"''", ""}, Row{"\"", "\""},
          Row{"'http://p:1\"", "'http://p:1\""}, Row{"http://me:P%40SS@P:1", "http://me:P%40SS@P:1"}}) {
        EXPECT_EQ(platform::normal_proxy(row.text), row.normal) << row.text;
    }
}

/// Needs no resolver: the loop has nothing to wait for.
std::vector<std::string> addresses_without_a_look_up(const std::string& host) {
    net::io_context io;
    std::vector<std::string> texts;
    bool done = false;
    const auto ask = [&]() -> awaitable<void> {
        const auto found = co_await platform::addresses_of(host, 80);
        EXPECT_TRUE(found.has_value()) << host;
        for (const auto& endpoint : *found) {
            EXPECT_EQ(endpoint.port(), 80);
            texts.push_back(endpoint.address().to_string());
        }
        done = true;
    };
    net::co_spawn(io, ask, rethrow);
    io.poll();
    EXPECT_TRUE(done) << host;
    return texts;
}

TEST(AddressesOfHost, LiteralsAndLoopbackNeedNoLookUp) {
    using Texts = std::vector<std::string>;
    EXPECT_EQ(addresses_without_a_look_up("10.0.0.1"), (Texts{"10.0.0.1"}));
    EXPECT_EQ(addresses_without_a_look_up("fd00::1"), (Texts{"fd00::1"}));
    EXPECT_EQ(addresses_without_a_look_up("127.0.0.7"), (Texts{"127.0.0.7"}));
    for (const char* host : {"localhost", "LOCALHOST", "app.localhost"}) {
        EXPECT_EQ(addresses_without_a_look_up(host), (Texts{"127.0.0.1", "::1"})) << host;
    }
}

}  // namespace
