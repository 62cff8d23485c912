#include "cdp/browser.hpp"

#include <utility>

#include "cdp/browser_impl.hpp"
#include "cdp/error.hpp"
#include "platform/core/backoff.hpp"
#include "platform/log/log.hpp"

namespace cdp {
namespace {

using namespace net::experimental::awaitable_operators;
using platform::BootClock;

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

}  // namespace

Browser::Impl::Impl(net::any_io_executor on, const Settings& with)
    : executor{std::move(on)},
      settings{with},
      source{make_source(executor, settings)},
      wake{executor},
      stop_signal{executor, TimePoint::max()},
      random{std::random_device{}()} {}

void Browser::Impl::set(BrowserEvent event, std::string why, bool planned) {
    const auto before = std::exchange(state, next(state, event));
    reason = std::move(why);
    if (before != state) {
        const auto level =
            event == BrowserEvent::ended && !planned ? platform::log::Level::warning : platform::log::Level::info;
        // Why a browser is needed was told when the last one went.
        const auto why_now =
            event == BrowserEvent::start || reason.empty() ? std::string{} : fmt::format(": {}", reason);
        platform::log::write(level, fmt::format("browser: {} -> {}{}", name_of(before), name_of(state), why_now));
    }
    wake.cancel();
    if (listener) listener();
}

awaitable<void> Browser::Impl::supervise() {
    platform::Backoff backoff{settings.backoff_first, settings.backoff_cap, settings.healthy_after};
    while (!stopping) {
        if (lives++ > 0) next_try.reset();
        // Why the last one went stays known for as long as no other answers.
        set(BrowserEvent::start, lives > 1 ? fmt::format("The browser is being brought back. {}", last_end)
                                           : "The browser is being started.");
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
        set(BrowserEvent::ended, reason, why == Errc::planned_restart);
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
    if (opened.transport) fence = std::move(opened.fence);
    if (opened.transport && !stopping) {
        attachment = std::make_unique<Attachment>(executor, std::move(opened.transport), settings, *asker, *this,
                                                  std::move(opened.root_session));
        auto ended = [this](Error error) { attachment->end(error); };
        auto idle = [this] {
            return attachment->ready() && attachment->link().in_flight() == 0 && waiting.size() == 0;
        };
        auto served = co_await (attachment->run() || source->watch(ended, idle));
        why = served.index() == 0 ? std::get<0>(served) : Error{Errc::connection_ended};
        if (sentence.empty()) sentence = attachment->problem();
        strays += attachment->link().strays();
    }
    opened.transport.reset();
    attachment.reset();
    const Error closed_for = stopping ? Error{Errc::stopped} : why;
    const auto ending = co_await source->close(closed_for, answered);
    if (!ending.empty()) sentence = ending;
    last_end = sentence.empty() ? why.message() : sentence;
    reason = last_end;
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

void Browser::Impl::on_ready(const BrowserVersion& its) {
    version = its;
    answered = true;
    set(BrowserEvent::answered, {});
    send_waiting(false);
    if (!waits_for_page()) return;
    if (settings.default_page) return attachment->need_page();
    send_waiting(true);
}

Browser::Browser(net::any_io_executor executor, const Settings& settings)
    : impl_{std::make_unique<Impl>(std::move(executor), settings)} {}

Browser::~Browser() = default;

void Browser::connect(Asker& asker) noexcept {
    impl_->asker = &asker;
}

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

void Browser::forget(Ticket ticket) {
    impl_->forget(ticket);
}

void Browser::hear_downloads(std::string_view params) {
    if (impl_->attachment) impl_->attachment->hear_downloads(params);
}

void Browser::cancel_download(std::string_view guid) {
    if (impl_->attachment) impl_->attachment->cancel_download(guid);
}

void Browser::close_page_of_download(std::string_view guid) {
    if (impl_->attachment) impl_->attachment->close_page_of_download(guid);
}

const TargetInfo* Browser::target_of(std::string_view session) const {
    return impl_->attachment ? impl_->attachment->link().sessions().target_of(session) : nullptr;
}

const TargetInfo* Browser::target(std::string_view id) const {
    return impl_->attachment ? impl_->attachment->link().sessions().target(id) : nullptr;
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
    status.next_try = impl_->next_try;
    status.fence = impl_->fence;
    Strays strays = impl_->strays;
    if (impl_->attachment) {
        const auto& link = impl_->attachment->link();
        status.in_flight = link.in_flight();
        status.sessions = link.sessions().size();
        status.bytes_held += link.bytes_held();
        strays += link.strays();
    }
    status.late_answers = strays.late_answers;
    status.unreadable = strays.unreadable;
    return status;
}

}  // namespace cdp
