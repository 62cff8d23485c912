#include "agent/realtime/supervisor.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "agent/realtime/core/payload_id.hpp"
#include "agent/realtime/http_fallback.hpp"
#include "agent/realtime/last_joined.hpp"
#include "agent/realtime/link_memory.hpp"
#include "agent/realtime/resumes.hpp"
#include "agent/realtime/session.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/log/log.hpp"
#include "platform/wait.hpp"

namespace realtime {

namespace log = platform::log;
using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

/// The last join is written at the end, for which a stop has this time at least.
constexpr Duration last_writing = 500ms;

}  // namespace

struct Supervisor::Impl final : ResumeListener {
    Impl(net::any_io_executor executor, platform::Worker& network, const Settings& settings,
         credentials::Tokens& tokens, Listener& listener, platform::Worker& files)
        : link{executor, network, settings, tokens, listener},
          joined{{executor, files, link.settings, link.tokens, link.status, link.replay}},
          pause{executor},
          resumes{executor, *this} {
        link.on_joined = [this] { joined.on_joined(); };
    }

    awaitable<void> work();
    awaitable<void> work_until_stopped();
    awaitable<void> deliver_at_last();
    awaitable<void> write_last();
    void on_resumed() override;
    void on_standstill(Duration how_long) override;
    awaitable<bool> at_the_gate();
    awaitable<void> freshen_token();
    awaitable<End> connect_and_serve();
    awaitable<void> sit_out(const End& end);

    LinkMemory link;
    HttpFallback http{{link.executor, link.network, link.settings, link.tokens, link.status, link.delivery,
                       link.reconnect, link.sent_by_http, link.stop_by}};
    LastJoined joined;
    std::unique_ptr<Session> session;
    bool stood = false;     // the connection that ended last had been open
    bool serving = false;   // one is open now
    bool was_away = false;  // none was when stop() was called first
    TimePoint opened_at{};
    bool woken = false;          // the machine slept since the pause began
    std::uint64_t ended_in = 0;  // bytes of the connections that are over
    std::uint64_t ended_out = 0;
    platform::Timer pause;
    Resumes resumes;
};

Supervisor::Supervisor(net::any_io_executor executor, platform::Worker& network, const Settings& settings,
                       credentials::Tokens& tokens, Listener& listener, platform::Worker* files)
    : impl_{std::make_unique<Impl>(std::move(executor), network, settings, tokens, listener,
                                   files != nullptr ? *files : network)} {}

Supervisor::~Supervisor() = default;

awaitable<Error> Supervisor::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    co_await impl_->joined.recall();
    co_await (impl_->work() || impl_->resumes.run() || impl_->joined.keep() || impl_->http.run());
    impl_->session.reset();
    co_await impl_->write_last();
    impl_->link.status.on(Event::stop);
    impl_->link.status.on(Event::drained);
    co_return Error{};
}

void Supervisor::stop_pacing() {
    impl_->link.delivery.stop_pacing();
    if (impl_->session) impl_->session->wake();
}

void Supervisor::stop(Duration grace) {
    Impl& impl = *impl_;
    impl.link.delivery.stop_pacing();
    const TimePoint until = platform::BootClock::now() + grace;
    if (!impl.link.stop_by) impl.was_away = !impl.serving;
    impl.link.stop_by = impl.link.stop_by ? std::min(*impl.link.stop_by, until) : until;
    impl.link.status.on(Event::stop);
    impl.pause.cancel();
    if (impl.session) impl.session->wake();
}

void Supervisor::set_present(bool present) {
    impl_->link.own.present = present;
    if (impl_->session) impl_->session->follow_presence();
}

void Supervisor::renamed() {
    if (impl_->session) impl_->session->follow_presence();
}

bool Supervisor::publish(Message message) {
    const bool taken = impl_->link.delivery.publish(std::move(message));
    if (impl_->session) impl_->session->wake();
    return taken;
}

void Supervisor::withdraw(Ticket ticket) {
    impl_->link.delivery.outbox().delivered(ticket);
}

void Supervisor::share_pace(std::size_t controllers) {
    impl_->link.delivery.budget().share(controllers);
}

double Supervisor::pace_left(std::size_t controllers) const {
    return impl_->link.delivery.budget().left_for_each(controllers);
}

void Supervisor::be_given_pace(double broadcasts) {
    impl_->link.delivery.budget().be_given(broadcasts, platform::BootClock::now());
    if (impl_->session) impl_->session->wake();
}

TimePoint Supervisor::room_at(TimePoint now, std::size_t ahead) {
    return impl_->link.delivery.room_at(Lane::answer, now, ahead);
}

std::size_t Supervisor::payload_limit() const {
    return impl_->link.delivery.payload_limit();
}

const Status& Supervisor::status() const {
    LinkMemory& link = impl_->link;
    link.delivery.show(platform::BootClock::now());
    const auto* session = impl_->session.get();
    link.status.counters().bytes_in = impl_->ended_in + (session ? session->bytes_read() : 0);
    link.status.counters().bytes_out = impl_->ended_out + (session ? session->bytes_written() : 0);
    return link.status.shown();
}

bool Supervisor::sent_by_http(std::string_view payload) const {
    return impl_->link.sent_by_http.contains(id_in(payload));
}

awaitable<void> Supervisor::Impl::work() {
    co_await net::this_coro::throw_if_cancelled(false);
    co_await work_until_stopped();
    const bool over = co_await cancelled();
    if (over || !was_away || link.delivery.outbox().empty() || link.tokens.current() == nullptr) co_return;
    co_await deliver_at_last();
}

/// The stop came while the socket was away, and answers wait: one connection more within the grace.
awaitable<void> Supervisor::Impl::deliver_at_last() {
    const TimePoint until = *link.stop_by;
    const Duration left = until - platform::BootClock::now();
    if (left <= Duration::zero()) co_return;
    session = std::make_unique<Session>(link);
    pause.expires_at(until);
    auto opening = platform::within(pause, session->open(left));
    const auto failed = co_await std::move(opening);
    const bool stands = failed && !*failed;
    if (stands) co_await session->serve();
    session.reset();
}

/// A disk that stands still does not hold up the end.
awaitable<void> Supervisor::Impl::write_last() {
    const TimePoint least = platform::BootClock::now() + last_writing;
    platform::Timer limit{link.executor};
    const TimePoint until = std::max(link.stop_by.value_or(least), least);
    limit.expires_at(until);
    co_await (joined.write() || platform::expiry(limit));
}

awaitable<void> Supervisor::Impl::work_until_stopped() {
    co_await net::this_coro::throw_if_cancelled(false);
    while (!link.stop_by) {
        const bool paired = co_await at_the_gate();
        if (!paired) co_return;
        co_await freshen_token();
        const bool over = co_await cancelled();
        if (over || link.stop_by) co_return;
        const End end = co_await connect_and_serve();
        const bool over_now = co_await cancelled();
        if (over_now || end.cause == End::Cause::stopped) co_return;
        if (end.cause == End::Cause::unpaired) continue;
        co_await sit_out(end);
        const bool over_at_last = co_await cancelled();
        if (over_at_last) co_return;
    }
}

/// Waits for credentials where there are none. False: stopped or cancelled.
awaitable<bool> Supervisor::Impl::at_the_gate() {
    while (link.tokens.current() == nullptr) {
        link.status.on(Event::unpaired);
        const auto seen = link.tokens.generation();
        pause.expires_at(never);
        co_await (link.tokens.changed(seen) || platform::expiry(pause));
        const bool over = co_await cancelled();
        if (over || link.stop_by) co_return false;
    }
    link.status.on(Event::paired);
    co_return true;
}

/// A token that has run out by the server's clock is replaced before it is used; when that fails it is used anyway, and
/// the server's refusal says what is wrong.
awaitable<void> Supervisor::Impl::freshen_token() {
    if (!link.tokens.has_run_out()) co_return;
    co_await link.tokens.refresh(link.tokens.generation());
}

awaitable<End> Supervisor::Impl::connect_and_serve() {
    session = std::make_unique<Session>(link);
    stood = false;
    const TimePoint begun = platform::BootClock::now();
    const Duration timeout = link.reconnect.open_within(link.settings.net.connect_timeout, begun);
    // A stop ends the attempt; the pause timer is what it cancels.
    pause.expires_at(never);
    auto opening = platform::within(pause, session->open(timeout));
    auto opened = co_await std::move(opening);
    std::optional<End> failed;
    if (opened) {
        failed = std::move(*opened);
    } else if (link.stop_by) {
        failed = End{.cause = End::Cause::stopped};
    } else {
        failed = End{.text = "the machine slept while the connection was opened", .offline = true};
    }
    if (failed) {
        session.reset();
        co_return *failed;
    }
    stood = true;
    opened_at = platform::BootClock::now();
    link.reconnect.opened(opened_at - begun);
    link.status.on(Event::opened);
    serving = true;
    End end = co_await session->serve();
    serving = false;
    ended_in += session->bytes_read();
    ended_out += session->bytes_written();
    session.reset();
    link.reconnect.connection_held(platform::BootClock::now() - opened_at);
    co_return end;
}

awaitable<void> Supervisor::Impl::sit_out(const End& end) {
    const auto judgement = link.status.judge({end.kind, end.number, end.text});
    const Generation present = link.tokens.generation();
    const auto next = link.reconnect.connection_failed(
        judgement, {.offline = end.offline, .stood = stood, .used = end.used, .present = present},
        platform::BootClock::now());
    link.status.because(judgement, next.at, next.how == NextTry::at_once, next.how == NextTry::fresh);
    link.status.on(end.kind == Signal::Kind::upgrade ? Event::refused : Event::lost);
    woken = false;
    Error refreshed = net::error::make_error_code(net::error::operation_aborted);
    if (next.how == NextTry::fresh) refreshed = co_await link.tokens.refresh(end.used);
    if (refreshed) link.status.no_fresh_token(refreshed);
    while (refreshed && !link.stop_by && platform::BootClock::now() < next.at) {
        pause.expires_at(next.at);
        co_await (link.tokens.changed(present) || platform::expiry(pause));
        const bool over = co_await cancelled();
        if (over) co_return;
        // Another token, or a machine that just woke up: worth a try at once.
        if (link.tokens.generation() != present || std::exchange(woken, false)) break;
    }
    if (!link.stop_by) link.status.on(Event::retry);
}

void Supervisor::Impl::on_resumed() {
    log::info("realtime: the machine was asleep: checking the connection");
    if (session) session->resumed();
    woken = true;
    pause.cancel();
}

void Supervisor::Impl::on_standstill(Duration how_long) {
    if (link.stop_by) return;  // a service manager continues what it stops
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(how_long).count();
    const auto what = seconds > 0 ? fmt::format("did not run for {} s", seconds) : "was continued";
    log::info("realtime: this process {}: checking the connection", what);
    if (session) session->look_for_standstill();
    woken = true;
    pause.cancel();
}

}  // namespace realtime
