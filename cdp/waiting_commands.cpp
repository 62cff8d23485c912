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

bool is_for_page(const WaitingCommand& command) noexcept {
    return command.kind == page_kind;
}

WaitingCommand waiting_of(const Request& request, std::uint64_t standstills) {
    WaitingCommand command;
    command.ticket = request.ticket;
    command.kind = static_cast<std::uint8_t>(request.to.kind);
    command.session = request.to.session;
    command.method = request.method;
    command.params = request.params;
    command.deadline = request.deadline;
    command.sender = request.sender;
    command.arrived = BootClock::now();
    command.standstills = standstills;
    command.content = request.content;
    return command;
}

}  // namespace

Request request_of(const WaitingCommand& command) noexcept {
    Request request;
    request.ticket = command.ticket;
    request.to.kind = static_cast<Destination::Kind>(command.kind);
    request.to.session = command.session;
    request.method = command.method;
    request.params = command.params;
    request.deadline = command.deadline;
    request.sender = command.sender;
    request.content = command.content;
    return request;
}

WaitingCommands::WaitingCommands(const net::any_io_executor& executor, const Settings& settings,
                                 const BrowserStanding& standing)
    : settings_{settings}, standing_{standing}, standstills_{platform::Standstills::of(executor)}, wake_{executor} {}

void WaitingCommands::keep(const Request& request) {
    const WaitingCommand command = waiting_of(request, standstills_.count());
    if (standing_.state() == BrowserState::absent) return answer_without_browser(command);
    if (command.bytes() + envelope_overhead > max_command_bytes) {
        return answer(command, Fate::too_large, "The command is beyond the browser's limit of 100 MiB.");
    }
    if (!queue_.admits(command.sender, settings_.max_in_flight) ||
        queue_.bytes() + command.bytes() > settings_.max_bytes_held) {
        return answer(command, Fate::overloaded, "Too many commands wait for the browser.");
    }
    if (is_for_page(command)) ++for_page_;
    standstills_.attend();
    queue_.add(command);
    look_again();
}

template <class Wanted>
std::vector<WaitingCommand> WaitingCommands::take(Wanted wanted) {
    auto taken = queue_.take(wanted);
    for (const WaitingCommand& command : taken) {
        if (is_for_page(command)) --for_page_;
    }
    return taken;
}

void WaitingCommands::forget(Ticket ticket) {
    take([ticket](const WaitingCommand& command) { return command.ticket == ticket; });
}

std::vector<WaitingCommand> WaitingCommands::take_for_browser() {
    give_up_stale();
    return take([](const WaitingCommand& command) { return !is_for_page(command); });
}

std::vector<WaitingCommand> WaitingCommands::take_for_page() {
    give_up_stale();
    return take(is_for_page);
}

void WaitingCommands::fail_for_page(std::string_view why) {
    for (const WaitingCommand& command : take(is_for_page)) answer(command, Fate::unavailable, why);
}

void WaitingCommands::abandon() {
    for (const WaitingCommand& command : take([](const WaitingCommand&) { return true; }))
        answer_without_browser(command);
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
    for (const WaitingCommand& command : take([now](const WaitingCommand& it) { return it.standstills != now; })) {
        answer(command, Fate::stale, {});
    }
}

void WaitingCommands::give_up_late(TimePoint now) {
    for (const WaitingCommand& command : take([now](const WaitingCommand& it) { return it.deadline <= now; })) {
        if (standing_.waits_for_person()) {
            answer(command, Fate::timed_out, standing_.reason() + " The command was never sent.");
            continue;
        }
        Unanswered facts;
        facts.method = command.method;
        facts.waited = command.deadline - command.arrived;
        facts.waits_for_browser = standing_.state() != BrowserState::attached;
        facts.waits_for_page = !facts.waits_for_browser;
        answer(command, Fate::timed_out, timeout_hint(facts));
    }
}

void WaitingCommands::give_up_hopeless(TimePoint now) {
    if (standing_.coming()) return;
    const auto grace = standing_.state() == BrowserState::absent ? Duration::zero() : settings_.unavailable_grace;
    for (const WaitingCommand& command :
         take([now, grace](const WaitingCommand& it) { return it.arrived + grace <= now; })) {
        answer_without_browser(command);
    }
}

void WaitingCommands::answer(const WaitingCommand& command, Fate fate, std::string_view text) {
    asker_->on_answer({command.ticket, fate, text, command.session});
}

void WaitingCommands::answer_without_browser(const WaitingCommand& command) {
    answer(command, Fate::unavailable, "No browser is there. " + standing_.reason());
}

}  // namespace cdp
