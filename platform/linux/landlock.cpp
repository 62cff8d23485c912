// Linux: Landlock (since 5.13) allows paths, it forbids none. So all is allowed that lies beside the way to what is
// hidden. The C library has no functions for it.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>

#include "platform/os_error.hpp"
#include "platform/process/enclosure.hpp"
#include "platform/unique_fd.hpp"

namespace platform {
namespace {

namespace fs = std::filesystem;

// <linux/landlock.h> of Debian 12 is older than some of these.
constexpr long create_ruleset = 444;
constexpr long add_rule = 445;
constexpr long restrict_self = 446;
constexpr unsigned version_flag = 1;
constexpr int path_beneath_rule = 1;
constexpr std::uint64_t write_files = 1 << 1;
constexpr std::uint64_t read_files = 1 << 2;
constexpr std::uint64_t refer = 1 << 13;        // moving between folders: forbidden unless it is allowed; version 2
constexpr std::uint64_t truncate_it = 1 << 14;  // version 3

struct RulesetAttributes {
    std::uint64_t handled_access_fs;
};
struct [[gnu::packed]] PathBeneath {
    std::uint64_t allowed_access;
    std::int32_t parent_fd;
};

class Landlock final : public Enclosure {
  public:
    explicit Landlock(UniqueFd ruleset) : ruleset_{std::move(ruleset)} {}

    int enter() noexcept override {
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
        return ::syscall(restrict_self, ruleset_.get(), 0U) == 0 ? 0 : errno;
    }

  private:
    UniqueFd ruleset_;
};

/// Allows `rights` below a path. A path that is gone or may not be looked at needs no rule.
Error allow(int ruleset, const fs::path& path, std::uint64_t rights) {
    const UniqueFd fd{::open(path.c_str(), O_PATH | O_CLOEXEC | O_NOFOLLOW)};
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || S_ISLNK(status.st_mode)) return {};
    const PathBeneath rule{S_ISDIR(status.st_mode) ? rights : rights & ~refer, fd.get()};
    if (::syscall(add_rule, ruleset, path_beneath_rule, &rule, 0U) != 0) return last_error();
    return {};
}

/// `path` is `folder` or something in it.
bool is_within(const fs::path& path, const fs::path& folder) {
    const auto ends = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return ends.first == folder.end();
}

Error allow_beside(int ruleset, const fs::path& folder, const std::vector<fs::path>& hidden, std::uint64_t rights) {
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator{folder, ec}) {
        const auto& path = entry.path();
        const auto is_itself = [&](const fs::path& one) { return one == path; };
        const auto holds = [&](const fs::path& one) { return is_within(one, path); };
        if (std::any_of(hidden.begin(), hidden.end(), is_itself)) continue;
        const bool on_the_way = std::any_of(hidden.begin(), hidden.end(), holds);
        Error failed = on_the_way ? allow_beside(ruleset, path, hidden, rights) : allow(ruleset, path, rights);
        if (failed) return failed;
    }
    return ec ? Error{ec.value(), boost::system::system_category()} : Error{};
}

}  // namespace

Result<std::unique_ptr<Enclosure>> plan_landlock(const EnclosureWish& wish) {
    const long version = ::syscall(create_ruleset, nullptr, std::size_t{0}, version_flag);
    if (version < 0) return last_error();
    // The first version forbids every move between folders: a browser cannot work so.
    if (version < 2) return Error{ENOSYS, boost::system::system_category()};
    const std::uint64_t rights = read_files | write_files | refer | (version >= 3 ? truncate_it : 0);
    const RulesetAttributes attributes{rights};
    UniqueFd ruleset{static_cast<int>(::syscall(create_ruleset, &attributes, sizeof attributes, 0U))};
    if (!ruleset) return last_error();
    std::vector<fs::path> hidden;
    for (const auto& path : wish.hidden) {
        std::error_code ec;
        auto real = fs::canonical(path, ec);
        if (!ec) hidden.push_back(std::move(real));
    }
    Error failed = allow(ruleset.get(), "/", refer);
    if (!failed) failed = allow_beside(ruleset.get(), "/", hidden, rights);
    for (const auto& path : wish.visible) {
        if (!failed) failed = allow(ruleset.get(), path, rights);
    }
    if (failed) return failed;
    return std::unique_ptr<Enclosure>{std::make_unique<Landlock>(std::move(ruleset))};
}

}  // namespace platform
