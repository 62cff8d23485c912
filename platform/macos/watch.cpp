#ifdef __APPLE__
#include "platform/watch.hpp"

#include <map>
#include <string>
#include <utility>

namespace platform {
namespace {

/// kqueue tells of a folder's entries, not of their content: the folder is looked at this often instead.
constexpr std::chrono::seconds look_every{2};

}  // namespace

struct FolderWatch::Impl {
    Timer timer;
    std::filesystem::path folder;
    std::function<bool(std::string_view)> wanted;
    std::map<std::string, std::filesystem::file_time_type> seen = {};

    std::map<std::string, std::filesystem::file_time_type> look() const {
        std::map<std::string, std::filesystem::file_time_type> found;
        std::error_code ec;
        for (const auto& entry : std::filesystem::directory_iterator(folder, ec)) {
            const auto name = entry.path().filename().string();
            if (wanted(name)) found[name] = entry.last_write_time(ec);
        }
        return found;
    }
};

FolderWatch::FolderWatch(net::any_io_executor executor, std::filesystem::path folder,
                         std::function<bool(std::string_view)> wanted, bool /*begun: any entry counts*/)
    : impl_(new Impl{Timer(executor), std::move(folder), std::move(wanted)}) {}

FolderWatch::~FolderWatch() = default;

Error FolderWatch::open() {
    impl_->seen = impl_->look();
    return {};
}

awaitable<Error> FolderWatch::next() {
    for (;;) {
        impl_->timer.expires_after(look_every);
        const auto [ec] = co_await impl_->timer.async_wait(no_throw);
        if (ec) co_return ec;
        auto now = impl_->look();
        if (now == impl_->seen) continue;
        impl_->seen = std::move(now);
        co_return Error{};
    }
}

}  // namespace platform
#endif
