#include "agent/credentials/lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "platform/file.hpp"
#include "platform/text.hpp"

namespace credentials {
namespace {

/// A pid, and the path of a unix socket: the kernel takes 107 bytes.
constexpr std::size_t signature_bytes = 512;

/// flock belongs to the open file: two takers in one process keep each other out as two processes do, and the kernel
/// frees it however the holder ends.
Result<int> take_flock(const std::filesystem::path& file, int how) {
    const int number = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, platform::private_file_mode);
    if (number < 0) return Error(errno, boost::system::generic_category());
    int done = 0;
    do done = ::flock(number, how);
    while (done != 0 && errno == EINTR);
    if (done == 0) return number;
    const Error ec(errno, boost::system::generic_category());
    ::close(number);
    return ec.value() == EWOULDBLOCK ? make_error_code(Errc::locked) : ec;
}

/// A line of the kernel's list is "1: FLOCK ADVISORY WRITE 4711 fe:01:1234 0 EOF"; one of somebody who waits has "->"
/// in it. The device is left out: some file systems have another one here than for stat().
bool is_flock_of(const std::string& line, long pid, ino_t inode) {
    std::istringstream words(line);
    std::string number;
    std::string kind;
    std::string strength;
    std::string mode;
    std::string place;
    long holder = 0;
    words >> number >> kind >> strength >> mode >> holder >> place;
    return words && kind == "FLOCK" && holder == pid && place.ends_with(':' + std::to_string(inode));
}

bool lives(long pid) {
    return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

}  // namespace

Result<Lock> Lock::try_take(const std::filesystem::path& file) {
    const auto number = take_flock(file, LOCK_EX | LOCK_NB);
    if (!number) return number.error();
    return Lock(*number);
}

Result<Lock> Lock::take(const std::filesystem::path& file) {
    const auto number = take_flock(file, LOCK_EX);
    if (!number) return number.error();
    return Lock(*number);
}

Lock::Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Lock& Lock::operator=(Lock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Lock::~Lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<Lock::Signature> Lock::holder(const std::filesystem::path& file) {
    const auto text = platform::read_file(file, signature_bytes);
    if (!text) return std::nullopt;
    const auto lines = platform::split(*text, '\n');
    const auto digits = platform::trim(lines.front());
    Signature found;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), found.pid);
    if (ec != std::errc{} || end != digits.data() + digits.size() || found.pid <= 0) return std::nullopt;
    if (lines.size() > 1) found.socket = lines[1];
    return found;
}

std::optional<Lock::Signature> Lock::present_holder(const std::filesystem::path& file) {
    auto signature = holder(file);
    struct stat facts {};
    if (!signature || !lives(signature->pid) || ::stat(file.c_str(), &facts) != 0) return std::nullopt;
    // The number of one that was killed may be another process's by now. Linux tells who holds what.
    std::ifstream locks("/proc/locks");
    if (!locks) return signature;
    for (std::string line; std::getline(locks, line);) {
        if (is_flock_of(line, signature->pid, facts.st_ino)) return signature;
    }
    return std::nullopt;
}

void Lock::sign(const std::filesystem::path& socket) {
    const auto text = fmt::format("{}\n{}\n", ::getpid(), socket.native());
    // It helps others alone: a disk that is full does not keep the agent from running.
    if (::ftruncate(descriptor_, 0) != 0) return;
    [[maybe_unused]] const auto n = ::pwrite(descriptor_, text.data(), text.size(), 0);
}

}  // namespace credentials
