#include "agent/credentials/lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
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

void Lock::sign(const std::filesystem::path& socket) {
    const auto text = fmt::format("{}\n{}\n", ::getpid(), socket.native());
    // It helps others alone: a disk that is full does not keep the agent from running.
    if (::ftruncate(descriptor_, 0) != 0) return;
    [[maybe_unused]] const auto n = ::pwrite(descriptor_, text.data(), text.size(), 0);
}

}  // namespace credentials
