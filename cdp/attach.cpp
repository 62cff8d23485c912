// Attaches to a browser that somebody else runs and that has a DevTools port open.
#include <boost/asio/ip/tcp.hpp>

#include "cdp/core/hint.hpp"
#include "cdp/discover.hpp"
#include "cdp/error.hpp"
#include "cdp/source.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"
#include "platform/watch.hpp"
#include "platform/websocket/websocket.hpp"

namespace cdp {
namespace {

using tcp = net::ip::tcp;

constexpr std::string_view waiting_for_consent =
    "Waiting for somebody to press Allow in Chrome, which asks whether the agent may control it.";

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
    if (error == Errc::no_consent) {
        return "Chrome at " + where +
               " was asked for consent, and nobody pressed Allow. It is asked again when it starts anew, when a "
               "command "
               "comes after a minute, or by agent --resume.";
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
        status_ = 0;
        platform::Timer timer{executor_};
        timer.expires_after(settings_.start_limit);
        auto finding = platform::within(timer, find());
        const auto found = co_await std::move(finding);
        if (!found) co_return failed(Errc::start_timeout);
        const Result<Endpoint>& endpoint = *found;
        if (!endpoint) co_return failed(endpoint.error());
        if (endpoint->asks) report_waiting(std::string{waiting_for_consent});
        timer.expires_after(endpoint->asks ? settings_.consent_limit : settings_.start_limit);
        auto connecting = connect(*endpoint);
        auto limited = platform::within(timer, std::move(connecting));
        auto opened = co_await std::move(limited);
        if (opened) co_return std::move(*opened);
        co_return failed(endpoint->asks ? Errc::no_consent : Errc::start_timeout);
    }

    /// Another start of Chrome writes the file anew.
    awaitable<void> changed() override {
        const auto is_port_file = [](std::string_view name) { return name == port_file_name; };
        platform::FolderWatch watch{executor_, settings_.browser_url, is_port_file};
        Error failed = watch.open();
        while (!failed && port_file() == asked_) {
            const Error next = co_await watch.next();
            failed = next;
        }
        if (failed) co_await Source::changed();  // the folder has gone: there is no other browser in it
    }

    awaitable<void> watch(std::function<void(Error)>, std::function<bool()>) override {
        platform::Timer never{executor_, TimePoint::max()};
        co_await platform::expiry(never);
    }

    awaitable<std::string> close(Error, bool) override { co_return std::string{}; }

  private:
    awaitable<Result<Endpoint>> find() {
        const auto address = parse_browser_address(settings_.browser_url);
        if (!address) co_return address.error();
        asked_ = port_file();
        auto endpoint = co_await discover(*address, settings_.allow_remote_browser);
        co_return endpoint;
    }

    /// What the file says; empty where there is none.
    std::string port_file() const {
        const auto text = read_port_file(settings_.browser_url);
        return text ? *text : std::string{};
    }

    awaitable<Opened> connect(Endpoint endpoint) {
        Opened opened;
        tcp::socket socket{executor_};
        auto [ec] = co_await socket.async_connect(endpoint.address, no_throw);
        if (ec) co_return failed(endpoint.asks ? Error{Errc::stale_port_file} : ec);
        Error ignored;
        socket.set_option(tcp::no_delay{true}, ignored);

        platform::WebSocketOptions options;
        options.max_message = max_websocket_message_bytes;
        if (endpoint.asks) options.handshake_timeout = settings_.consent_limit;
        options.mask = !endpoint.address.address().is_loopback();
        platform::WebSocket websocket{executor_, options};
        platform::Upgrade upgrade;
        upgrade.host = endpoint.address.address().to_string();
        upgrade.port = endpoint.address.port();
        upgrade.target = endpoint.path;
        const Error refused = co_await websocket.connect(std::move(socket), std::move(upgrade), nullptr);
        if (refused) {
            status_ = websocket.refusal().status;
            if (!endpoint.asks) co_return failed(refused);
            // A browser with another id in its path asks nobody.
            co_return failed(status_ == http_not_found ? Errc::stale_port_file : Errc::no_consent);
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
    std::string asked_;  // the port file of the browser that was asked last
};

}  // namespace

std::unique_ptr<Source> make_attach_source(const net::any_io_executor& executor, const Settings& settings) {
    return std::make_unique<AttachSource>(executor, settings);
}

}  // namespace cdp
