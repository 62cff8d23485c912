// The service manager, played by a test: the socket that systemd would listen on. The process sends its readiness, its
// status line and its watchdog's food there while one is in scope.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/support/temp_folder.hpp"

namespace tests {

class NotifySocket {
  public:
    NotifySocket() {
        const auto path = (home_ / "notify").string();
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.size() >= sizeof address.sun_path) std::abort();
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        const auto* generic = reinterpret_cast<const sockaddr*>(&address);
        if (::bind(socket_, generic, sizeof address) != 0) std::abort();
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    ~NotifySocket() {
        ::unsetenv("NOTIFY_SOCKET");
        ::unsetenv("WATCHDOG_USEC");
        ::close(socket_);
    }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    /// Sets a watchdog for this process.
    void expect_food(long microseconds) { ::setenv("WATCHDOG_USEC", std::to_string(microseconds).c_str(), 1); }

    /// The next message; empty: there is none. Messages are sent and received within this process: none is on its way.
    std::string next() {
        std::array<char, 4096> buffer{};
        const auto size = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
        return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string{};
    }

  private:
    TempFolder home_;
    int socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

}  // namespace tests
