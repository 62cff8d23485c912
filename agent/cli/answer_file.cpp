#include "agent/cli/answer_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "platform/file.hpp"
#include "platform/os_error.hpp"

namespace cli {
namespace {

/// For files that are nobody's secret.
constexpr mode_t answer_mode = 0644;
/// Opening a FIFO waits for nobody.
constexpr int answer_flags = O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;

Error not_ours() {
    return {EEXIST, boost::system::system_category()};
}

}  // namespace

Error AnswerFile::open_now() {
    const auto above = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path{"."};
    const auto name = path_.filename().string();
    const platform::UniqueFd folder{::open(above.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!folder) return platform::last_error();
    file_ = platform::UniqueFd{::openat(folder.get(), name.c_str(), answer_flags | O_CREAT | O_EXCL, answer_mode)};
    if (file_) return on_made(folder, name);
    if (errno == EEXIST) file_ = platform::UniqueFd{::openat(folder.get(), name.c_str(), answer_flags)};
    struct stat about {};
    if (!file_ || ::fstat(file_.get(), &about) != 0) return platform::last_error();
    if (S_ISREG(about.st_mode) && about.st_nlink == 1 && about.st_uid == ::geteuid()) return {};
    file_ = {};
    return not_ours();
}

/// It is new, and empty.
Error AnswerFile::on_made(const platform::UniqueFd& folder, const std::string& name) {
    auto remover = FileRemover::start(folder, name, file_);
    if (!remover) {
        ::unlinkat(folder.get(), name.c_str(), 0);
        file_ = {};
        return remover.error();
    }
    remover_ = std::move(*remover);
    return {};
}

Error AnswerFile::write(std::string_view bytes) {
    if (!file_) return platform::write_file(std::filesystem::absolute(path_), bytes, answer_mode);
    if (::ftruncate(file_.get(), 0) != 0) return platform::last_error();
    while (!bytes.empty()) {
        const auto n = ::write(file_.get(), bytes.data(), bytes.size());
        if (n < 0 && errno != EINTR) return platform::last_error();
        if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    if (remover_) remover_->keep();
    return {};
}

}  // namespace cli
