#include "cdp/browser_host.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>

#include "cdp/core/targets.hpp"
#include "cdp/error.hpp"
#include "cdp/host_relay.hpp"
#include "cdp/host_reset.hpp"
#include "cdp/source.hpp"
#include "platform/file.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/log/log.hpp"
#include "platform/os_error.hpp"
#include "platform/trust.hpp"
#include "platform/wait.hpp"

namespace cdp {
namespace {

using platform::last_error;

using namespace net::experimental::awaitable_operators;
using local = net::local::stream_protocol;

/// Whether a connection that has just come begins with it.
bool only_resets(local::socket& socket) {
    const auto wanted = host_reset_bytes();
    std::string begin(wanted.size(), ' ');
    const auto got = ::recv(socket.native_handle(), begin.data(), begin.size(), MSG_PEEK | MSG_DONTWAIT);
    return got == static_cast<ssize_t>(begin.size()) && begin == wanted;
}

std::unique_ptr<Transport> make_transport(const net::any_io_executor& executor, local::socket socket) {
    Error ignored;
    const int fd = socket.release(ignored);
    platform::UniqueFd from{fd};
    platform::UniqueFd to{::fcntl(fd, F_DUPFD_CLOEXEC, 3)};
    return make_pipe_transport(executor, std::move(from), std::move(to), max_command_bytes);
}

/// Why the host itself ended a browser; empty: nobody has to know.
std::string sentence_of(Error why) {
    if (why == Errc::not_answering) return "The browser hangs. It was ended, and the next agent gets a new one.";
    if (why == Errc::unexpected_answer)
        return "The browser gave no session. It was ended, and the next agent gets a new one.";
    return {};
}

}  // namespace

struct BrowserHost::Impl {
    Impl(net::any_io_executor on, const HostSettings& with)
        : executor{std::move(on)},
          settings{with},
          acceptor{executor},
          stop_signal{executor, TimePoint::max()},
          source{make_launch_source(executor, with.browser)} {}

    awaitable<Error> serve();
    awaitable<void> one_life(local::socket first);
    awaitable<Error> agents(HostRelay& relay, local::socket first);
    awaitable<AgentEnd> one_agent(HostRelay& relay, local::socket socket);
    awaitable<void> refuse_others();
    awaitable<void> refuse(local::socket socket, std::string why);
    awaitable<Result<local::socket>> accept();
    void set(HostState next) {
        state = next;
        if (listener != nullptr) listener->on_host_state();
    }
    bool may_connect(uid_t user) const {
        const auto& allowed = settings.allowed_users;
        return user == ::geteuid() || user == 0 || std::find(allowed.begin(), allowed.end(), user) != allowed.end();
    }

    net::any_io_executor executor;
    const HostSettings& settings;
    local::acceptor acceptor;
    platform::Timer stop_signal;
    std::unique_ptr<Source> source;
    HostListener* listener = nullptr;  // set by connect()
    HostState state = HostState::idle;
    std::string reason;
    bool stopping = false;
};

/// The next connection by somebody who may use the browser. Others get a refusal.
awaitable<Result<local::socket>> BrowserHost::Impl::accept() {
    for (;;) {
        auto [ec, socket] = co_await acceptor.async_accept(no_throw);
        if (ec) co_return ec;
        const auto peer = platform::peer_of(socket.native_handle());
        const auto user = peer ? peer->uid : static_cast<uid_t>(-1);
        if (may_connect(user)) co_return std::move(socket);
        platform::log::warning("browser host: refused a connection by user {}", user);
        co_await refuse(std::move(socket), "this user may not use the browser host");
    }
}

awaitable<void> BrowserHost::Impl::refuse(local::socket socket, std::string why) {
    std::string text = R"({"host":{"error":)";
    platform::append_quoted(text, why);
    text.append("}}").append(1, '\0');
    Error ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(net::buffer(text), ignored);  // an empty socket's buffer takes it; nobody waits for the stranger
    co_return;
}

awaitable<void> BrowserHost::Impl::refuse_others() {
    for (;;) {
        auto other = co_await accept();
        if (!other) co_return;
        co_await refuse(std::move(*other), "another agent uses the browser");
    }
}

awaitable<Error> BrowserHost::Impl::serve() {
    for (;;) {
        set(HostState::idle);
        auto first = co_await accept();
        if (!first) co_return first.error();
        if (only_resets(*first)) continue;  // no browser is needed to end it
        set(HostState::launching);
        co_await one_life(std::move(*first));
        if (stopping) co_return Error{};
    }
}

/// A browser's life: started for an agent, kept for the next ones, until it ends or is to be ended.
awaitable<void> BrowserHost::Impl::one_life(local::socket first) {
    auto opened = co_await source->open();
    if (!opened.transport) {
        reason = opened.problem;
        platform::log::warning("browser host: {}", reason);
        co_await refuse(std::move(first), reason);
        co_await source->close(opened.error, false);
        co_return;
    }
    HostRelay relay{executor, *opened.transport, settings.max_backlog};
    Transport* const transport = opened.transport.get();
    bool planned = false;
    auto ended = [transport, &planned](Error why) {
        planned = why == Errc::planned_restart;
        transport->drop();
    };
    auto idle = [this, &relay] { return state == HostState::ready || (state == HostState::serving && relay.idle()); };
    std::optional<Error> why_ended;
    auto serving = platform::into(why_ended, agents(relay, std::move(first)));
    auto watching = source->watch(ended, idle);
    auto relaying = platform::ignoring(relay.run());
    auto over = co_await (std::move(relaying) || std::move(serving) || std::move(watching));
    opened.transport.reset();
    Error why = over.index() == 1 ? *why_ended : Error{Errc::connection_ended};
    if (stopping) why = Errc::stopped;
    if (planned) why = Errc::planned_restart;
    auto sentence = co_await source->close(why, state == HostState::serving || state == HostState::ready);
    if (sentence.empty()) sentence = sentence_of(why);
    reason = std::move(sentence);  // replaces that of an earlier browser, also if there is none
    if (!reason.empty()) platform::log::warning("browser host: {}", reason);
}

/// Agents, one after another, until the browser is to be ended: one asked for it (Errc::stopped), or it does not
/// answer.
awaitable<Error> BrowserHost::Impl::agents(HostRelay& relay, local::socket first) {
    local::socket socket = std::move(first);
    for (;;) {
        auto serving = one_agent(relay, std::move(socket));
        auto one_served = platform::before(refuse_others(), std::move(serving));
        const auto end = co_await std::move(one_served);
        if (end == AgentEnd::browser_hangs) co_return Errc::not_answering;
        if (end == AgentEnd::browser_refuses) co_return Errc::unexpected_answer;
        if (end != AgentEnd::left || stopping) co_return Errc::stopped;
        set(HostState::ready);
        auto next = co_await accept();
        if (!next) co_return Errc::stopped;
        socket = std::move(*next);
    }
}

awaitable<AgentEnd> BrowserHost::Impl::one_agent(HostRelay& relay, local::socket socket) {
    std::string no_params;
    const auto answer =
        co_await relay.ask("Target.attachToBrowserTarget", std::move(no_params), settings.browser.start_limit);
    const auto session = member(answer.value_or(std::string{}), "sessionId");
    if (session.empty()) {
        co_await refuse(std::move(socket), answer ? "the browser gives no session" : "the browser does not answer");
        co_return answer ? AgentEnd::browser_refuses : AgentEnd::browser_hangs;
    }
    set(HostState::serving);
    auto agent = make_transport(executor, std::move(socket));
    const AgentEnd end = co_await relay.serve(*agent, session, settings.browser.start_limit);
    agent.reset();
    if (end != AgentEnd::left) co_return end;
    // What it opened ends with its session, and nothing of it reaches the next agent: only after the answer one is let
    // in.
    std::string params = R"({"sessionId":")" + session + "\"}";
    const auto detached =
        co_await relay.ask("Target.detachFromTarget", std::move(params), settings.browser.start_limit);
    co_return detached ? AgentEnd::left : AgentEnd::browser_hangs;
}

BrowserHost::BrowserHost(net::any_io_executor executor, const HostSettings& settings)
    : impl_{std::make_unique<Impl>(std::move(executor), settings)} {}

BrowserHost::~BrowserHost() = default;

Error BrowserHost::listen() {
    const auto& path = impl_->settings.browser.host_socket;
    if (path.empty() || path.size() >= sizeof(sockaddr_un{}.sun_path)) return Errc::bad_address;
    const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
    if (!platform::why_not_trusted(folder, platform::Sharing::sticky).empty()) return platform::FileErrc::open_way;
    const local::endpoint endpoint{path};
    Error ec;
    local::socket probe{impl_->executor};
    probe.connect(endpoint, ec);
    if (!ec) return net::error::address_in_use;  // a host that lives; a dead one's socket is removed
    ::unlink(path.c_str());
    ec = {};
    impl_->acceptor.open(endpoint.protocol(), ec);
    if (ec) return ec;
    // Nobody may connect before the modes are right.
    const mode_t before = ::umask(0177);
    impl_->acceptor.bind(endpoint, ec);
    ::umask(before);
    if (ec) return ec;
    const auto group = impl_->settings.socket_group;
    // Started by hand by somebody who is not of the group: then the socket stays his own.
    if (group != static_cast<gid_t>(-1) && ::chown(path.c_str(), static_cast<uid_t>(-1), group) == 0) {
        if (::chmod(path.c_str(), 0660) != 0) return last_error();
    }
    impl_->acceptor.listen(8, ec);
    return ec;
}

awaitable<Error> BrowserHost::run() {
    auto stopped = [this]() -> awaitable<Error> {
        if (!impl_->stopping) co_await platform::expiry(impl_->stop_signal);
        co_return Error{};
    };
    std::optional<Error> first;
    auto serving = platform::into(first, impl_->serve());
    auto stopping = platform::into(first, stopped());
    co_await (std::move(serving) || std::move(stopping));
    // The wait above was ended in the middle of a browser's life, perhaps: end that too.
    co_await impl_->source->close(Errc::stopped, false);
    Error ignored;
    impl_->acceptor.close(ignored);
    ::unlink(impl_->settings.browser.host_socket.c_str());
    co_return *first;
}

void BrowserHost::stop() {
    impl_->stopping = true;
    impl_->stop_signal.cancel();
}

HostState BrowserHost::state() const noexcept {
    return impl_->state;
}
const std::string& BrowserHost::reason() const noexcept {
    return impl_->reason;
}
void BrowserHost::connect(HostListener& listener) noexcept {
    impl_->listener = &listener;
}

}  // namespace cdp
