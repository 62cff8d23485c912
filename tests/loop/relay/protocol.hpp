// The protocol of the browser on this machine, by its own description.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <string>

#include "driver.hpp"

namespace relay::test {

inline std::string http_get(net::io_context& context, int port, const std::string& path) {
    net::ip::tcp::socket socket{context};
    boost::system::error_code ec;
    socket.connect({net::ip::address_v4::loopback(), static_cast<unsigned short>(port)}, ec);
    if (ec) return {};
    net::write(socket, net::buffer("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"), ec);
    std::string text;
    std::size_t length = std::string::npos;
    char piece[65536];
    while (text.size() < length) {
        const std::size_t got = socket.read_some(net::buffer(piece), ec);
        if (ec) return {};
        text.append(piece, got);
        const std::size_t end = text.find("\r\n\r\n");
        const std::size_t header = text.find("Content-Length:");
        if (length == std::string::npos && end != std::string::npos && header < end) {
            length = end + 4 + std::stoull(text.substr(header + 15));
        }
    }
    return text.substr(text.find("\r\n\r\n") + 4);
}

/// Before run(): the browser opens a port, through which it describes itself.
inline void open_port(Driver& driver) {
    driver.browser_settings.profile_folder = (driver.folder / "profile").string();
    driver.browser_settings.extra_arguments = {"--remote-debugging-port=0"};
}

/// The description, or an empty value.
inline awaitable<json> protocol_of(Driver& driver) {
    const json version = co_await driver.ask("Browser.getVersion");
    EXPECT_TRUE(version.contains("result"));
    int port = 0;
    for (int tries = 0; tries < 500 && port == 0; ++tries) {
        std::ifstream{driver.folder / "profile" / "DevToolsActivePort"} >> port;
        if (port == 0) co_await driver.pause(10ms);
    }
    co_return json::parse(http_get(driver.context, port, "/json/protocol"), nullptr, false);
}

}  // namespace relay::test
