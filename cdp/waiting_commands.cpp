#include "cdp/waiting_commands.hpp"

#include <string>
#include <utility>

#include "cdp/core/hint.hpp"
#include "platform/clock.hpp"
#include "platform/wait.hpp"

namespace cdp {
namespace {

using platform::BootClock;

constexpr auto page_kind = static_cast<std::uint8_t>(Destination::Kind::default_page);

bool is_for_page(const Kept& kept) noexcept {
    return kept.kind == page_kind;
}

Kept kept_of(const Request& request, std::uint64_t standstills) {
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

Request request_of(const Kept& kept) noexcept {
    Request request;
    request.ticket = kept.ticket;
    request.to.kind = static_cast<Destination::Kind>(kept.kind);
    request.to.session = kept.session;
    request.method = kept.method;
    request.params = kept.params;
    request.deadline = kept.deadline;
    request.sender = kept.sender;
    request.content = kept.content;
    return request;
}

WaitingCommands::WaitingCommands(const net::any_io_executor& executor, const Settings& settings,
                                 const BrowserStanding& standing)
    : settings_{settings}, standing_{standing}, standstills_{platform::Standstills::of(executor)}, wake_{executor} {}

void WaitingCommands::keep(const Request& request) {
    const Kept kept = kept_of(request, standstills_.count());
    if (standing_.state() == BrowserState::absent) return answer_without_browser(kept);
    if (kept.bytes() + envelope_overhead > max_command_bytes) {
        return answer(kept, Fate::too_large, "The command is beyond the browser's limit of 100 MiB.");
    }
    if (!queue_.admits(kept.sender, settings_.max_in_flight) ||
        queue_.bytes() + kept.bytes() > settings_.max_bytes_held) {
        return answer(kept, Fate::overloaded, "Too many commands wait for the browser.");
    }
    if (is_for_page(kept)) ++for_page_;
    standstills_.attend();
    queue_.add(kept);
    look_again();
}

template <class Wanted>
std::vector<Kept> WaitingCommands::take(Wanted wanted) {
    auto taken = queue_.take(wanted);
    for (const Kept& kept : taken) {
        if (is_for_page(kept)) --for_page_;
    }
    return taken;
}

void WaitingCommands::forget(Ticket ticket) {
    take([ticket](const Kept& kept) { return kept.ticket == ticket; });
}

std::vector<Kept> WaitingCommands::take_for_browser() {
    give_up_stale();
    return take([](const Kept& kept) { return !is_for_page(kept); });
}

std::vector<Kept> WaitingCommands::take_for_page() {
    give_up_stale();
    return take(is_for_page);
}

void WaitingCommands::fail_for_page(std::string_view why) {
    for (const Kept& kept : take(is_for_page)) answer(kept, Fate::unavailable, why);
}

void WaitingCommands::abandon() {
    for (const Kept& kept : take([](const Kept&) { return true; })) answer_without_browser(kept);
}

awaitable<void> WaitingCommands::tend() {
    for (;;) {
        const auto now = BootClock::now();
        give_up_stale();
        give_up_late(now);
        give_up_hopeless(now);
        const auto grace = standing_.coming() ? std::nullopt : std::optional{settings_.unavailable_grace};
        wake_.expires_at(queue_.next(grace).value_or(TimePoint::max()));
        co_await platform::expiry(wake_);
        const auto cancelled = co_await net::this_coro::cancellation_state;
        if (is_cancelled(cancelled)) co_return;
    }
}

/// A command that waited here while the process stood still is as old as one that waited in the socket.
void WaitingCommands::give_up_stale() {
    const auto now = standstills_.count();
    for (const Kept& kept : take([now](const Kept& it) { return it.standstills != now; })) {
        answer(kept, Fate::stale, {});
    }
}

void WaitingCommands::give_up_late(TimePoint now) {
    for (const Kept& kept : take([now](const Kept& it) { return it.deadline <= now; })) {
        if (standing_.waits_for_person()) {
            answer(kept, Fate::timed_out, standing_.reason() + " The command was never sent.");
            continue;
        }
        Unanswered facts;
        facts.method = kept.method;
        facts.waited = kept.deadline - kept.arrived;
        facts.waits_for_browser = standing_.state() != BrowserState::attached;
        facts.waits_for_page = !facts.waits_for_browser;
        answer(kept, Fate::timed_out, timeout_hint(facts));
    }
}

void WaitingCommands::give_up_hopeless(TimePoint now) {
    if (standing_.coming()) return;
    const auto grace = standing_.state() == BrowserState::absent ? Duration::zero() : settings_.unavailable_grace;
    for (const Kept& kept : take([now, grace](const Kept& it) { return it.arrived + grace <= now; })) {
        answer_without_browser(kept);
    }
}

void WaitingCommands::answer(const Kept& kept, Fate fate, std::string_view text) {
    asker_->on_answer({kept.ticket, fate, text, kept.session});
}

void WaitingCommands::answer_without_browser(const Kept& kept) {
    answer(kept, Fate::unavailable, "No browser is there. " + standing_.reason());
}

}  // namespace cdp
