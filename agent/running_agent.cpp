#include "agent/running_agent.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "agent/service/control.hpp"
#include "platform/trust.hpp"
#include "platform/unique_fd.hpp"

namespace running {
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
    const platform::UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM, 0)};
    if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return {errno, {}};
    return {0, platform::peer_of(socket.get())};
}

constexpr uid_t unknown_user = static_cast<uid_t>(-1);

bool is_unit_installed() {
    for (const auto* folder : {"/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}) {
        if (::access((std::string(folder) + "/bmc-agent.service").c_str(), F_OK) == 0) return true;
    }
    return false;
}

/// Why a person who is not root cannot pair the machine's service; empty where there is none.
std::string why_not_the_service(const arguments::Parsed& parsed) {
    if (parsed.config.paths.user_scope || parsed.config.paths.uid == 0) return {};
    // The folders of a service manager are the service's own: whoever has them is the service.
    if (parsed.config.paths.environment("STATE_DIRECTORY")) return {};
    if (!is_unit_installed()) return {};
    return "the service bmc-agent is installed on this machine: add sudo for it, or --user for an agent of your own";
}

}  // namespace

Agent find(const arguments::Parsed& parsed, const service::Config& config) {
    const auto own = service::socket_of(config.paths);
    const auto [failed, server] = try_socket(own);
    const bool known = server && platform::may_serve(own, server->uid);
    if (failed == 0 && !known) return {{}, platform::stranger_complaint(own, server ? server->uid : unknown_user)};
    if (failed == 0) return {own, {}};
    if (failed == EACCES || failed == EPERM) {
        return {{}, own.string() + ": this agent belongs to another user: run this as root or as that user"};
    }
    return {{}, why_not_the_service(parsed)};
}

Error become_owner_of(const std::filesystem::path& folder) {
    struct stat about {};
    if (::geteuid() != 0 || ::stat(folder.c_str(), &about) != 0 || about.st_uid == 0) return {};
    if (::setegid(about.st_gid) == 0 && ::seteuid(about.st_uid) == 0) return {};
    return {errno, boost::system::system_category()};
}

}  // namespace running
