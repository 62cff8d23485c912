// A blocking client of one TCP connection to this machine, for servers that run on another thread.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "platform/unique_fd.hpp"

namespace support {

/// A blocking client of one connection.
class PlainClient {
  public:
    explicit PlainClient(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        const timeval limit{10, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    void write(std::string_view text) {
        while (!text.empty()) {
            const auto n = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) return;  // the server has closed: what it answered is read all the same
            text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    /// Until that text has come, or the end of the connection.
    std::string read_until(std::string_view wanted) {
        std::array<char, 4096> piece{};
        while (text_.find(wanted) == std::string::npos) {
            const auto n = ::recv(socket_.get(), piece.data(), piece.size(), 0);
            if (n <= 0) return std::exchange(text_, {});
            text_.append(piece.data(), static_cast<std::size_t>(n));
        }
        const auto end = text_.find(wanted) + wanted.size();
        std::string whole = text_.substr(0, end);
        text_.erase(0, end);
        return whole;
    }
    /// Everything until the server closes.
    std::string read_all() { return read_until("\xff never sent"); }
    std::string ask(std::string_view request) {
        write(request);
        return read_until("\n.\n");
    }

  private:
    platform::UniqueFd socket_;
    std::string text_;
};

}  // namespace support
