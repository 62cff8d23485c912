#include "platform/trust.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <deque>

namespace platform {
namespace {

namespace fs = std::filesystem;

constexpr mode_t others_write = 022;
/// As the kernel bounds it.
constexpr int most_links = 40;
constexpr std::size_t names_bytes = 4096;

uid_t owner_of_root() {
    static const uid_t owner = [] {
        struct stat about {};
        return ::stat("/", &about) == 0 ? about.st_uid : uid_t{0};
    }();
    return owner;
}

bool is_trusted(uid_t user) {
    return user == 0 || user == ::geteuid() || user == owner_of_root();
}

/// A group of the owner alone, as many systems give each user (then a umask of 002 opens nothing to others).
bool is_group_of_its_owner(const struct stat& about) {
    std::array<char, names_bytes> of_user{}, of_group{};
    passwd user{};
    passwd* found_user = nullptr;
    group its{};
    group* found_group = nullptr;
    if (::getpwuid_r(about.st_uid, &user, of_user.data(), of_user.size(), &found_user) != 0 || !found_user)
        return false;
    if (user.pw_gid != about.st_gid) return false;
    if (::getgrgid_r(about.st_gid, &its, of_group.data(), of_group.size(), &found_group) != 0 || !found_group)
        return false;
    return std::string_view(its.gr_name) == user.pw_name && its.gr_mem[0] == nullptr;
}

std::string foreign(const fs::path& path, const struct stat& about) {
    const auto me = std::to_string(::geteuid());
    const std::string what =
        path.string() + " belongs to user " + std::to_string(about.st_uid) + ", who is neither root nor user " + me;
    return S_ISLNK(about.st_mode) ? what + ": remove that link" : what + ": run  chown " + me + " " + path.string();
}

std::string loose(const fs::path& path) {
    return "others may write to " + path.string() + ": run  chmod go-w " + path.string();
}

/// A path on its way from "/" down, links resolved step by step.
class Walk {
  public:
    Walk(const fs::path& path, Sharing sharing) : sharing_(sharing) { queue(fs::absolute(path)); }

    std::string run() {
        while (!rest_.empty()) {
            if (auto wrong = judge_way(); !wrong.empty()) return wrong;
            const auto name = std::move(rest_.front());
            rest_.pop_front();
            if (name == "..") done_ = done_.parent_path();
            if (name == ".." || name == "." || name.empty()) continue;
            struct stat about {};
            const auto next = done_ / name;
            // What cannot be looked at cannot be used, either.
            if (::lstat(next.c_str(), &about) != 0) return {};
            if (!is_trusted(about.st_uid)) return foreign(next, about);
            if (!S_ISLNK(about.st_mode)) {
                done_ = next;
                continue;
            }
            if (++links_ > most_links) return next.string() + " is a link without end: remove it";
            std::error_code failed;
            queue(fs::read_symlink(next, failed));
        }
        return judge_end();
    }

  private:
    void queue(const fs::path& path) {
        if (path.is_absolute()) done_ = "/";
        std::deque<fs::path> names;
        for (const auto& name : path.relative_path()) names.push_back(name);
        rest_.insert(rest_.begin(), names.begin(), names.end());
    }

    /// The folder that the next name is looked up in.
    std::string judge_way() const {
        struct stat about {};
        if (::stat(done_.c_str(), &about) != 0) return {};
        if (!is_trusted(about.st_uid)) return foreign(done_, about);
        const auto open = about.st_mode & others_write;
        if (open == 0 || (about.st_mode & S_ISVTX) != 0) return {};
        return open == S_IWGRP && is_group_of_its_owner(about) ? std::string{} : loose(done_);
    }

    std::string judge_end() const {
        struct stat about {};
        if (::stat(done_.c_str(), &about) != 0) return {};
        if (!is_trusted(about.st_uid)) return foreign(done_, about);
        if (!S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)) return {};
        const bool shared = sharing_ == Sharing::sticky && S_ISDIR(about.st_mode) && (about.st_mode & S_ISVTX) != 0;
        return (about.st_mode & others_write) == 0 || shared ? std::string{} : loose(done_);
    }

    Sharing sharing_;
    fs::path done_ = "/";          // without links
    std::deque<fs::path> rest_{};  // names still to go
    int links_ = 0;
};

/// The users of the packages, on Linux and on macOS.
constexpr std::array<const char*, 3> service_names{"bmc-agent", "bmc-browser", "_bmc-agent"};
constexpr const char* system_state = "/var/lib";

bool is_service(uid_t uid, const fs::path& folder_name) {
    for (const auto* name : service_names) {
        std::array<char, names_bytes> buffer{};
        passwd user{};
        passwd* found = nullptr;
        if (::getpwnam_r(name, &user, buffer.data(), buffer.size(), &found) == 0 && found && user.pw_uid == uid)
            return true;
    }
    // Where a unit was given another user.
    struct stat about {};
    const auto state = fs::path(system_state) / folder_name;
    return ::stat(state.c_str(), &about) == 0 && about.st_uid == uid && why_not_trusted(system_state).empty();
}

}  // namespace

std::string why_not_trusted(const fs::path& path, Sharing sharing) {
    return Walk(path, sharing).run();
}

std::optional<Peer> peer_of(int descriptor) {
#ifdef SO_PEERCRED
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return std::nullopt;
    if (who.uid == static_cast<uid_t>(-1)) return std::nullopt;  // it is not connected
    return Peer{who.uid, who.gid, who.pid};
#else
    uid_t uid = 0;
    gid_t gid = 0;
    if (::getpeereid(descriptor, &uid, &gid) != 0) return std::nullopt;
    return Peer{uid, gid, 0};
#endif
}

bool may_serve(const fs::path& path, uid_t uid) {
    if (is_trusted(uid)) return true;
    const auto folder = fs::absolute(path).parent_path();
    struct stat about {};
    if (::lstat(folder.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) return false;
    if (about.st_uid != uid || (about.st_mode & others_write) != 0) return false;
    if (!is_service(uid, folder.filename())) return false;
    // In a folder such as /tmp anybody makes a folder.
    return why_not_trusted(folder.parent_path(), Sharing::none).empty();
}

std::string stranger_complaint(const fs::path& path, uid_t uid) {
    return path.string() + ": user " + std::to_string(uid) +
           " listens there, who is neither root nor this user nor the service's user: nothing was sent";
}

}  // namespace platform
