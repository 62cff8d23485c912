#include "cdp/host_reset.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "cdp/error.hpp"
#include "platform/os_error.hpp"

namespace cdp {
namespace {

using platform::last_error;
using platform::UniqueFd;

#ifdef MSG_NOSIGNAL
constexpr int no_signal = MSG_NOSIGNAL;
#else
constexpr int no_signal = 0;  // the transport has seen to SIGPIPE
#endif

/// A connection to the host; none where there is no host.
Result<UniqueFd> connect_to_host(const std::string& path, bool may_block) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return Errc::bad_address;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    UniqueFd line{::socket(AF_UNIX, SOCK_STREAM, 0)};
    if (!line) return last_error();
    ::fcntl(line.get(), F_SETFD, FD_CLOEXEC);
    if (!may_block) ::fcntl(line.get(), F_SETFL, O_NONBLOCK);
    if (::connect(line.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return line;
    if (errno == ENOENT || errno == ECONNREFUSED) return UniqueFd{};
    return last_error();
}

}  // namespace

std::string host_reset_bytes() {
    std::string bytes(1, '\0');
    bytes.append(host_reset_message).append(1, '\0');
    return bytes;
}

Error reset_host(const std::string& socket) {
    constexpr timeval patience{5, 0};
    const auto line = connect_to_host(socket, true);
    if (!line) return line.error();
    if (!*line) return {};
    ::setsockopt(line->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto bytes = host_reset_bytes();
    if (::write(line->get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return last_error();
    // It says who it is, and closes when it has taken the message.
    char room[4096];
    ssize_t got = 0;
    do got = ::read(line->get(), room, sizeof room);
    while (got > 0 || (got < 0 && errno == EINTR));
    return got == 0 ? Error{} : last_error();
}

Error send_host_reset(const UniqueFd& line) {
    const auto bytes = host_reset_bytes();
    const auto sent = ::send(line.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | no_signal);
    if (sent < 0) return last_error();
    return sent == static_cast<ssize_t>(bytes.size()) ? Error{} : Error{net::error::would_block};
}

Error leave_host_reset(const std::string& socket) {
    const auto line = connect_to_host(socket, false);
    if (!line) return line.error();
    return *line ? send_host_reset(*line) : Error{};
}

}  // namespace cdp
