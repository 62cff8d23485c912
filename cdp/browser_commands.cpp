// Commands on their way to a browser: handed to the connection at once, or kept until there is one, or a default page.
#include <utility>

#include "cdp/browser_impl.hpp"
#include "cdp/core/hint.hpp"
#include "cdp/error.hpp"

namespace cdp {
namespace {

using platform::BootClock;

constexpr auto for_the_page = static_cast<std::uint8_t>(Destination::Kind::default_page);

Kept keep(const Request& request, std::uint64_t standstills) {
    Kept kept;
    kept.ticket = request.ticket;
    kept.kind = static_cast<std::uint8_t>(request.to.kind);
    kept.session = request.to.session;
    kept.method = request.method;
    kept.params = request.params;
    kept.deadline = request.deadline;
    kept.sender = request.sender;
    kept.arrived = BootClock::now();
    kept.standstills = standstills;
    kept.content = request.content;
    return kept;
}

}  // namespace

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

/// A command that waited here while the process stood still is as old as one that waited in the socket.
void Browser::Impl::give_up_stale() {
    const auto now = standstills.count();
    for (const auto& kept : waiting.take([now](const Kept& it) { return it.standstills != now; })) {
        if (kept.kind == for_the_page) --waiting_for_page;
        answer(kept, Fate::stale, {});
    }
}

void Browser::Impl::give_up_waiting(TimePoint now) {
    give_up_stale();
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

/// Why a command that makes one more of something is refused; empty: it is not.
std::string Browser::Impl::refuse_for_number(std::string_view method) const {
    if (method == "Target.createTarget") return attachment->refuse_page();
    if (method != "Target.attachToTarget" && method != "Target.attachToBrowserTarget") return {};
    if (attachment->link().sessions().size() < settings.max_sessions) return {};
    return "There are as many sessions open as may be (" + std::to_string(settings.max_sessions) +
           "): detach from one first.";
}

void Browser::Impl::submit(const Request& request) {
    if (!attachment || !attachment->ready()) return wait_for_it(request);
    const std::string full = refuse_for_number(request.method);
    if (!full.empty()) return asker->on_answer({request.ticket, Fate::overloaded, full, request.to.session});
    if (request.to.kind == Destination::Kind::session) return pass(request, request.to.session);
    if (request.to.kind == Destination::Kind::browser || !settings.default_page) return pass(request, {});
    if (attachment->page_ready() && !waits_for_page()) return pass(request, attachment->page().session());
    wait_for_it(request);
    attachment->need_page();
}

void Browser::Impl::forget(Ticket ticket) {
    if (attachment && attachment->link().forget(ticket)) return;
    for (const auto& kept : waiting.take([ticket](const Kept& it) { return it.ticket == ticket; })) {
        if (kept.kind == for_the_page) --waiting_for_page;
    }
}

void Browser::Impl::pass(const Request& request, std::string_view session) {
    if (const auto refusal = attachment->refusal(request, session)) {
        return asker->on_answer({request.ticket, refusal->fate, refusal->text, session});
    }
    // The page's own session may be forgotten by notice(): the link copies it first.
    attachment->link().submit(request, session);
    attachment->notice(session, request.method, request.params);
}

void Browser::Impl::wait_for_it(const Request& request) {
    const Kept kept = keep(request, standstills.count());
    if (state == BrowserState::absent) return answer(kept, Fate::unavailable, "No browser is there. " + reason);
    if (kept.bytes() + envelope_overhead > max_command_bytes) {
        return answer(kept, Fate::too_large, "The command is beyond the browser's limit of 100 MiB.");
    }
    if (!waiting.admits(kept.sender, settings.max_in_flight) ||
        waiting.bytes() + kept.bytes() > settings.max_bytes_held) {
        return answer(kept, Fate::overloaded, "Too many commands wait for the browser.");
    }
    if (kept.kind == for_the_page) ++waiting_for_page;
    standstills.attend();
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
    request.sender = kept.sender;
    request.content = kept.content;
    submit(request);
}

void Browser::Impl::send_waiting(bool for_page) {
    give_up_stale();
    auto wanted = [for_page](const Kept& kept) { return (kept.kind == for_the_page) == for_page; };
    const auto taken = waiting.take(wanted);
    if (for_page) waiting_for_page = 0;
    for (const auto& kept : taken) send(kept);
}

void Browser::Impl::on_page_failed(std::string_view why) {
    waiting_for_page = 0;
    for (const auto& kept : waiting.take([](const Kept& it) { return it.kind == for_the_page; })) {
        answer(kept, Fate::unavailable, why);
    }
}

}  // namespace cdp
