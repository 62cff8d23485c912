#include "agent/cli/record_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

#include "agent/bridge/core/replay_line.hpp"
#include "agent/cli/terminal.hpp"
#include "platform/os_error.hpp"
#include "platform/text.hpp"

namespace cli {
namespace {

constexpr mode_t record_mode = 0600;
/// Opening a FIFO waits for nobody.
constexpr int record_flags = O_RDWR | O_CREAT | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
constexpr std::string_view first_bytes = "{\"recording\":";

std::string time_of_record() {
    return bridge::write_record_time(
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()));
}

/// Whether nothing is in it, or a recording.
bool may_be_replaced(int file, off_t size) {
    std::array<char, first_bytes.size()> begun{};
    if (size == 0) return true;
    const auto n = ::pread(file, begun.data(), begun.size(), 0);
    return n == static_cast<ssize_t>(begun.size()) && std::string_view(begun.data(), begun.size()) == first_bytes;
}

}  // namespace

bool RecordFile::open() {
    if (!wished()) return true;
    file_ = platform::UniqueFd{::open(wished_.file.c_str(), record_flags, record_mode)};
    if (!file_) {
        complain("--record: " + wished_.file.string() + " cannot be opened: " + platform::last_error().message());
        return false;
    }
    if (open_ours()) return true;
    file_ = {};
    return false;
}

/// Looks at what was opened, and empties it.
bool RecordFile::open_ours() {
    const auto name = "--record: " + wished_.file.string();
    struct stat about {};
    if (::fstat(file_.get(), &about) != 0) return complain(name + ": " + platform::last_error().message()), false;
    const bool ours = S_ISREG(about.st_mode) && about.st_nlink == 1 && about.st_uid == ::geteuid();
    if (!ours) return complain(name + " is no file of this user's: choose another name"), false;
    if (!may_be_replaced(file_.get(), about.st_size)) {
        return complain(name + " is there and is no recording: choose another name"), false;
    }
    if (::fchmod(file_.get(), record_mode) == 0 && ::ftruncate(file_.get(), 0) == 0) return true;
    return complain(name + " cannot be written: " + platform::last_error().message()), false;
}

void RecordFile::begin(bridge::RecordHead head) {
    head.with_params = wished_.with_params;
    append(bridge::write_record_head(head, time_of_record()));
}

bool RecordFile::write(const bridge::SeenMessage& sight) {
    return append(bridge::write_record(sight, time_of_record(), wished_.with_params));
}

bool RecordFile::append(std::string_view line) {
    if (!file_) return false;
    const auto text = platform::escape_hidden(line) + "\n";
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto n = ::write(file_.get(), rest.data(), rest.size());
        if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
        if (n >= 0 || errno == EINTR) continue;
        complain("--record: the recording ends here, since " + wished_.file.string() +
                 " cannot be written: " + platform::last_error().message());
        file_ = {};
        return false;
    }
    return true;
}

}  // namespace cli
