#include "agent/doctor/machine.hpp"

#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

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

/// Of a sentence that ends with the command that mends it.
Finding untrusted(const std::string& complaint) {
    const auto colon = complaint.find(": run");
    return {
        "modes", Outcome::failed, complaint.substr(0, colon),
        colon == std::string::npos ? "see who may write there, and to the folders above" : complaint.substr(colon + 2)};
}

Finding no_browser_of_ours(std::string check) {
    return {std::move(check), Outcome::skipped, "somebody else runs the browser"};
}

}  // namespace

Finding look_at_modes(const config::Config& config) {
    std::vector<fs::path> secret{config.paths.state, config.paths.state / "credential.json"};
    secret.push_back(config.credentials.key_file);
    secret.push_back(config.credentials.token_file);
    std::size_t looked_at = 0;
    for (const auto& path : secret) {
        const Error ec =
            path.empty() ? Error(ENOENT, boost::system::generic_category()) : platform::check_private(path);
        if (ec == boost::system::errc::no_such_file_or_directory) continue;
        ++looked_at;
        if (!ec) continue;
        return untrusted(platform::explain_refusal(path, ec));
    }
    std::vector<fs::path> settings{config.paths.config_file, config.paths.config_dropins};
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(config.paths.config_dropins, ec)) settings.push_back(entry.path());
    for (const auto& path : settings) {
        const auto wrong = platform::why_not_trusted(path);
        if (!wrong.empty()) return untrusted(wrong);
    }
    if (looked_at == 0) return {"modes", Outcome::skipped, config.paths.state.string() + " is not there yet"};
    return {"modes", Outcome::ok, "secrets are private, and nobody else writes the configuration"};
}

Finding look_at_disk(const config::Config& config) {
    const auto folder = existing(config.paths.state);
    struct statvfs about {};
    if (::statvfs(folder.c_str(), &about) != 0) {
        return {"disk", Outcome::skipped, folder.string() + " cannot be looked at"};
    }
    const auto free = static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
    const auto text = mebibytes(free) + " free in " + folder.string();
    if (free >= least_disk && about.f_favail != 0) return {"disk", Outcome::ok, text};
    return {"disk", Outcome::failed, about.f_favail == 0 && about.f_files != 0 ? text + ", and no file more" : text,
            "make room there: at least " + mebibytes(least_disk)};
}

Finding look_at_shared_memory(const config::Config& config) {
    struct statvfs about {};
    if (config.browser.mode == cdp::BrowserMode::attach) {
        return no_browser_of_ours("shared memory");
    }
    if (::statvfs("/dev/shm", &about) != 0) return {"shared memory", Outcome::skipped, "there is no /dev/shm"};
    const auto size = static_cast<std::uint64_t>(about.f_blocks) * about.f_frsize;
    const auto text = "/dev/shm has " + mebibytes(size);
    if (size > cdp::small_shared_memory) return {"shared memory", Outcome::ok, text};
    return {"shared memory", Outcome::failed, text + ", in which the browser's pages crash",
            "in a container: --shm-size=1g; else mount -o remount,size=1g /dev/shm, or add --disable-dev-shm-usage to "
            "browser.arguments"};
}

Finding look_at_user_namespaces(const config::Config& config) {
    if (config.browser.mode == cdp::BrowserMode::attach) {
        return no_browser_of_ours("user namespaces");
    }
    if (is_set("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1")) {
        return {"user namespaces", Outcome::warning, "AppArmor keeps them from programs without a profile",
                "load the profile that comes with the agent: /usr/share/bmc-agent/apparmor/bmc-browser"};
    }
    const int failed = try_user_namespace();
    if (failed == 0) return {"user namespaces", Outcome::ok, "allowed: the browser's sandbox needs them"};
    const std::string what = "refused (" + Error(failed, boost::system::generic_category()).message() +
                             "): the browser finds no usable sandbox";
    if (is_set("/proc/sys/kernel/unprivileged_userns_clone", "0")) {
        return {"user namespaces", Outcome::failed, what, "sysctl kernel.unprivileged_userns_clone=1"};
    }
    if (is_set("/proc/sys/user/max_user_namespaces", "0")) {
        return {"user namespaces", Outcome::failed, what, "sysctl user.max_user_namespaces=10000"};
    }
    return {"user namespaces", Outcome::failed, what,
            "in a container: the seccomp profile that comes with the agent (Docker's own forbids them)"};
}

}  // namespace doctor
