#include "cdp/temporary_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>

#include "platform/file.hpp"
#include "platform/os_error.hpp"
#include "platform/process/process.hpp"
#include "platform/trust.hpp"

namespace cdp {
namespace {

using platform::last_error;

namespace fs = std::filesystem;

constexpr std::string_view prefix = "bmc-browser-";
constexpr const char* lock_name = "owner.lock";

template <class Number>
bool read_number(std::string_view& text, Number& number) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end == text.data() + text.size() || *end != '-') return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return true;
}

/// The folder's lock, if nobody holds it: then nobody who is alive owns the folder, whatever pid namespace he is in.
platform::UniqueFd take_lock(const fs::path& folder, int flags) {
    platform::UniqueFd lock{::open((folder / lock_name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600)};
    if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) lock.reset();
    return lock;
}

}  // namespace

Result<TemporaryFolder> TemporaryFolder::create(const fs::path& base) {
    if (const Error ec = platform::make_folders(base)) return ec;
    if (!platform::why_not_trusted(base, platform::Sharing::sticky).empty()) return platform::FileErrc::open_way;
    const auto pid = ::getpid();
    const auto start = platform::process_start_time(pid).value_or(0);
    auto name = base / (std::string{prefix} + std::to_string(pid) + "-" + std::to_string(start) + "-XXXXXX");
    auto text = name.string();
    if (::mkdtemp(text.data()) == nullptr) return last_error();
    TemporaryFolder folder;
    folder.path_ = text;
    folder.lock_ = take_lock(folder.path_, O_CREAT);
    if (!folder.lock_) return last_error();
    return folder;
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_{std::move(other.path_)}, lock_{std::move(other.lock_)} {
    other.path_.clear();
}

TemporaryFolder& TemporaryFolder::operator=(TemporaryFolder&& other) noexcept {
    if (this != &other) {
        remove();
        path_ = std::move(other.path_);
        lock_ = std::move(other.lock_);
        other.path_.clear();
    }
    return *this;
}

TemporaryFolder::~TemporaryFolder() {
    remove();
}

bool TemporaryFolder::remove() noexcept {
    if (path_.empty()) return true;
    std::error_code failed;
    fs::remove_all(path_, failed);
    std::error_code ignored;
    if (fs::exists(path_, ignored)) return false;
    path_.clear();
    return true;
}

std::optional<FolderOwner> owner_of(std::string_view folder_name) {
    if (!folder_name.starts_with(prefix)) return std::nullopt;
    folder_name.remove_prefix(prefix.size());
    FolderOwner owner;
    if (!read_number(folder_name, owner.pid) || !read_number(folder_name, owner.start_time)) return std::nullopt;
    if (owner.pid <= 0 || folder_name.empty()) return std::nullopt;
    return owner;
}

bool is_locked(const fs::path& folder) {
    std::error_code ignored;
    return fs::exists(folder / lock_name, ignored) && !take_lock(folder, 0);
}

fs::path snap_base() {
    const char* home = std::getenv("HOME");
    return home != nullptr ? fs::path{home} / "snap/chromium/common/bmc-agent" : fs::path{};
}

fs::path temporary_base(const std::string& configured) {
    if (!configured.empty()) return configured;
    const char* folder = std::getenv("TMPDIR");
    return folder != nullptr && *folder == '/' ? folder : "/tmp";
}

}  // namespace cdp
