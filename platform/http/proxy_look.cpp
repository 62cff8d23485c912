#include "platform/http/proxy_look.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string_view>

#include "platform/clock.hpp"
#include "platform/unique_fd.hpp"

namespace platform {
namespace {

using namespace std::string_view_literals;

/// SOCKS 5, one method: no login. Its answer begins with the version, whatever it thinks of that.
constexpr auto socks_greeting = "\x05\x01\x00"sv;
/// No CONNECT: a proxy answers this one by itself, also where its own way to the hosts hangs.
constexpr auto http_request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"sv;
constexpr auto http_answer = "HTTP/"sv;

bool wait_for(int socket, short what, TimePoint end) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - BootClock::now()).count();
    pollfd watched{socket, what, 0};
    return left > 0 && ::poll(&watched, 1, static_cast<int>(left)) == 1;
}

UniqueFd connect_to(const addrinfo& address, TimePoint end) {
    UniqueFd socket{::socket(address.ai_family, SOCK_STREAM, 0)};
    if (!socket || ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) {
        return {};
    }
    if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
    int failed = errno;
    socklen_t size = sizeof failed;
    if (failed != EINPROGRESS || !wait_for(socket.get(), POLLOUT, end)) return {};
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failed, &size) != 0 || failed != 0) return {};
    return socket;
}

/// The first bytes of the answer, as many as tell the language.
std::string answer_of(int socket, std::string_view question, TimePoint end) {
    std::string text;
    if (::send(socket, question.data(), question.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(question.size())) {
        return text;
    }
    std::array<char, http_answer.size()> piece{};
    while (text.size() < http_answer.size() && !(text.size() >= 2 && text.front() == '\x05')) {
        if (!wait_for(socket, POLLIN, end)) return text;
        const auto size = ::recv(socket, piece.data(), piece.size() - text.size(), 0);
        if (size <= 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(size));
    }
    return text;
}

}  // namespace

ProxySpeaks ask_proxy(const std::string& host, std::uint16_t port, ProxySpeaks language, Duration limit) {
    const auto end = BootClock::now() + limit;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return ProxySpeaks::nothing;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned{found, &::freeaddrinfo};
    for (const auto* address = found; address != nullptr; address = address->ai_next) {
        const auto socket = connect_to(*address, end);
        if (!socket) continue;
        const auto answer =
            answer_of(socket.get(), language == ProxySpeaks::socks ? socks_greeting : http_request, end);
        if (answer.starts_with(http_answer)) return ProxySpeaks::http;
        const bool socks = language == ProxySpeaks::socks && answer.size() >= 2 && answer.front() == '\x05';
        return socks ? ProxySpeaks::socks : ProxySpeaks::nothing;
    }
    return ProxySpeaks::nothing;
}

}  // namespace platform
