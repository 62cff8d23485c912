#include "agent/control/running_agent.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/control/control.hpp"
#include "platform/trust.hpp"
#include "platform/unique_fd.hpp"

namespace control::running {
namespace {

struct Attempt {
    int error = 0;                         // errno; 0: somebody listens
    std::optional<platform::Peer> server;  // who
};

Attempt try_socket(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path) return {ENAMETOOLONG, {}};
    std::strcpy(address.sun_path, path.c_str());
    // An agent that has no time to take connections is there all the same.
    const platform::UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM, 0)};
    if (!socket || ::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) return {errno, {}};
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {errno, {}};
    return {0, platform::peer_of(socket.get())};
}

constexpr uid_t unknown_user = static_cast<uid_t>(-1);
constexpr const char* with_rights = "run the command with sudo";
constexpr std::string_view for_whom = "this is for root and the service's own user";

bool is_unit_installed() {
    for (const auto* folder : {"/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}) {
        if (::access((std::string(folder) + "/bmc-agent.service").c_str(), F_OK) == 0) return true;
    }
    return false;
}

/// The agent that listens there, or why it is out of reach. Nothing: none listens.
std::optional<Agent> look_at(const std::filesystem::path& path, Need need) {
    const auto [failed, server] = try_socket(path);
    if (failed == EAGAIN) return Agent{path, {}};
    if (failed == EACCES || failed == EPERM) {
        return Agent{{},
                     fmt::format("{}: Permission denied: this agent belongs to another user. Its status is for root, "
                                 "that user and the group control.group, all else for root and that user: add sudo",
                                 path.string()),
                     with_rights};
    }
    if (failed != 0) return std::nullopt;
    const bool known = server && platform::may_serve(path, server->uid);
    if (!known) return Agent{{}, platform::stranger_complaint(path, server ? server->uid : unknown_user)};
    const bool mine = ::geteuid() == 0 || server->uid == ::geteuid();
    if (need != Need::read && !mine) {
        return Agent{{}, fmt::format("{}: {}: add sudo", path.string(), for_whom), with_rights};
    }
    return Agent{path, {}};
}

/// The machine's service, for a user who has no agent that runs.
Agent look_at_the_service(const config::Config& config, Need need) {
    const auto& socket = config.paths.system_socket;
    if (socket.empty()) return {};
    std::error_code ec;
    // A user who has an agent means that one, running or not, where he only asks.
    if (need == Need::read && std::filesystem::exists(config.paths.state, ec)) return {};
    if (auto found = look_at(socket, need)) {
        if (!found->problem.empty()) found->problem += ", or --user for an agent of your own";
        return std::move(*found);
    }
    // The folders of a service manager are the service's own: a process that has them is the service.
    const bool is_service = std::getenv("STATE_DIRECTORY") != nullptr;
    if (need != Need::pair || is_service || !is_unit_installed()) return {};
    return {{},
            "the service bmc-agent is installed on this machine: add sudo for it, or --user for an agent of your own"};
}

}  // namespace

Agent find(const config::Config& config, Need need) {
    auto found = look_at(control::socket_of(config.paths), need);
    return found ? std::move(*found) : look_at_the_service(config, need);
}

std::optional<long> pid_of(const std::filesystem::path& socket) {
    const auto [failed, server] = try_socket(socket);
    if (failed != 0 || !server || server->pid <= 0) return std::nullopt;
    return server->pid;
}

std::string other_owner_of(const std::filesystem::path& folder) {
    struct stat about {};
    if (::geteuid() != 0 || ::stat(folder.c_str(), &about) != 0 || about.st_uid == 0) return {};
    const auto* user = ::getpwuid(about.st_uid);
    return user != nullptr ? user->pw_name : std::to_string(about.st_uid);
}

Error become_owner_of(const std::filesystem::path& folder) {
    struct stat about {};
    if (::geteuid() != 0 || ::stat(folder.c_str(), &about) != 0 || about.st_uid == 0) return {};
    const auto* user = ::getpwuid(about.st_uid);
    const bool groups = user != nullptr ? ::initgroups(user->pw_name, about.st_gid) == 0 : ::setgroups(0, nullptr) == 0;
    if (groups && ::setgid(about.st_gid) == 0 && ::setuid(about.st_uid) == 0) return {};
    return {errno, boost::system::system_category()};
}

}  // namespace control::running
