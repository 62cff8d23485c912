// The agent's end of a browser that lives in the browser host (cdp/browser_host.hpp says how the two speak).
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>

#include "cdp/browser_host.hpp"
#include "cdp/core/targets.hpp"
#include "cdp/error.hpp"
#include "cdp/source.hpp"
#include "platform/file.hpp"
#include "platform/text.hpp"
#include "platform/trust.hpp"

namespace cdp {
namespace {

using namespace net::experimental::awaitable_operators;
using local = net::local::stream_protocol;

#ifdef MSG_NOSIGNAL
constexpr int no_signal = MSG_NOSIGNAL;
#else
constexpr int no_signal = 0;  // the transport has seen to SIGPIPE
#endif

class HostedSource final : public Source {
  public:
    HostedSource(net::any_io_executor executor, const Settings& settings)
        : executor_{std::move(executor)}, settings_{settings} {}

    awaitable<Opened> open() override {
        platform::Timer timer{executor_};
        timer.expires_after(settings_.start_limit);
        auto done = co_await (connect() || timer.async_wait(no_throw));
        if (auto* opened = std::get_if<0>(&done)) co_return std::move(*opened);
        co_return failed(Errc::start_timeout, "the browser host takes connections and gives no session");
    }

    awaitable<void> watch(std::function<void(Error)>, std::function<bool()>) override {
        platform::Timer never{executor_, TimePoint::max()};
        co_await never.async_wait(no_throw);
    }

    awaitable<std::string> close(Error why, bool) override {
        if (std::exchange(discard_, false) && line_) {
            // The NUL in front ends a message that may have been half written when the connection ended.
            std::string reset(1, '\0');
            reset.append(host_reset_message).append(1, '\0');
            [[maybe_unused]] const auto sent =
                ::send(line_.get(), reset.data(), reset.size(), MSG_DONTWAIT | no_signal);
        }
        line_.reset();
        co_return why == Errc::connection_ended
            ? "The browser host ended the connection: its browser went, or it was stopped."
            : std::string{};
    }

    void discard() override { discard_ = true; }

  private:
    awaitable<Opened> connect() {
        local::socket socket{executor_};
        Error ec;
        if (settings_.host_socket.size() >= sizeof(sockaddr_un{}.sun_path)) {
            co_return failed(Errc::bad_address, "the path of its socket is too long");
        }
        const local::endpoint endpoint{settings_.host_socket};
        auto [refused] = co_await socket.async_connect(endpoint, no_throw);
        if (refused) co_return failed(refused, refused.message());
        const auto host_process = platform::peer_of(socket.native_handle());
        if (!host_process || !platform::may_serve(settings_.host_socket, host_process->uid)) {
            co_return failed(Errc::host_refused, Error{platform::FileErrc::stranger}.message());
        }
        const int fd = socket.release(ec);
        platform::UniqueFd from{fd};
        platform::UniqueFd to{::fcntl(fd, F_DUPFD_CLOEXEC, 3)};
        platform::UniqueFd line{::fcntl(fd, F_DUPFD_CLOEXEC, 3)};
        auto transport = make_pipe_transport(executor_, std::move(from), std::move(to), max_pipe_message_bytes);
        const auto greeting = co_await transport->read();
        if (!greeting) co_return failed(Errc::host_refused, "it closed the connection: " + greeting.error().message());
        const auto host = raw_member(greeting->text, "host");
        Opened opened;
        opened.root_session = member(host, "session");
        if (opened.root_session.empty()) co_return failed(Errc::host_refused, member(host, "error"));
        opened.transport = std::move(transport);
        line_ = std::move(line);
        co_return opened;
    }

    Opened failed(Error error, const std::string& why) const {
        Opened opened;
        opened.error = error;
        opened.problem = "The browser host at " + platform::clean(settings_.host_socket) + " gave no browser (" +
                         platform::clean(why, 600) + "): is its service running, and may this user use its socket?";
        return opened;
    }

    net::any_io_executor executor_;
    const Settings& settings_;
    platform::UniqueFd line_;  // the connection once more: close() speaks on it when the transport has gone
    bool discard_ = false;
};

}  // namespace

std::unique_ptr<Source> make_hosted_source(const net::any_io_executor& executor, const Settings& settings) {
    return std::make_unique<HostedSource>(executor, settings);
}

}  // namespace cdp
