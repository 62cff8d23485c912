#include "platform/watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace platform {
namespace {

constexpr std::uint32_t interesting = IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM;

}  // namespace

struct FolderWatch::Impl {
    net::posix::stream_descriptor events;
    std::filesystem::path folder;
    std::function<bool(std::string_view)> wanted;
    bool begun;
    alignas(inotify_event) std::array<char, 4096> buffer{};

    /// What the events in the buffer come to: nothing wanted, something wanted, or the folder gone.
    enum class Seen { nothing, wanted, gone };

    Seen look(std::size_t size) const {
        Seen seen = Seen::nothing;
        for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const char* name = buffer.data() + at + sizeof event;
            at += sizeof event + event.len;
            if ((event.mask & IN_IGNORED) != 0) return Seen::gone;
            // An overflow means that anything may have happened.
            if ((event.mask & IN_Q_OVERFLOW) != 0 || (event.len > 0 && wanted(name))) seen = Seen::wanted;
        }
        return seen;
    }
};

FolderWatch::FolderWatch(net::any_io_executor executor, std::filesystem::path folder,
                         std::function<bool(std::string_view)> wanted, bool begun)
    : impl_(new Impl{net::posix::stream_descriptor(executor), std::move(folder), std::move(wanted), begun}) {}

FolderWatch::~FolderWatch() = default;

Error FolderWatch::open() {
    const int number = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (number < 0) return {errno, boost::system::generic_category()};
    const std::uint32_t events = interesting | IN_ONLYDIR | (impl_->begun ? IN_CREATE : 0U);
    if (::inotify_add_watch(number, impl_->folder.c_str(), events) < 0) {
        const Error ec(errno, boost::system::generic_category());
        ::close(number);
        return ec;
    }
    Error ignored;
    impl_->events.close(ignored);
    impl_->events.assign(number);
    return {};
}

awaitable<Error> FolderWatch::next() {
    auto seen = Impl::Seen::nothing;
    for (;;) {
        // A cancellation that comes when the read has its bytes already ends neither that read nor the next one.
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return net::error::make_error_code(net::error::operation_aborted);
        if (seen == Impl::Seen::gone) co_return Error(ENOENT, boost::system::generic_category());
        if (seen == Impl::Seen::wanted) co_return Error{};
        const auto room = net::buffer(impl_->buffer);
        const auto [ec, size] = co_await impl_->events.async_read_some(room, no_throw);
        if (ec) co_return ec;
        seen = impl_->look(size);
    }
}

}  // namespace platform
