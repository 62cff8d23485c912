// The agent's end of a browser that lives in the browser host (cdp/browser_host.hpp says how the two speak).
#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>

#include "cdp/core/targets.hpp"
#include "cdp/error.hpp"
#include "cdp/host_reset.hpp"
#include "cdp/source.hpp"
#include "platform/file.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"
#include "platform/trust.hpp"
#include "platform/wait.hpp"

namespace cdp {
namespace {

using local = net::local::stream_protocol;

class HostedSource final : public Source {
  public:
    HostedSource(net::any_io_executor executor, const Settings& settings)
        : executor_{std::move(executor)}, settings_{settings} {}

    awaitable<Opened> open() override {
        platform::Timer timer{executor_};
        timer.expires_after(settings_.start_limit);
        auto connecting = platform::within(timer, connect());
        auto opened = co_await std::move(connecting);
        if (opened) co_return std::move(*opened);
        co_return failed(Errc::start_timeout, "the browser host takes connections and gives no session");
    }

    awaitable<void> watch(std::function<void(Error)>, std::function<bool()>) override {
        platform::Timer never{executor_, TimePoint::max()};
        co_await platform::expiry(never);
    }

    awaitable<std::string> close(Error why, bool) override {
        if (std::exchange(discard_, false)) end_the_browser();
        line_.reset();
        co_return why == Errc::connection_ended
            ? "The browser host ended the connection: its browser went, or it was stopped."
            : std::string{};
    }

    void discard() override { discard_ = true; }

  private:
    /// On the connection that there is, which stands before all others at the host; else on a new one.
    void end_the_browser() {
        const Error unsent = line_ ? send_host_reset(line_) : Error{net::error::not_connected};
        if (!unsent) return;
        const Error ec = leave_host_reset(settings_.host_socket);
        if (ec) platform::log::warning("browser: the browser host could not be asked to end it: {}", ec.message());
    }

    awaitable<Opened> connect() {
        local::socket socket{executor_};
        Error ec;
        if (settings_.host_socket.size() >= sizeof(sockaddr_un{}.sun_path)) {
            co_return failed(Errc::bad_address, "the path of its socket is too long");
        }
        const local::endpoint endpoint{settings_.host_socket};
        socket.open(endpoint.protocol(), ec);
        if (ec) co_return failed(ec, ec.message());
        // Before the connection is made: from its first moment on it may be what close() needs.
        line_ = platform::UniqueFd{::fcntl(socket.native_handle(), F_DUPFD_CLOEXEC, 3)};
        auto [refused] = co_await socket.async_connect(endpoint, no_throw);
        if (refused) co_return failed(refused, refused.message());
        const auto host_process = platform::peer_of(socket.native_handle());
        if (!host_process || !platform::may_serve(settings_.host_socket, host_process->uid)) {
            co_return failed(Errc::host_refused, Error{platform::FileErrc::stranger}.message());
        }
        const int fd = socket.release(ec);
        platform::UniqueFd from{fd};
        platform::UniqueFd to{::fcntl(fd, F_DUPFD_CLOEXEC, 3)};
        auto transport = make_pipe_transport(executor_, std::move(from), std::move(to), max_pipe_message_bytes);
        const auto greeting = co_await transport->read();
        if (!greeting) co_return failed(Errc::host_refused, "it closed the connection: " + greeting.error().message());
        const auto host = raw_member(greeting->text, "host");
        Opened opened;
        opened.root_session = member(host, "session");
        if (opened.root_session.empty()) co_return failed(Errc::host_refused, member(host, "error"));
        opened.transport = std::move(transport);
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
