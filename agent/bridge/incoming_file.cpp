#include "agent/bridge/incoming_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "agent/bridge/core/file_names.hpp"
#include "platform/crypto.hpp"
#include "platform/os_error.hpp"

namespace bridge {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t name_bytes = 16;  // random: nobody can put something there before us
/// What a browser gives to files that it makes; the umask takes from it.
constexpr mode_t download_mode = 0666;

platform::UniqueFd create_new(const fs::path& path) {
    return platform::UniqueFd{
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, download_mode)};
}

bool same_content(const fs::path& one, const fs::path& other) {
    std::error_code unknown;
    if (!fs::is_regular_file(fs::symlink_status(other, unknown))) return false;
    if (fs::file_size(one, unknown) != fs::file_size(other, unknown) || unknown) return false;
    std::ifstream left{one, std::ios::binary};
    std::ifstream right{other, std::ios::binary};
    using Bytes = std::istreambuf_iterator<char>;
    return left && right && std::equal(Bytes{left}, Bytes{}, Bytes{right}, Bytes{});
}

/// Gives the whole file a second name; file_exists where anything has it, a link too. Some file systems have no links:
/// there an empty file takes the name first, and is replaced.
Error give_name(const fs::path& whole, const fs::path& name) {
    if (::link(whole.c_str(), name.c_str()) == 0) return {};
    if (errno == EEXIST || !create_new(name)) return platform::last_error();
    if (::rename(whole.c_str(), name.c_str()) == 0) return {};
    const Error failed = platform::last_error();
    ::unlink(name.c_str());  // the empty one
    return failed;
}

}  // namespace

Result<std::shared_ptr<IncomingFile>> IncomingFile::create(const fs::path& folder) {
    std::error_code ec;
    fs::create_directories(folder, ec);
    auto path = folder / (".download-" + platform::hex(platform::random_bytes(name_bytes)));
    auto file = create_new(path);
    if (!file) return platform::last_error();
    return std::shared_ptr<IncomingFile>{new IncomingFile{folder, std::move(path), std::move(file)}};
}

IncomingFile::~IncomingFile() {
    remove();
}

void IncomingFile::remove() {
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
}

Error IncomingFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(file_.get(), bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) return platform::last_error();
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::string> IncomingFile::finish(const std::string& name, bool exact) {
    // Network file systems say here that the disk is full.
    const bool closed = ::close(file_.release()) == 0 || errno == EINTR;
    auto path = closed ? take_name(name, exact) : Result<std::string>{platform::last_error()};
    remove();
    return path;
}

Result<std::string> IncomingFile::take_name(const std::string& name, bool exact) const {
    for (int count = 0; count < (exact ? 1 : most_names); ++count) {
        const auto path = folder_ / numbered_name(name, count);
        const Error failed = give_name(path_, path);
        if (!failed) return path.string();
        // Another client that was told of the same download has brought it into the same folder.
        if (exact && failed == boost::system::errc::file_exists && same_content(path_, path)) return path.string();
        if (failed != boost::system::errc::file_exists) return failed;
    }
    return Error{boost::system::errc::make_error_code(boost::system::errc::file_exists)};
}

}  // namespace bridge
