#include "cdp/browser.hpp"

#include <random>
#include <utility>

#include "agent/core/backoff.hpp"
#include "cdp/attachment.hpp"
#include "cdp/core/hint.hpp"
#include "cdp/core/waiting.hpp"
#include "cdp/error.hpp"
#include "cdp/settings.hpp"
#include "cdp/source.hpp"
#include "platform/log.hpp"

namespace cdp {
namespace {

using namespace net::experimental::awaitable_operators;
using platform::BootClock;

constexpr auto for_the_page = static_cast<std::uint8_t>(Destination::Kind::default_page);

std::unique_ptr<Source> make_source(const net::any_io_executor& executor, const Settings& settings) {
    switch (settings.mode) {
        case BrowserMode::attach:
            return make_attach_source(executor, settings);
        case BrowserMode::hosted:
            return make_hosted_source(executor, settings);
        case BrowserMode::launch:
            break;
    }
    return make_launch_source(executor, settings);
}

Kept keep(const Request& request, TimePoint now) {
    Kept kept;
    kept.ticket = request.ticket;
    kept.kind = static_cast<std::uint8_t>(request.to.kind);
    kept.session = request.to.session;
    kept.method = request.method;
    kept.params = request.params;
    kept.deadline = request.deadline;
    kept.arrived = now;
    return kept;
}

}  // namespace

struct Browser::Impl final : AttachmentOwner {
    Impl(net::any_io_executor on, const Settings& with, Asker& answers)
        : executor{std::move(on)},
          settings{with},
          asker{answers},
          source{make_source(executor, settings)},
          wake{executor},
          stop_signal{executor, TimePoint::max()},
          random{std::random_device{}()} {}

    awaitable<void> supervise();
    awaitable<Error> one_life();
    awaitable<void> pause(Duration delay);
    awaitable<void> until_stopped();
    awaitable<void> tend_waiting();

    void set(BrowserEvent event, std::string reason);
    void submit(const Request& request);
    void pass(const Request& request, std::string_view session);
    void wait_for_it(const Request& request);
    void send(const Kept& kept);
    void send_waiting(bool for_page);
    void give_up_waiting(TimePoint now);
    void abandon_waiting();
    void answer(const Kept& kept, Fate fate, std::string_view text) {
        asker.on_answer({kept.ticket, fate, text, kept.session});
    }

    void on_ready(const BrowserVersion& its) override;
    void on_page_ready() override { send_waiting(true); }
    void on_page_failed(std::string_view why) override;

    bool waits_for_page() const noexcept { return waiting_for_page > 0; }
    bool healthy() const noexcept { return answered && BootClock::now() - began >= settings.healthy_after; }
    bool coming() const noexcept { return state == BrowserState::launching || state == BrowserState::attached; }

    net::any_io_executor executor;
    const Settings& settings;
    Asker& asker;
    std::unique_ptr<Source> source;
    std::unique_ptr<Attachment> attachment;
    WaitingQueue waiting;
    std::size_t waiting_for_page = 0;
    platform::Timer wake;         // tend_waiting() looks again
    platform::Timer stop_signal;  // cancelled by stop()
    std::mt19937 random;
    std::function<void()> listener;
    BrowserState state = BrowserState::absent;
    std::string reason;
    BrowserVersion version;
    std::optional<TimePoint> next_try;
    std::uint64_t lives = 0;
    std::uint64_t failures = 0;      // lives in a row that ended too early
    TimePoint began{};               // this life
    std::uint64_t late_answers = 0;  // of earlier connections
    std::uint64_t unreadable = 0;    // likewise
    bool stopping = false;
    bool answered = false;  // in this life
};

void Browser::Impl::set(BrowserEvent event, std::string why) {
    const auto before = std::exchange(state, next(state, event));
    reason = std::move(why);
    if (before != state) {
        platform::log::info("browser: {} -> {}{}{}", name_of(before), name_of(state), reason.empty() ? "" : ": ",
                            reason);
    }
    wake.cancel();
    if (listener) listener();
}

awaitable<void> Browser::Impl::supervise() {
    core::Backoff backoff{settings.backoff_first, settings.backoff_cap, settings.healthy_after};
    while (!stopping) {
        if (lives++ > 0) next_try.reset();
        set(BrowserEvent::start, lives > 1 ? "The browser is being brought back." : "The browser is being started.");
        began = BootClock::now();
        answered = false;
        const Error why = co_await one_life();
        if (stopping) break;
        auto delay = Duration::zero();
        if (why != Errc::planned_restart) {
            if (healthy()) failures = 0;
            ++failures;
            if (answered) backoff.held(BootClock::now() - began);
            delay = backoff.next(std::uniform_real_distribution<>{}(random));
        }
        next_try = BootClock::now() + delay;
        set(BrowserEvent::ended, reason);
        co_await pause(delay);
    }
    next_try.reset();
    set(BrowserEvent::stop, "The browser link was stopped.");
}

/// From the start of one browser (or the try of a connection) to the end of it; `reason` then says why.
awaitable<Error> Browser::Impl::one_life() {
    Opened opened;
    auto first = co_await (source->open() || until_stopped());
    if (auto* tried = std::get_if<0>(&first)) opened = std::move(*tried);
    Error why = opened.transport ? Error{} : opened.error;
    std::string sentence = std::move(opened.problem);
    if (opened.transport && !stopping) {
        attachment = std::make_unique<Attachment>(executor, std::move(opened.transport), settings, asker, *this,
                                                  std::move(opened.root_session));
        auto ended = [this](Error error) { attachment->end(error); };
        auto idle = [this] {
            return attachment->ready() && attachment->link().in_flight() == 0 && waiting.size() == 0;
        };
        auto served = co_await (attachment->run() || source->watch(ended, idle));
        why = served.index() == 0 ? std::get<0>(served) : Error{Errc::connection_ended};
        late_answers += attachment->link().late_answers();
        unreadable += attachment->link().unreadable();
    }
    opened.transport.reset();
    attachment.reset();
    const Error closed_for = stopping ? Error{Errc::stopped} : why;
    const auto ending = co_await source->close(closed_for, answered);
    if (!ending.empty()) sentence = ending;
    reason = sentence.empty() ? why.message() : sentence;
    co_return why;
}

awaitable<void> Browser::Impl::pause(Duration delay) {
    platform::Timer timer{executor};
    timer.expires_after(delay);
    co_await (timer.async_wait(no_throw) || until_stopped());
}

awaitable<void> Browser::Impl::until_stopped() {
    if (stopping) co_return;
    co_await stop_signal.async_wait(no_throw);
}

/// Answers the commands that waited too long for a browser, or for the default page.
awaitable<void> Browser::Impl::tend_waiting() {
    for (;;) {
        give_up_waiting(BootClock::now());
        const auto grace = coming() ? std::nullopt : std::optional{settings.unavailable_grace};
        wake.expires_at(waiting.next(grace).value_or(TimePoint::max()));
        co_await wake.async_wait(no_throw);
        const auto cancelled = co_await net::this_coro::cancellation_state;
        if (is_cancelled(cancelled)) co_return;
    }
}

void Browser::Impl::give_up_waiting(TimePoint now) {
    auto late = [now](const Kept& kept) { return kept.deadline <= now; };
    for (const auto& kept : waiting.take(late)) {
        if (kept.kind == for_the_page) --waiting_for_page;
        Unanswered facts;
        facts.method = kept.method;
        facts.waited = kept.deadline - kept.arrived;
        facts.waits_for_browser = state != BrowserState::attached;
        facts.waits_for_page = !facts.waits_for_browser;
        answer(kept, Fate::timed_out, timeout_hint(facts));
    }
    if (coming()) return;
    const auto grace = state == BrowserState::absent ? Duration::zero() : settings.unavailable_grace;
    auto hopeless = [now, grace](const Kept& kept) { return kept.arrived + grace <= now; };
    for (const auto& kept : waiting.take(hopeless)) {
        if (kept.kind == for_the_page) --waiting_for_page;
        answer(kept, Fate::unavailable, "No browser is there. " + reason);
    }
}

void Browser::Impl::abandon_waiting() {
    waiting_for_page = 0;
    for (const auto& kept : waiting.take([](const Kept&) { return true; })) {
        answer(kept, Fate::unavailable, "No browser is there. " + reason);
    }
}

void Browser::Impl::submit(const Request& request) {
    if (!attachment || !attachment->ready()) return wait_for_it(request);
    if (request.to.kind == Destination::Kind::session) return pass(request, request.to.session);
    if (request.to.kind == Destination::Kind::browser || !settings.default_page) return pass(request, {});
    if (attachment->page_ready() && !waits_for_page()) return pass(request, attachment->page().session());
    wait_for_it(request);
    attachment->need_page();
}

void Browser::Impl::pass(const Request& request, std::string_view session) {
    // The page's own session may be forgotten by notice(): the link copies it first.
    attachment->link().submit(request, session);
    attachment->notice(session, request.method, request.params);
}

void Browser::Impl::wait_for_it(const Request& request) {
    const Kept kept = keep(request, BootClock::now());
    if (state == BrowserState::absent) return answer(kept, Fate::unavailable, "No browser is there. " + reason);
    if (kept.bytes() + envelope_overhead > max_command_bytes) {
        return answer(kept, Fate::too_large, "The command is beyond the browser's limit of 100 MiB.");
    }
    if (waiting.size() >= settings.max_in_flight || waiting.bytes() + kept.bytes() > settings.max_bytes_held) {
        return answer(kept, Fate::overloaded, "Too many commands wait for the browser.");
    }
    if (kept.kind == for_the_page) ++waiting_for_page;
    waiting.add(kept);
    wake.cancel();
}

void Browser::Impl::send(const Kept& kept) {
    Request request;
    request.ticket = kept.ticket;
    request.to.kind = static_cast<Destination::Kind>(kept.kind);
    request.to.session = kept.session;
    request.method = kept.method;
    request.params = kept.params;
    request.deadline = kept.deadline;
    submit(request);
}

void Browser::Impl::send_waiting(bool for_page) {
    auto wanted = [for_page](const Kept& kept) { return (kept.kind == for_the_page) == for_page; };
    const auto taken = waiting.take(wanted);
    if (for_page) waiting_for_page = 0;
    for (const auto& kept : taken) send(kept);
}

void Browser::Impl::on_ready(const BrowserVersion& its) {
    version = its;
    answered = true;
    set(BrowserEvent::answered, {});
    send_waiting(false);
    if (!waits_for_page()) return;
    if (settings.default_page) return attachment->need_page();
    send_waiting(true);
}

void Browser::Impl::on_page_failed(std::string_view why) {
    waiting_for_page = 0;
    for (const auto& kept : waiting.take([](const Kept& it) { return it.kind == for_the_page; })) {
        answer(kept, Fate::unavailable, why);
    }
}

Browser::Browser(net::any_io_executor executor, const Settings& settings, Asker& asker)
    : impl_{std::make_unique<Impl>(std::move(executor), settings, asker)} {}

Browser::~Browser() = default;

awaitable<Error> Browser::run() {
    co_await (impl_->supervise() || impl_->tend_waiting());
    impl_->abandon_waiting();
    impl_->stopping = false;
    impl_->stop_signal.expires_at(TimePoint::max());
    co_return Error{};
}

void Browser::stop(Leave leave) {
    if (leave == Leave::ended) impl_->source->discard();
    impl_->stopping = true;
    impl_->stop_signal.cancel();
    if (impl_->attachment) impl_->attachment->end(Errc::stopped);
}

void Browser::on_state(std::function<void()> listener) {
    impl_->listener = std::move(listener);
}

void Browser::submit(const Request& request) {
    impl_->submit(request);
}

const TargetInfo* Browser::target_of(std::string_view session) const {
    return impl_->attachment ? impl_->attachment->link().sessions().target_of(session) : nullptr;
}

const TargetInfo* Browser::default_page() const {
    if (!impl_->attachment || !impl_->attachment->page_ready()) return nullptr;
    return impl_->attachment->link().sessions().target(impl_->attachment->page().target());
}

BrowserStatus Browser::status() const {
    BrowserStatus status;
    status.state = impl_->state;
    status.reason = impl_->reason;
    status.product = impl_->version.product;
    status.protocol_version = impl_->version.protocol_version;
    status.user_agent = impl_->version.user_agent;
    status.waiting = impl_->waiting.size();
    status.bytes_held = impl_->waiting.bytes();
    status.restarts = impl_->lives > 0 ? impl_->lives - 1 : 0;
    status.failures = impl_->attachment && impl_->healthy() ? 0 : impl_->failures;
    status.late_answers = impl_->late_answers;
    status.unreadable = impl_->unreadable;
    status.next_try = impl_->next_try;
    if (impl_->attachment) {
        const auto& link = impl_->attachment->link();
        status.in_flight = link.in_flight();
        status.sessions = link.sessions().size();
        status.bytes_held += link.bytes_held();
        status.late_answers += link.late_answers();
        status.unreadable += link.unreadable();
    }
    return status;
}

}  // namespace cdp
