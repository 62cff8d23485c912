// Joins the channels one at a time, the device channel first, and again when the server ends one. A refusal costs the
// whole socket five seconds of silence at the server, so refused channels are remembered.
#include <algorithm>

#include "agent/realtime/session.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/log.hpp"
#include "platform/text.hpp"

namespace realtime {

namespace log = platform::log;
using namespace std::chrono_literals;

namespace {
/// Optional channels wait until no command has come for so long.
constexpr auto quiet = 10s;
}  // namespace

awaitable<void> Session::join_loop() {
    co_await net::this_coro::throw_if_cancelled(false);
    seats_.front().not_before = link_.device_not_before;
    for (;;) {
        if (fresh_wanted_for_ != 0) {
            co_await fetch_token();
        } else if (Seat* seat = due(platform::BootClock::now())) {
            co_await join(*seat);
        } else {
            co_await wait_until(joiner_, next_due(platform::BootClock::now()));
        }
        const bool over = co_await cancelled();
        if (over) co_return;
    }
}

bool Session::wants_last_join() const {
    return link_.stop_by && !last_join_tried_ && !link_.outbox.empty() && link_.tokens.current() != nullptr &&
           !seats_.empty() && seats_.front().channel.state() == Channel::State::idle;
}

Session::Seat* Session::due(TimePoint now) {
    Seat& device = seats_.front();
    if (wants_last_join()) {
        last_join_tried_ = true;
        return &device;
    }
    if (link_.stop_by) return nullptr;
    if (device.channel.state() == Channel::State::idle) return now >= device.not_before ? &device : nullptr;
    if (device.channel.state() != Channel::State::joined || now < last_command_ + quiet) return nullptr;
    for (Seat& seat : seats_) {
        if (seat.channel.state() == Channel::State::idle && now >= seat.not_before) return &seat;
    }
    return nullptr;
}

TimePoint Session::next_due(TimePoint now) const {
    if (link_.stop_by) return never;
    const Seat& device = seats_.front();
    if (device.channel.state() == Channel::State::idle) return device.not_before;
    TimePoint earliest = never;
    for (const Seat& seat : seats_) {
        if (seat.channel.state() == Channel::State::idle) earliest = std::min(earliest, seat.not_before);
    }
    return earliest == never ? never : std::max({earliest, last_command_ + quiet, now + 10ms});
}

awaitable<void> Session::join(Seat& seat) {
    if (seat.device && link_.state() == core::State::waiting) link_.on(core::Event::rejoin);
    send_join(seat);
    const TimePoint deadline = platform::BootClock::now() + link_.settings.join_timeout;
    heart_.cancel();  // the patience for silence has changed
    while (seat.channel.state() == Channel::State::joining) {
        const bool go_on = co_await wait_until(joiner_, deadline);
        if (!go_on) co_return;
        if (platform::BootClock::now() < deadline || seat.channel.state() != Channel::State::joining) continue;
        push(seat.channel.join_ref(), seat.channel.topic(), "phx_leave", "{}");
        seat.channel.reset();
        on_lost(seat, {core::Signal::Kind::join_timeout, 0, {}}, core::Event::refused);
    }
}

void Session::send_join(Seat& seat) {
    const auto* token = link_.tokens.current();
    if (token == nullptr) {
        finish({.cause = End::Cause::unpaired});
        return;
    }
    const Ref ref = last_ref_ + 1;  // the ref that push() takes
    seat.channel.join_sent(ref);
    seat.tokens.joined_with(link_.tokens.generation());
    if (seat.device) {
        given_over_at_ = over_at(*token);
        const bool replay = seat.config.private_channel && link_.may_ask_for_replay(platform::BootClock::now());
        seat.config.replay_since_ms = replay ? link_.replay_since_ms : -1;
    }
    payload_.clear();
    append_join_payload(payload_, seat.config, token->access);
    push(ref, seat.channel.topic(), "phx_join", payload_);
    platform::cleanse(payload_);
    platform::cleanse(head_);
}

void Session::on_joined(Seat& seat) {
    joiner_.cancel();
    token_.cancel();  // a newer token may have come while the join was under way
    seat.trouble.reset();
    seat.refused = false;
    seat.presence_pace.reset();
    if (!seat.device) {
        log::info("realtime: joined {}", platform::clean(seat.channel.name()));
        track(seat);
        show(seat);
        return;
    }
    device_joined_at_ = platform::BootClock::now();
    link_.refused_generation = 0;
    replayed_ = 0;
    presence_.reset();
    judge_twins();
    link_.note_joined();
    link_.on(core::Event::accepted);
    track(seat);
    wake();
}

void Session::on_lost(Seat& seat, const core::Signal& signal, core::Event event) {
    joiner_.cancel();
    const TimePoint now = platform::BootClock::now();
    const auto judgement = link_.judge(signal);
    seat.tracked = false;
    if (!seat.device) {
        on_other_lost(seat, judgement);
        count_presence_closure(seat, signal.text);
        return;
    }
    if (event == core::Event::closed) {
        ++link_.status.counters.closes;
        link_.channel_backoff.held(now - device_joined_at_);
        link_.link_lost(false);
    }
    if (judgement.rate) {
        ++link_.status.counters.rate_closures;
        link_.budget.closed_for_rate(now);
        link_.show_budget(now);
    }
    const Generation used = seat.tokens.judged(now);
    if (judgement.replay) {
        link_.replay_not_before = now + link_.settings.refused_for;
        link_.replay_refused_with = used;
    }
    const NextTry next = after({judgement.what, used, link_.tokens.generation(), link_.refused_generation});
    if (judgement.what == core::Class::reauthenticate || judgement.what == core::Class::rights) {
        link_.refused_generation = used;
    }
    // A fresh token once; when that one is refused as well, slowly.
    if (next == NextTry::fresh) fresh_wanted_for_ = used;
    const bool newer = next == NextTry::at_once;
    seat.trouble = judgement;
    seat.not_before = newer ? now : now + link_.draw_wait(judgement, link_.channel_backoff, false);
    link_.device_not_before = seat.not_before;
    link_.because(judgement, seat.not_before, newer);
    link_.on(event);
    if (link_.stop_by) stop_.cancel();
}

void Session::on_other_lost(Seat& seat, const core::Judgement& judgement) {
    const TimePoint now = platform::BootClock::now();
    const Generation used = seat.tokens.judged(now);
    const bool newer = after({judgement.what, used, link_.tokens.generation(), used}) == NextTry::at_once;
    const bool lasting =
        !newer && (judgement.what == core::Class::rights || judgement.what == core::Class::configuration ||
                   judgement.what == core::Class::reauthenticate);
    constexpr auto least = 30s;
    const Duration wait =
        newer     ? Duration::zero()
        : lasting ? link_.settings.refused_for
                  : std::max<Duration>(core::spread(judgement.wait.least, judgement.wait.most, link_.random()),
                                       core::spread(least, 10 * least, link_.random()));
    seat.trouble = judgement;
    seat.not_before = now + wait;
    seat.refused = lasting;
    if (lasting) link_.refused_channels[std::string{seat.channel.name()}] = {used, seat.not_before, judgement};
    log::warning("realtime: {} is not joined: {}", platform::clean(seat.channel.name()),
                 platform::clean(judgement.sentence, 400));
    show(seat);
}

void Session::recall_refusal(Seat& seat) {
    const auto known = link_.refused_channels.find(seat.channel.name());
    if (known == link_.refused_channels.end() || known->second.generation != link_.tokens.generation()) return;
    seat.not_before = std::max(seat.not_before, known->second.until);
    seat.trouble = known->second.why;
    seat.refused = true;
}

void Session::forgive_refusals(TimePoint now) {
    link_.refused_channels.clear();
    for (Seat& seat : seats_) {
        // The others keep their moment: a presence limit or a busy database has nothing to do with the token.
        if (seat.device || seat.refused) seat.not_before = std::min(seat.not_before, now);
        seat.refused = false;
    }
    link_.device_not_before = {};
}

void Session::show(Seat& seat) {
    if (seat.shown >= link_.status.channels.size()) return;
    auto& shown = link_.status.channels[seat.shown];
    shown.joined = seat.channel.state() == Channel::State::joined;
    shown.reason = shown.joined ? std::string{} : seat.trouble ? seat.trouble->sentence : "the connection is down";
    link_.listener.on_status(link_.status);
}

/// The device channel ended for its token: another one, then a join at once.
awaitable<void> Session::fetch_token() {
    const Generation used = std::exchange(fresh_wanted_for_, 0);
    const Error ec = co_await link_.tokens.refresh(used);
    const bool over = co_await cancelled();
    if (over || ec) co_return;
    seats_.front().not_before = {};
    link_.device_not_before = {};
}

}  // namespace realtime
