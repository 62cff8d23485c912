#include "platform/unwritten.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "platform/file.hpp"

namespace platform {
namespace {

namespace errc = boost::system::errc;

/// Boost has no name for it.
bool is_over_quota(Error error) noexcept {
    const bool of_system =
        error.category() == boost::system::system_category() || error.category() == boost::system::generic_category();
    return of_system && error.value() == EDQUOT;
}

}  // namespace

std::string remedy_of_unwritten(const std::filesystem::path& path, Error error) {
    const auto name = path.string();
    if (error == errc::no_space_on_device) return fmt::format("make room there (df -h {0}; df -i {0})", name);
    if (is_over_quota(error)) {
        return fmt::format("the quota of user {} is used up: make room, or raise it (quota -s)", ::geteuid());
    }
    if (error == errc::read_only_file_system) return "mount its file system for writing, or set another path";
    if (error == errc::file_too_large) {
        return "raise the limit of a file's size (ulimit -f, or LimitFSIZE= in the unit)";
    }
    if (error == errc::permission_denied || error == errc::operation_not_permitted) {
        return fmt::format("let user {} write there", ::geteuid());
    }
    if (error == errc::too_many_files_open) return "raise the limit of open files (ulimit -n, or LimitNOFILE=)";
    if (error == errc::no_such_file_or_directory) return "make the folder for it first";
    if (error == errc::io_error) return "the disk fails: see the kernel's log (journalctl -k)";
    return {};
}

bool is_of_writing(Error error) noexcept {
    return error == errc::no_space_on_device || is_over_quota(error) || error == errc::file_too_large ||
           error == errc::read_only_file_system;
}

std::string explain_unwritten(const std::filesystem::path& path, Error error) {
    if (is_distrust(error)) return explain_refusal(path, error);
    const auto remedy = remedy_of_unwritten(path, error);
    return fmt::format("{} cannot be written ({}){}{}", path.string(), error.message(), remedy.empty() ? "" : ": ",
                       remedy);
}

}  // namespace platform
