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

AnswerFile::~AnswerFile() {
    if (made_) ::unlink(path_.c_str());
}

Error AnswerFile::open_now() {
    file_ = platform::UniqueFd{::open(path_.c_str(), answer_flags | O_CREAT | O_EXCL, answer_mode)};
    made_ = static_cast<bool>(file_);
    if (made_) return {};
    if (errno == EEXIST) file_ = platform::UniqueFd{::open(path_.c_str(), answer_flags)};
    struct stat about {};
    if (!file_ || ::fstat(file_.get(), &about) != 0) return platform::last_error();
    if (S_ISREG(about.st_mode) && about.st_nlink == 1 && about.st_uid == ::geteuid()) return {};
    file_ = {};
    return not_ours();
}

Error AnswerFile::write(std::string_view bytes) {
    if (!file_) return platform::write_file(std::filesystem::absolute(path_), bytes, answer_mode);
    made_ = false;
    if (::ftruncate(file_.get(), 0) != 0) return platform::last_error();
    while (!bytes.empty()) {
        const auto n = ::write(file_.get(), bytes.data(), bytes.size());
        if (n < 0 && errno != EINTR) return platform::last_error();
        if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

}  // namespace cli
