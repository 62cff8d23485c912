#include "agent/cli/file_remover.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "platform/os_error.hpp"

namespace cli {
namespace {

constexpr char word_keep = 'k';
constexpr char word_remove = 'r';

/// What the child has to know. Between fork and its end it calls nothing that takes a lock.
struct RemoverTask {
    int word = -1;
    int folder = -1;
    const char* name = "";
    struct stat file {};
};

/// A key press that ends the command goes to the child as well.
void outlive_signals() noexcept {
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) std::signal(number, SIG_IGN);
}

[[noreturn]] void remove_on_word(const RemoverTask& task) noexcept {
    outlive_signals();
    for (const int ours : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(ours);
    char word = word_remove;
    while (::read(task.word, &word, 1) < 0 && errno == EINTR) {
    }
    struct stat now {};
    const bool same = ::fstatat(task.folder, task.name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
                      now.st_dev == task.file.st_dev && now.st_ino == task.file.st_ino;
    if (word != word_keep && same) ::unlinkat(task.folder, task.name, 0);
    ::_exit(0);
}

}  // namespace

Result<std::unique_ptr<FileRemover>> FileRemover::start(const platform::UniqueFd& folder, const std::string& name,
                                                        const platform::UniqueFd& file) {
    RemoverTask task{.folder = folder.get(), .name = name.c_str()};
    int ends[2] = {-1, -1};
    if (::fstat(file.get(), &task.file) != 0 || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return platform::last_error();
    }
    platform::UniqueFd ours{ends[0]};
    platform::UniqueFd childs{ends[1]};
    task.word = childs.get();
    const pid_t child = ::fork();
    if (child < 0) return platform::last_error();
    if (child == 0) {
        ours.reset();
        remove_on_word(task);
    }
    return std::unique_ptr<FileRemover>{new FileRemover{std::move(ours), child}};
}

FileRemover::~FileRemover() {
    const char word = kept_ ? word_keep : word_remove;
    ::send(word_.get(), &word, 1, MSG_NOSIGNAL);
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace cli
