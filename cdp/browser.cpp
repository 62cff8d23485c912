#include "cdp/browser.hpp"

#include <optional>
#include <random>
#include <string>
#include <utility>

#include "cdp/attachment.hpp"
#include "cdp/browser_standing.hpp"
#include "cdp/error.hpp"
#include "cdp/settings.hpp"
#include "cdp/source.hpp"
#include "cdp/waiting_commands.hpp"
#include "platform/clock.hpp"
#include "platform/core/backoff.hpp"
#include "platform/wait.hpp"

namespace cdp {
namespace {

using namespace net::experimental::awaitable_operators;
using platform::BootClock;

std::unique_ptr<Source> make_source(const net::any_io_executor& executor, const Settings& settings) {
    if (settings.mode == BrowserMode::attach) return make_attach_source(executor, settings);
    if (settings.mode == BrowserMode::hosted) return make_hosted_source(executor, settings);
    return make_launch_source(executor, settings);
}

}  // namespace

/// One browser after another, and the way of a command to the one that is there.
struct Browser::Impl final : AttachmentOwner {
    Impl(net::any_io_executor on, const Settings& with, const PlaceRules* places);

    awaitable<void> supervise();
    awaitable<Error> one_life();
    awaitable<Error> serve(Opened& opened);
    awaitable<void> pause(Duration delay);
    awaitable<void> until_stopped();
    awaitable<void> until_wanted();

    void submit(const Request& request);
    void forget(Ticket ticket);
    void send(const std::vector<WaitingCommand>& commands);
    std::string refuse_for_number(std::string_view method) const;
    Downloads* downloads() noexcept { return attachment ? attachment->downloads() : nullptr; }

    void on_ready(const BrowserVersion& version) override;
    void on_page_ready() override { send(waiting.take_for_page()); }
    void on_page_failed(std::string_view why) override { waiting.fail_for_page(why); }

    net::any_io_executor executor;
    const Settings& settings;
    const PlaceRules* rules;
    Asker* asker = nullptr;  // set by connect()
    std::unique_ptr<Source> source;
    std::unique_ptr<Attachment> attachment;
    BrowserStanding standing;
    WaitingCommands waiting;
    platform::Timer stop_signal;          // cancelled by stop()
    platform::Timer ask_signal;           // cancelled where a person is to be asked for consent again
    std::optional<TimePoint> refused_at;  // by that person; nothing: not now
    std::mt19937 random;
    bool stopping = false;
    bool discarding = false;  // the source has still to be closed, so that it ends its browser
};

Browser::Impl::Impl(net::any_io_executor on, const Settings& with, const PlaceRules* places)
    : executor{std::move(on)},
      settings{with},
      rules{places},
      source{make_source(executor, settings)},
      standing{settings.healthy_after,
               [this] {
                   waiting.look_again();
                   if (asker != nullptr) asker->on_browser_state();
               }},
      waiting{executor, settings, standing},
      stop_signal{executor, TimePoint::max()},
      ask_signal{executor, TimePoint::max()},
      random{std::random_device{}()} {
    source->on_waiting([this](std::string sentence) { standing.on_waiting(std::move(sentence)); });
}

awaitable<void> Browser::Impl::supervise() {
    platform::Backoff backoff{settings.backoff_first, settings.backoff_cap, settings.healthy_after};
    while (!stopping) {
        standing.begin_life(BootClock::now());
        const Error why = co_await one_life();
        if (stopping) break;
        if (why == Errc::no_consent) {
            co_await until_wanted();
            continue;
        }
        const bool planned = why == Errc::planned_restart;
        auto delay = Duration::zero();
        if (!planned) {
            if (const auto held = standing.count_failure(BootClock::now())) backoff.held(*held);
            delay = backoff.next(std::uniform_real_distribution<>{}(random));
        }
        standing.wait_until(BootClock::now() + delay, planned);
        co_await pause(delay);
    }
    if (std::exchange(discarding, false)) co_await source->close(Errc::stopped, false);
    standing.on_stopped();
}

/// From the start of one browser (or the try of a connection) to the end of it.
awaitable<Error> Browser::Impl::one_life() {
    auto opening = platform::before(until_stopped(), source->open());
    auto tried = co_await std::move(opening);
    Opened opened = tried ? std::move(*tried) : Opened{};
    Error why = opened.transport ? Error{} : opened.error;
    std::string sentence = std::move(opened.problem);
    Strays strays;
    if (opened.transport) standing.on_started(std::move(opened.fence));
    if (opened.transport && !stopping) {
        why = co_await serve(opened);
        if (sentence.empty()) sentence = attachment->problem();
        strays = attachment->link().strays();
    }
    opened.transport.reset();
    attachment.reset();
    const Error closed_for = stopping ? Error{Errc::stopped} : why;
    const auto ending = co_await source->close(closed_for, standing.answered());
    if (!ending.empty()) sentence = ending;
    standing.on_ended(sentence.empty() ? why.message() : sentence, strays);
    co_return why;
}

/// While the connection lives; the attachment stays for the caller to look at.
awaitable<Error> Browser::Impl::serve(Opened& opened) {
    attachment = std::make_unique<Attachment>(AttachmentNeeds{.executor = executor,
                                                              .transport = std::move(opened.transport),
                                                              .root_session = std::move(opened.root_session),
                                                              .settings = settings,
                                                              .places = rules,
                                                              .asker = *asker,
                                                              .owner = *this});
    auto ended = [this](Error error) { attachment->end(error); };
    auto idle = [this] { return attachment->ready() && attachment->link().in_flight() == 0 && waiting.size() == 0; };
    auto serving = platform::before(source->watch(ended, idle), attachment->run());
    const auto served = co_await std::move(serving);
    co_return served.value_or(Errc::connection_ended);
}

awaitable<void> Browser::Impl::pause(Duration delay) {
    platform::Timer timer{executor};
    timer.expires_after(delay);
    co_await (platform::expiry(timer) || until_stopped());
}

awaitable<void> Browser::Impl::until_stopped() {
    if (stopping) co_return;
    co_await platform::expiry(stop_signal);
}

/// A person said no, or nothing: each further try would be one more question.
awaitable<void> Browser::Impl::until_wanted() {
    standing.wait_until(std::nullopt, false);
    refused_at = BootClock::now();
    ask_signal.expires_at(TimePoint::max());
    co_await (source->changed() || platform::expiry(ask_signal) || until_stopped());
    refused_at.reset();
}

void Browser::Impl::on_ready(const BrowserVersion& version) {
    standing.on_answered(version);
    send(waiting.take_for_browser());
    if (!waiting.any_for_page()) return;
    if (settings.default_page) return attachment->need_page();
    send(waiting.take_for_page());
}

void Browser::Impl::send(const std::vector<WaitingCommand>& commands) {
    for (const WaitingCommand& command : commands) submit(request_of(command));
}

void Browser::Impl::submit(const Request& request) {
    if (!attachment || !attachment->ready()) {
        if (refused_at && BootClock::now() - *refused_at >= settings.consent_again) ask_signal.cancel();
        return waiting.keep(request);
    }
    const std::string full = refuse_for_number(request.method);
    if (!full.empty()) return asker->on_answer({request.ticket, Fate::overloaded, full, request.to.session});
    if (request.to.kind == Destination::Kind::session) return attachment->submit(request, request.to.session);
    if (request.to.kind == Destination::Kind::browser || !settings.default_page) return attachment->submit(request, {});
    if (attachment->page_ready() && !waiting.any_for_page())
        return attachment->submit(request, attachment->page().session());
    waiting.keep(request);
    attachment->need_page();
}

void Browser::Impl::forget(Ticket ticket) {
    if (attachment && attachment->forget(ticket)) return;
    waiting.forget(ticket);
}

/// Why a command that makes one more of something is refused; empty: it is not.
std::string Browser::Impl::refuse_for_number(std::string_view method) const {
    if (method == "Target.createTarget") return attachment->refuse_page();
    if (method != "Target.attachToTarget" && method != "Target.attachToBrowserTarget") return {};
    if (attachment->link().sessions().size() < settings.max_sessions) return {};
    return "There are as many sessions open as may be (" + std::to_string(settings.max_sessions) +
           "): detach from one first.";
}

Browser::Browser(net::any_io_executor executor, const Settings& settings, const PlaceRules* rules)
    : impl_{std::make_unique<Impl>(std::move(executor), settings, rules)} {}

Browser::~Browser() = default;

void Browser::connect(Asker& asker) noexcept {
    impl_->asker = &asker;
    impl_->waiting.connect(asker);
}

awaitable<Error> Browser::run() {
    co_await (impl_->supervise() || impl_->waiting.tend());
    impl_->waiting.abandon();
    impl_->stopping = false;
    impl_->stop_signal.expires_at(TimePoint::max());
    co_return Error{};
}

void Browser::stop(Leave leave) {
    if (leave == Leave::ended) {
        impl_->source->discard();
        impl_->discarding = true;
    }
    impl_->stopping = true;
    impl_->stop_signal.cancel();
    if (!impl_->attachment) return;
    const bool lives_on = impl_->settings.mode != BrowserMode::launch && leave == Leave::running;
    if (lives_on && impl_->attachment->ready()) return impl_->attachment->leave(impl_->settings.leave_limit);
    impl_->attachment->end(Errc::stopped);
}

void Browser::try_again() {
    impl_->ask_signal.cancel();
}

void Browser::submit(const Request& request) {
    impl_->submit(request);
}

void Browser::forget(Ticket ticket) {
    impl_->forget(ticket);
}

void Browser::hear_downloads(std::string_view params) {
    if (Downloads* const downloads = impl_->downloads()) downloads->hear(params);
}

void Browser::cancel_download(std::string_view guid) {
    if (Downloads* const downloads = impl_->downloads()) downloads->cancel(guid);
}

void Browser::close_page_of_download(std::string_view guid) {
    if (Downloads* const downloads = impl_->downloads()) downloads->close_page_of(guid);
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

std::string_view Browser::top_of(std::string_view session) const {
    return impl_->attachment ? impl_->attachment->link().top_of(session) : std::string_view{};
}

std::vector<std::string> Browser::sessions_below(std::string_view top) const {
    return impl_->attachment ? impl_->attachment->link().sessions_below(top) : std::vector<std::string>{};
}

BrowserStatus Browser::status() const {
    BrowserStatus status;
    status.waiting = impl_->waiting.size();
    status.bytes_held = impl_->waiting.bytes();
    const Link* const link = impl_->attachment ? &impl_->attachment->link() : nullptr;
    impl_->standing.show(status, link, BootClock::now());
    return status;
}

}  // namespace cdp
