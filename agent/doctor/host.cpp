// What this machine gives: private files, room, shared memory, user namespaces; and whose eyes see it.
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "agent/doctor/examination.hpp"
#include "cdp/core/explain.hpp"
#include "platform/file.hpp"
#include "platform/text.hpp"
#include "platform/trust.hpp"

namespace doctor {
namespace {

namespace fs = std::filesystem;

/// A profile of the browser's, a spilled result and a log fit into it.
constexpr std::uint64_t least_disk = 100ULL << 20;

std::string mebibytes(std::uint64_t bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

/// The nearest of its parents that is there.
fs::path existing(fs::path path) {
    std::error_code ec;
    while (!path.empty() && path != path.root_path() && !fs::exists(path, ec)) path = path.parent_path();
    return path;
}

/// 0, or why a process of ours gets no user namespace.
int try_user_namespace() {
#ifdef __linux__
    const pid_t child = ::fork();
    if (child < 0) return errno;
    if (child == 0) ::_exit(::unshare(CLONE_NEWUSER) == 0 ? 0 : errno);
    int how = 0;
    if (::waitpid(child, &how, 0) != child || !WIFEXITED(how)) return ECHILD;
    return WEXITSTATUS(how);
#else
    return 0;
#endif
}

bool is_set(const char* file, std::string_view value) {
    const auto text = platform::read_file(file, 64);
    return text && platform::trim(*text) == value;
}

}  // namespace

Error become_owner(const config::Config& config) {
    struct stat about {};
    if (::geteuid() != 0 || ::stat(config.paths.state.c_str(), &about) != 0 || about.st_uid == 0) return {};
    const auto* user = ::getpwuid(about.st_uid);
    const bool groups = user != nullptr ? ::initgroups(user->pw_name, about.st_gid) == 0 : ::setgroups(0, nullptr) == 0;
    if (!groups || ::setgid(about.st_gid) != 0 || ::setuid(about.st_uid) != 0) {
        return Error(errno, boost::system::generic_category());
    }
    return {};
}

/// A sentence that ends with the command that mends it.
void Examination::untrusted(const std::string& complaint) {
    const auto colon = complaint.find(": run");
    add("modes", Outcome::failed, complaint.substr(0, colon),
        colon == std::string::npos ? "see who may write there, and to the folders above" : complaint.substr(colon + 2));
}

void Examination::modes() {
    std::vector<fs::path> secret{config_.paths.state, config_.paths.state / "credential.json"};
    secret.push_back(config_.credentials.key_file);
    secret.push_back(config_.credentials.token_file);
    std::size_t looked_at = 0;
    for (const auto& path : secret) {
        const Error ec =
            path.empty() ? Error(ENOENT, boost::system::generic_category()) : platform::check_private(path);
        if (ec == boost::system::errc::no_such_file_or_directory) continue;
        ++looked_at;
        if (!ec) continue;
        return untrusted(platform::explain_refusal(path, ec));
    }
    std::vector<fs::path> settings{config_.paths.config_file, config_.paths.config_dropins};
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(config_.paths.config_dropins, ec)) settings.push_back(entry.path());
    for (const auto& path : settings) {
        const auto wrong = platform::why_not_trusted(path);
        if (!wrong.empty()) return untrusted(wrong);
    }
    if (looked_at == 0) return add("modes", Outcome::skipped, config_.paths.state.string() + " is not there yet");
    add("modes", Outcome::ok, "what is secret is private, and nobody else writes the configuration");
}

void Examination::disk() {
    const auto folder = existing(config_.paths.state);
    struct statvfs about {};
    if (::statvfs(folder.c_str(), &about) != 0) {
        return add("disk", Outcome::skipped, folder.string() + " cannot be looked at");
    }
    const auto free = static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
    const auto text = mebibytes(free) + " free in " + folder.string();
    if (free >= least_disk && about.f_favail != 0) return add("disk", Outcome::ok, text);
    add("disk", Outcome::failed, about.f_favail == 0 && about.f_files != 0 ? text + ", and no file more" : text,
        "make room there: at least " + mebibytes(least_disk));
}

void Examination::shared_memory() {
    struct statvfs about {};
    if (config_.browser.mode == cdp::BrowserMode::attach) {
        return add("shared memory", Outcome::skipped, "somebody else runs the browser");
    }
    if (::statvfs("/dev/shm", &about) != 0) return add("shared memory", Outcome::skipped, "there is no /dev/shm");
    const auto size = static_cast<std::uint64_t>(about.f_blocks) * about.f_frsize;
    const auto text = "/dev/shm has " + mebibytes(size);
    if (size > cdp::small_shared_memory) return add("shared memory", Outcome::ok, text);
    add("shared memory", Outcome::failed, text + ", in which the browser's pages crash",
        "in a container: --shm-size=1g; else mount -o remount,size=1g /dev/shm, or add --disable-dev-shm-usage to "
        "browser.arguments");
}

void Examination::user_namespaces() {
    if (config_.browser.mode == cdp::BrowserMode::attach) {
        return add("user namespaces", Outcome::skipped, "somebody else runs the browser");
    }
    if (is_set("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1")) {
        return add("user namespaces", Outcome::warning, "AppArmor keeps them from programs without a profile",
                   "load the profile that comes with the agent: /usr/share/bmc-agent/apparmor/bmc-browser");
    }
    const int failed = try_user_namespace();
    if (failed == 0) return add("user namespaces", Outcome::ok, "allowed: the browser's sandbox needs them");
    const std::string what = "refused (" + Error(failed, boost::system::generic_category()).message() +
                             "): the browser finds no usable sandbox";
    if (is_set("/proc/sys/kernel/unprivileged_userns_clone", "0")) {
        return add("user namespaces", Outcome::failed, what, "sysctl kernel.unprivileged_userns_clone=1");
    }
    if (is_set("/proc/sys/user/max_user_namespaces", "0")) {
        return add("user namespaces", Outcome::failed, what, "sysctl user.max_user_namespaces=10000");
    }
    add("user namespaces", Outcome::failed, what,
        "in a container: the seccomp profile that comes with the agent (Docker's own forbids them)");
}

}  // namespace doctor
