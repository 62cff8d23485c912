// Attaches to a browser that somebody else runs and that has a DevTools port open.
#include <boost/asio/ip/tcp.hpp>

#include "cdp/core/hint.hpp"
#include "cdp/discover.hpp"
#include "cdp/error.hpp"
#include "cdp/source.hpp"
#include "platform/text.hpp"
#include "platform/websocket/websocket.hpp"

namespace cdp {
namespace {

using namespace net::experimental::awaitable_operators;
using tcp = net::ip::tcp;

std::string explain(const Settings& settings, Error error, int status) {
    const auto where = platform::clean(settings.browser_url, 200);
    if (error == Errc::not_loopback) {
        return "The browser's address " + where +
               " is not on this machine: set browser.allow_remote to let the agent use it all the same.";
    }
    if (error == Errc::bad_address) {
        return "The browser's address " + where +
               " cannot be read: give http://host:port, host:port, ws://host:port/devtools/browser/ID, or a profile "
               "folder.";
    }
    if (error == Errc::not_devtools) {
        return "The program that answers at " + where +
               " is no DevTools endpoint: the port may be taken by another program.";
    }
    if (error == Errc::stale_port_file) {
        return "DevToolsActivePort in " + where +
               " names a browser that runs no more: start one with --remote-debugging-port=0 on this profile folder.";
    }
    if (error == boost::system::errc::no_such_file_or_directory) {
        return "There is no DevToolsActivePort in " + where +
               ": start the browser with --remote-debugging-port=0 and this --user-data-dir.";
    }
    if (error == Errc::start_timeout) return "The browser at " + where + " takes connections and does not answer.";
    if (status != 0) {
        return "The browser at " + where + " refused the websocket (HTTP " + std::to_string(status) + ").";
    }
    return "No browser answers at " + where + " (" + error.message() +
           "): start it with --remote-debugging-port, or let the agent launch one.";
}

class AttachSource final : public Source {
  public:
    AttachSource(net::any_io_executor executor, const Settings& settings)
        : executor_{std::move(executor)}, settings_{settings} {}

    awaitable<Opened> open() override {
        platform::Timer timer{executor_};
        timer.expires_after(settings_.start_limit);
        status_ = 0;
        auto done = co_await (connect() || timer.async_wait(no_throw));
        if (auto* opened = std::get_if<0>(&done)) co_return std::move(*opened);
        Opened late;
        late.error = Errc::start_timeout;
        late.problem = explain(settings_, late.error, 0);
        co_return late;
    }

    awaitable<void> watch(std::function<void(Error)>, std::function<bool()>) override {
        platform::Timer never{executor_, TimePoint::max()};
        co_await never.async_wait(no_throw);
    }

    awaitable<std::string> close(Error, bool) override { co_return std::string{}; }

  private:
    awaitable<Opened> connect() {
        Opened opened;
        const auto address = parse_browser_address(settings_.browser_url);
        if (!address) co_return failed(address.error());
        auto endpoint = co_await discover(*address, settings_.allow_remote_browser);
        if (!endpoint) co_return failed(endpoint.error());
        tcp::socket socket{executor_};
        auto [ec] = co_await socket.async_connect(endpoint->address, no_throw);
        if (ec) co_return failed(ec);
        Error ignored;
        socket.set_option(tcp::no_delay{true}, ignored);

        platform::WebSocketOptions options;
        options.max_message = max_websocket_message_bytes;
        options.mask = !endpoint->address.address().is_loopback();
        platform::WebSocket websocket{executor_, options};
        platform::Upgrade upgrade;
        upgrade.host = endpoint->address.address().to_string();
        upgrade.port = endpoint->address.port();
        upgrade.target = endpoint->path;
        const Error refused = co_await websocket.connect(std::move(socket), std::move(upgrade), nullptr);
        if (refused) {
            status_ = websocket.refusal().status;
            co_return failed(refused);
        }
        opened.transport = make_websocket_transport(std::move(websocket));
        co_return opened;
    }

    Opened failed(Error error) const {
        Opened opened;
        opened.error = error;
        opened.problem = explain(settings_, error, status_);
        return opened;
    }

    net::any_io_executor executor_;
    const Settings& settings_;
    int status_ = 0;
};

}  // namespace

std::unique_ptr<Source> make_attach_source(const net::any_io_executor& executor, const Settings& settings) {
    return std::make_unique<AttachSource>(executor, settings);
}

}  // namespace cdp
