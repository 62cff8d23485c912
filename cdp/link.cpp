#include "cdp/link.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "cdp/core/hint.hpp"
#include "cdp/error.hpp"
#include "platform/wait.hpp"

namespace cdp {
namespace {

using namespace net::experimental::awaitable_operators;
using platform::BootClock;

std::int32_t random_id() {
    std::uint32_t value = 0;
    ::RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value);
    return static_cast<std::int32_t>(value & 0x7fffffffU);
}

/// Whose owner needs to know which command ended, not only which kind of command.
bool is_step(Own own) {
    return own == Own::keep_place || own == Own::page_check || own == Own::close_look;
}

}  // namespace

Link::Link(net::any_io_executor executor, std::unique_ptr<Transport> transport, const Settings& settings, Asker& asker,
           LinkOwner& owner, std::string root_session)
    : settings_{settings},
      asker_{asker},
      owner_{owner},
      transport_{std::move(transport)},
      root_session_{std::move(root_session)},
      pending_{random_id()},
      writer_{executor, *transport_},
      turns_{platform::Turns::of(executor)},
      watch_{executor},
      idle_{settings.idle_check_every, BootClock::now()} {}

Link::~Link() = default;

awaitable<Error> Link::run() {
    std::optional<Error> ended;
    auto reading = platform::into(ended, read_loop());
    auto writing = platform::into(ended, writer_.run());
    auto watching = platform::into(ended, watch_loop());
    co_await (std::move(reading) || std::move(writing) || std::move(watching));
    ended_ = true;
    const Error why = end_reason_ ? end_reason_ : *ended == net::error::eof ? Error{Errc::connection_ended} : *ended;
    const auto hint = why == Errc::stopped ? hint_stopped : hint_connection_lost;
    for (const auto& command : pending_.take_all()) settle(command, Fate::lost, hint);
    co_return why;
}

void Link::end(Error why) {
    if (!end_reason_) end_reason_ = why;
    transport_->drop();
}

bool Link::submit(const Request& request, std::string_view session) {
    const auto size = request.method.size() + request.params.size() + session.size() + envelope_overhead;
    auto refuse = [&](Fate fate, std::string_view why) {
        asker_.on_answer({request.ticket, fate, why, session});
        return false;
    };
    if (ended_) return refuse(Fate::unavailable, "The connection to the browser has just ended.");
    if (size > max_command_bytes)
        return refuse(Fate::too_large, "The command is beyond the browser's limit of 100 MiB.");
    if (!pending_.admits(request.sender, settings_.max_in_flight)) {
        return refuse(Fate::overloaded, "Too many commands are in flight.");
    }
    const auto& target = session.empty() ? std::string_view{root_session_} : session;
    if (!pending_.admits(request.sender, settings_.max_in_flight_per_session, target)) {
        return refuse(Fate::overloaded, "Too many commands are in flight in this session.");
    }
    if (pending_.bytes() + size > settings_.max_bytes_held) {
        return refuse(Fate::overloaded, "The commands in flight hold too many bytes.");
    }
    write({request.ticket, 0, size, request.deadline, BootClock::now(), target, request.method, request.sender},
          request.params);
    return true;
}

void Link::ask(Own what, std::string_view session, std::string_view method, std::string_view params, Duration limit) {
    if (ended_ && is_step(what)) return;  // its owner goes with the connection
    if (ended_) return owner_.on_own(what, Fate::lost, hint_connection_lost);
    const auto now = BootClock::now();
    const auto& target = session.empty() ? std::string_view{root_session_} : session;
    write({0, static_cast<std::uint8_t>(what), params.size(), now + limit, now, target, method}, params);
}

void Link::remind(Own what, std::string_view session, std::string_view about, Duration delay) {
    if (ended_) return;
    const auto now = BootClock::now();
    const auto& target = session.empty() ? std::string_view{root_session_} : session;
    pending_.add({0, static_cast<std::uint8_t>(what), 0, now + delay, now, target, about});
    watch_.bring_forward(now + delay);
}

void Link::write(const PendingTable::New& command, std::string_view params) {
    writer_.write(pending_.add(command), command.method, params, command.session);
    watch_.bring_forward(command.deadline);
}

awaitable<Error> Link::read_loop() {
    for (;;) {
        const auto arrived = co_await transport_->read();
        if (!arrived) co_return arrived.error();
        idle_.heard(BootClock::now());
        const Error ec = on_messages(*arrived);
        if (ec) co_return ec;
    }
}

/// Keeps the deadlines, and asks a silent browser whether it is still there.
awaitable<Error> Link::watch_loop() {
    for (;;) {
        const auto now = BootClock::now();
        expire(now);
        check_idle(now);
        const TimePoint next = std::min(pending_.next_deadline().value_or(TimePoint::max()), idle_.next());
        const bool on = co_await watch_.wait_until(next);
        if (!on) co_return Error{net::error::operation_aborted};
    }
}

/// The first one, and those that came with it.
Error Link::on_messages(const Arrived& first) {
    const platform::Turn turn{turns_};
    on_message(first);
    while (const auto more = transport_->poll()) {
        if (!*more) return more->error();
        on_message(**more);
    }
    return {};
}

void Link::on_message(const Arrived& arrived) {
    if (arrived.cut()) return on_cut(arrived);
    const auto message = classify(arrived.text);
    switch (message.kind) {
        case Message::Kind::result:
        case Message::Kind::error:
            return on_reply(message);
        case Message::Kind::event:
            return on_event(message);
        case Message::Kind::unreadable:
            ++strays_.unreadable;
    }
}

void Link::on_cut(const Arrived& arrived) {
    std::int32_t id = 0;
    const Pending* found = leading_id(arrived.text, id) ? pending_.find(id) : nullptr;
    if (found == nullptr) {
        ++strays_.unreadable;
        return;
    }
    const Pending command = *found;
    pending_.remove(id);
    settle(command, Fate::overloaded,
           "The command was carried out, but its result of " + std::to_string(arrived.size) +
               " bytes is more than the agent takes.");
}

void Link::on_reply(const Message& message) {
    const auto* found = message.has_id ? pending_.find(message.id) : nullptr;
    if (found == nullptr) {
        ++strays_.late_answers;
        return;
    }
    const auto ticket = found->ticket;
    const auto own = static_cast<Own>(found->own);
    const auto fate = message.kind == Message::Kind::result ? Fate::result : Fate::error;
    if (is_step(own)) {
        const Pending step = *found;
        pending_.remove(message.id);
        return settle(step, fate, message.body);
    }
    pending_.remove(message.id);
    if (own == Own::none) {
        const auto session = message.session == root_session_ ? std::string_view{} : message.session;
        return asker_.on_answer({ticket, fate, message.body, session, transport_.get()});
    }
    if (own == Own::idle_check) return on_idle_check(fate);
    owner_.on_own(own, fate, message.body);
}

void Link::on_event(const Message& message) {
    const auto change = sessions_.on_event(message, own_session_);
    if (message.session == own_session_) owner_.on_own_event(message.method, message.body);
    const auto name = message.method;
    const bool of_place = name == "Fetch.requestPaused" || name == "Page.frameNavigated";
    if (of_place || name.starts_with("Target.")) owner_.on_event(message);
    const bool heard = asker_.hears_events();
    const bool of_session = !message.session.empty() && message.session != root_session_;
    if (heard && of_session) asker_.on_event(message, top_of(message.session));
    if (change.kind == SessionChange::Kind::none) return;
    const bool crashed = change.kind == SessionChange::Kind::crashed;
    for (const auto& session : change.sessions) {
        if (!root_session_.empty() && session == root_session_) return end(Errc::connection_ended);
        lose(session, crashed ? hint_crashed : hint_detached);
        owner_.on_session_gone(session, crashed);
        if (heard && !crashed) asker_.on_session_end(session);
    }
}

void Link::lose(std::string_view session, std::string_view hint) {
    for (const auto& command : pending_.take_session(session)) settle(command, Fate::lost, hint);
}

/// The end of a command that the browser did not answer, or of a step that keeps a place.
void Link::settle(const Pending& command, Fate fate, std::string_view text) {
    const auto own = static_cast<Own>(command.own);
    if (own == Own::none) {
        const auto session = command.session == root_session_ ? std::string_view{} : std::string_view{command.session};
        return asker_.on_answer({command.ticket, fate, text, session});
    }
    if (own == Own::idle_check) return on_idle_check(fate);
    if (is_step(own)) return owner_.on_step(command, fate, text);
    owner_.on_own(own, fate, text);
}

void Link::expire(TimePoint now) {
    while (const auto command = pending_.take_expired(now)) {
        settle(*command, Fate::timed_out, hint_for(*command, now));
        const bool of_asker = static_cast<Own>(command->own) == Own::none;
        if (of_asker && !command->session.empty()) owner_.on_timed_out(command->session);
    }
}

void Link::check_idle(TimePoint now) {
    if (!idle_.due(now)) return;
    idle_.asked(transport_->bytes_read());
    ask(Own::idle_check, {}, "Browser.getVersion", {}, settings_.idle_check_limit);
}

void Link::on_idle_check(Fate fate) {
    if (fate == Fate::lost) return idle_.give_up();
    const bool in_time = fate != Fate::timed_out;
    const TimePoint now = BootClock::now();
    if (idle_.on_end(in_time, transport_->bytes_read(), now)) end(Errc::not_answering);
    watch_.bring_forward(now);  // an idle link is not to wake once more for the deadline of an answered check
}

std::string Link::hint_for(const Pending& command, TimePoint now) const {
    Unanswered facts;
    facts.method = command.method;
    facts.waited = command.deadline - command.since;
    facts.page_session = !command.session.empty() && command.session != root_session_;
    facts.browser_silent = now - idle_.last_heard();
    if (facts.page_session) {
        const auto* session = sessions_.find(command.session);
        facts.session_known = session != nullptr;
        facts.crashed = session != nullptr && session->crashed;
        facts.dialog = session != nullptr && session->dialog;
        facts.paused = session != nullptr && session->paused;
        facts.navigating = pending_.waits(command.session, "Page.navigate");
        facts.default_page = owner_.stands_in(command.session);
        facts.page_answer_limit = facts.dialog ? settings_.dialog_limit : settings_.page_answer_limit;
    }
    return timeout_hint(facts);
}

}  // namespace cdp
