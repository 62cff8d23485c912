#include "agent/relay/nameless_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "platform/file.hpp"
#include "platform/os_error.hpp"
#include "platform/trust.hpp"

namespace relay {
namespace {

Result<platform::UniqueFd> open_nameless(const std::string& folder) {
    if (!platform::why_not_trusted(folder, platform::Sharing::sticky).empty()) return platform::FileErrc::open_way;
#ifdef O_TMPFILE
    platform::UniqueFd fd{::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (fd) return fd;
#endif
    std::string path = folder + "/bmc-agent-XXXXXX";
    platform::UniqueFd named{::mkstemp(path.data())};
    if (!named) return platform::last_error();
    ::unlink(path.c_str());
    ::fcntl(named.get(), F_SETFD, FD_CLOEXEC);
    return named;
}

}  // namespace

Result<std::shared_ptr<NamelessFile>> NamelessFile::create(const std::string& folder) {
    auto file = open_nameless(folder);
    if (!file) return file.error();
    return std::shared_ptr<NamelessFile>{new NamelessFile{std::move(*file)}};
}

Error NamelessFile::write(std::size_t offset, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::pwrite(file_.get(), text.data(), text.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return platform::last_error();
        offset += static_cast<std::size_t>(written);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::string> NamelessFile::read(std::size_t offset, std::size_t size) const {
    std::string text(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got = ::pread(file_.get(), text.data() + have, size - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0 ? Error{EIO, boost::system::system_category()} : platform::last_error();
        have += static_cast<std::size_t>(got);
    }
    return text;
}

}  // namespace relay
