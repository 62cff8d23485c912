#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <utility>

#include "agent/credentials/store.hpp"
#include "platform/file.hpp"
#include "platform/text.hpp"

namespace credentials {
namespace {

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

std::optional<long> Lock::holder(const std::filesystem::path& file) {
    const auto text = platform::read_file(file, 64);
    if (!text) return std::nullopt;
    const auto digits = platform::trim(*text);
    long pid = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if (ec != std::errc{} || end != digits.data() + digits.size() || pid <= 0) return std::nullopt;
    return pid;
}

void Lock::sign() {
    const auto text = std::to_string(::getpid()) + "\n";
    // Only the refusal's text needs it: a disk that is full does not keep the agent from running.
    if (::ftruncate(descriptor_, 0) != 0) return;
    [[maybe_unused]] const auto n = ::pwrite(descriptor_, text.data(), text.size(), 0);
}

}  // namespace credentials
