#include "platform/file.hpp"
#include "platform/os_error.hpp"
#include "platform/trust.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace platform {
namespace {

/// Nobody else may write, however careless the umask is: a person who could would put another folder in the place of
/// one below.
constexpr mode_t unshared_folder_mode = 0755;

namespace fs = std::filesystem;

class FileCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "file"; }
    std::string message(int code) const override {
        switch (static_cast<FileErrc>(code)) {
            case FileErrc::too_large:
                return "the file is larger than it may be";
            case FileErrc::not_a_file:
                return "this is no regular file";
            case FileErrc::loose_mode:
                return "others may read or write what must be private";
            case FileErrc::foreign_owner:
                return "it belongs to another user";
            case FileErrc::open_way:
                return "another user could put something else in its place";
            case FileErrc::stranger:
                return "somebody listens there who is neither root nor this user nor the service's user: nothing was "
                       "sent";
        }
        return "unknown file error";
    }
};

StepHook step_hook = nullptr;

class Descriptor {
  public:
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int get() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }
    /// A close that fails may be a write that failed (NFS, quotas).
    Error close() {
        const int number = std::exchange(number_, -1);
        return ::close(number) == 0 ? Error{} : last_error();
    }

  private:
    int number_;
};

Error write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto n = ::write(descriptor, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return last_error();
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

Error sync_folder(const fs::path& folder) {
    Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return last_error();
    return ::fsync(opened.get()) == 0 ? Error{} : last_error();
}

/// Opens the temporary file, private from the first byte whatever the umask is.
Result<int> open_temporary(const fs::path& file, mode_t mode) {
    const int number = ::open(file.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode);
    if (number < 0) return last_error();
    if (::fchmod(number, mode) != 0) {
        const Error ec = last_error();
        ::close(number);
        return ec;
    }
    return number;
}

Error read_into(int descriptor, std::string& text, std::size_t max) {
    struct stat about {};
    if (::fstat(descriptor, &about) != 0) return last_error();
    if (!S_ISREG(about.st_mode)) return FileErrc::not_a_file;
    if (static_cast<std::size_t>(about.st_size) > max) return FileErrc::too_large;
    // Files of /proc and /sys say that they have no bytes. The extra byte shows a file that grew beyond the bound.
    text.resize(about.st_size > 0 ? static_cast<std::size_t>(about.st_size) + 1
                                  : std::min<std::size_t>(max, 65536) + 1);
    std::size_t size = 0;
    for (;;) {
        if (size == text.size()) {
            if (size > max) return FileErrc::too_large;
            text.resize(std::min(max + 1, size * 2));
        }
        const auto n = ::read(descriptor, text.data() + size, text.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return last_error();
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    if (size > max) return FileErrc::too_large;
    text.resize(size);
    return {};
}

Error judge_privacy(const struct stat& about, mode_t shared = 0) {
    if (about.st_uid != ::geteuid() && about.st_uid != 0) return FileErrc::foreign_owner;
    if ((about.st_mode & 077 & ~(shared & ~mode_t{022})) != 0) return FileErrc::loose_mode;
    return {};
}

}  // namespace

Error make_error_code(FileErrc errc) noexcept {
    static const FileCategory category;
    return {static_cast<int>(errc), category};
}

Result<std::string> read_file(const fs::path& path, std::size_t max) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return last_error();
    std::string text;
    const Error ec = read_into(file.get(), text, max);
    if (ec) return ec;
    return text;
}

Result<Secret> read_private_file(const fs::path& path, std::size_t max) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file) return errno == ELOOP ? make_error_code(FileErrc::not_a_file) : last_error();
    struct stat about {};
    if (::fstat(file.get(), &about) != 0) return last_error();
    if (const Error ec = judge_privacy(about)) return ec;
    if (!why_not_trusted(path).empty()) return FileErrc::open_way;
    std::string text;
    const Error ec = read_into(file.get(), text, max);
    if (ec) {
        cleanse(text);
        return ec;
    }
    return Secret(std::move(text));
}

fs::path temporary_of(const fs::path& path) {
    return path.native() + ".new";
}

Error reserve_file(const fs::path& path, std::size_t bytes, mode_t mode) {
    const auto temporary = temporary_of(path);
    const auto opened = open_temporary(temporary, mode);
    if (!opened) return opened.error();
    Descriptor file(*opened);
    // Real bytes: a file system that allocates late would otherwise promise room that it does not have.
    if (const Error ec = write_all(file.get(), std::string(bytes, ' '))) return ec;
    if (::fsync(file.get()) != 0) return last_error();
    if (const Error ec = file.close()) return ec;
    step_done("reserve:" + path.filename().string());
    return sync_folder(folder_of(path));
}

Error write_file(const fs::path& path, std::string_view text, mode_t mode) {
    const auto name = path.filename().string();
    const auto temporary = temporary_of(path);
    const auto opened = open_temporary(temporary, mode);
    if (!opened) return opened.error();
    Descriptor file(*opened);
    step_done("open:" + name);
    // Over the bytes of a reservation, which is cut only once the new ones are there.
    if (const Error ec = write_all(file.get(), text)) return ec;
    step_done("write:" + name);
    if (::ftruncate(file.get(), static_cast<off_t>(text.size())) != 0 || ::fsync(file.get()) != 0) return last_error();
    if (const Error ec = file.close()) return ec;
    step_done("sync:" + name);
    if (::rename(temporary.c_str(), path.c_str()) != 0) return last_error();
    step_done("rename:" + name);
    const Error ec = sync_folder(folder_of(path));
    step_done("folder:" + name);
    return ec;
}

Error erase_file(const fs::path& path) {
    const auto name = path.filename().string();
    {
        Descriptor file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file && errno == ENOENT) return {};
        struct stat about {};
        // What cannot be overwritten (a link, a file system that is full or read in part) is removed all the same.
        if (file && ::fstat(file.get(), &about) == 0 && S_ISREG(about.st_mode)) {
            (void)write_all(file.get(), std::string(static_cast<std::size_t>(about.st_size), '\0'));
            (void)::fdatasync(file.get());
            step_done("overwrite:" + name);
        }
    }
    return remove_file(path);
}

Error remove_file(const fs::path& path) {
    const auto name = path.filename().string();
    if (::unlink(path.c_str()) != 0) return errno == ENOENT ? Error{} : last_error();
    step_done("unlink:" + name);
    const Error ec = sync_folder(folder_of(path));
    step_done("forget:" + name);
    return ec;
}

bool may_be_there(const fs::path& path) {
    std::error_code ec;
    return fs::symlink_status(path, ec).type() != fs::file_type::not_found;
}

Error make_folders(const fs::path& path) {
    std::error_code unseen;
    if (path.empty() || fs::exists(path, unseen)) return {};
    if (::mkdir(path.c_str(), unshared_folder_mode) == 0 || errno == EEXIST) return {};
    if (errno != ENOENT || !path.has_parent_path() || path.parent_path() == path) return last_error();
    if (const Error ec = make_folders(path.parent_path())) return ec;
    return ::mkdir(path.c_str(), unshared_folder_mode) == 0 || errno == EEXIST ? Error{} : last_error();
}

Error make_private_folder(const fs::path& path, mode_t shared) {
    std::error_code ec;
    if (const Error failed = make_folders(path.parent_path())) return failed;
    if (::mkdir(path.c_str(), private_folder_mode) != 0 && errno != EEXIST) return last_error();
    if (!fs::is_directory(path, ec)) return FileErrc::not_a_file;
    return check_private(path, shared);
}

Error check_private(const fs::path& path, mode_t shared) {
    struct stat about {};
    // systemd's state folder of a dynamic user is a link of root's into /var/lib/private: follow it.
    if (::stat(path.c_str(), &about) != 0) return last_error();
    if (const Error ec = judge_privacy(about, shared)) return ec;
    return why_not_trusted(path).empty() ? Error{} : make_error_code(FileErrc::open_way);
}

std::string mode_complaint(const fs::path& path, mode_t shared) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return path.string() + " cannot be looked at";
    if (!judge_privacy(about, shared)) return why_not_trusted(path);
    const char* wanted = S_ISDIR(about.st_mode) ? "0700" : "0600";
    if (about.st_uid != ::geteuid() && about.st_uid != 0) {
        return path.string() + " belongs to user " + std::to_string(about.st_uid) + ", not to user " +
               std::to_string(::geteuid()) + ": run  chown " + std::to_string(::geteuid()) + " " + path.string();
    }
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(about.st_mode & 07777));
    return path.string() + " has mode " + mode + ", so that others may reach what is in it: run  chmod " + wanted +
           " " + path.string();
}

bool is_distrust(Error error) noexcept {
    return error == FileErrc::loose_mode || error == FileErrc::foreign_owner || error == FileErrc::open_way;
}

std::string explain_refusal(const fs::path& path, Error error, mode_t shared) {
    const auto complaint = is_distrust(error) ? mode_complaint(path, shared) : std::string{};
    return complaint.empty() ? path.string() + ": " + error.message() : complaint;
}

void set_step_hook(StepHook hook) noexcept {
    step_hook = hook;
}

void step_done(std::string_view step) {
    if (step_hook != nullptr) step_hook(step);
}

}  // namespace platform
