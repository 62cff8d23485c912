#include "platform/empty_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "platform/os_error.hpp"
#include "platform/unique_fd.hpp"

namespace platform {
namespace {

bool is_folder(int parent, const char* name) noexcept {
    struct stat status {};
    return ::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

Result<std::vector<std::string>> names_of_files(int folder) {
    UniqueFd copy{::fcntl(folder, F_DUPFD_CLOEXEC, 0)};
    DIR* const stream = copy ? ::fdopendir(copy.get()) : nullptr;
    if (stream == nullptr) return last_error();
    copy.release();  // closedir() closes it
    std::vector<std::string> names;
    while (const dirent* const entry = ::readdir(stream)) {
        if (!is_folder(folder, entry->d_name)) names.emplace_back(entry->d_name);
    }
    ::closedir(stream);
    return names;
}

}  // namespace

Error empty_folder(const std::filesystem::path& folder) {
    const UniqueFd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!fd) return errno == ENOENT ? Error{} : last_error();
    const auto names = names_of_files(fd.get());
    if (!names) return names.error();
    Error failed;
    for (const auto& name : *names) {
        if (::unlinkat(fd.get(), name.c_str(), 0) != 0 && errno != ENOENT) failed = last_error();
    }
    return failed;
}

}  // namespace platform
