#include "agent/cli/hand_over.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "agent/cli/terminal.hpp"
#include "agent/control/exit_code.hpp"
#include "platform/trust.hpp"
#include "platform/unique_fd.hpp"

namespace cli::hand_over {
namespace {

using control::Exit;

/// Of what the service answers so much is kept for a document; more of it is read and dropped.
constexpr std::size_t answer_bytes = std::size_t{1} << 20;

int fail(Exit code, const std::filesystem::path& socket, std::string_view what, std::string_view remedy) {
    complain(socket.string() + ": " + std::string(what) + std::string(remedy));
    return static_cast<int>(code);
}

bool write_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::write(to, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

/// Everything from `from` until its end. False: `to` took no more.
bool copy(int from, int to) {
    char buffer[16384];
    for (;;) {
        const auto n = ::read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return true;
        if (!write_all(to, {buffer, static_cast<std::size_t>(n)})) return false;
    }
}

/// With --json what the service says is text in the document.
void print_answer(int from) {
    char buffer[16384];
    std::string answer;
    for (;;) {
        const auto n = ::read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return print(answer);
        answer.append(buffer, std::min(answer_bytes - answer.size(), static_cast<std::size_t>(n)));
    }
}

}  // namespace

int run(const std::filesystem::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.native().size() >= sizeof address.sun_path) {
        return fail(Exit::usage, socket, "the path is too long for a socket", "");
    }
    std::memcpy(address.sun_path, socket.c_str(), socket.native().size());
    const platform::UniqueFd to{::socket(AF_UNIX, SOCK_STREAM, 0)};
    if (::connect(to.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return fail(Exit::unavailable, socket, std::strerror(errno),
                    "; the service manager listens there after: systemctl enable --now bmc-hook.socket");
    }
    const auto server = platform::peer_of(to.get());
    if (!server || !platform::may_serve(socket, server->uid)) {
        complain(platform::stranger_complaint(socket, server ? server->uid : static_cast<uid_t>(-1)));
        return static_cast<int>(Exit::refused);
    }
    if (!copy(STDIN_FILENO, to.get())) {
        return fail(Exit::failure, socket, "the other side did not take the event (",
                    std::string{std::strerror(errno)} + "); see: journalctl -u 'bmc-hook@*'");
    }
    ::shutdown(to.get(), SHUT_WR);
    // It is closed when the service has ended: so the time limit of hooks counts for that too, and one runs at a time.
    if (answers_in_json()) {
        print_answer(to.get());
    } else {
        copy(to.get(), STDOUT_FILENO);
    }
    return static_cast<int>(Exit::ok);
}

}  // namespace cli::hand_over
