// Follows the access token: a new one is pushed to the joined channels; one that runs out by the server's clock is
// asked for in time, whatever our own clock says.
#include <algorithm>

#include "agent/realtime/session.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/log.hpp"

namespace realtime {

namespace log = platform::log;
using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {
/// The server looks at a channel's token at most once in so long.
constexpr auto push_interval = 10s;
/// A fresh token is wanted so long before the old one runs out, and no earlier than at half its life.
constexpr auto ahead = 60s;
constexpr auto retry_refresh = 30s;
/// So long before the known token is over the next one is pushed, however short the time since the last push.
constexpr auto last_moment = 1500ms;
}  // namespace

awaitable<void> Session::token_loop() {
    co_await net::this_coro::throw_if_cancelled(false);
    take_token();
    TimePoint not_before{};
    for (;;) {
        const TimePoint push_at = a_channel_is_behind() ? push_allowed_at() : never;
        const TimePoint refresh_at = std::max(refresh_at_, not_before);
        const TimePoint until = std::min(push_at, refresh_at);
        co_await (link_.tokens.changed(token_taken_) || wait_until(token_, until));
        const bool over = co_await cancelled();
        if (over) co_return;
        const TimePoint now = platform::BootClock::now();
        if (link_.tokens.current() == nullptr) {
            // An orderly stop leaves by itself, and needs no token for it.
            while (link_.stop_by) {
                const bool go_on = co_await wait_until(token_, never);
                if (!go_on) co_return;
            }
            finish({.cause = End::Cause::unpaired});
            co_return;
        }
        if (link_.tokens.generation() != token_taken_) {
            take_token();
            forgive_refusals(now);
            joiner_.cancel();
            // A fresh one that has run out already: another would not be better, whoever's clock is wrong.
            const TimePoint taken = platform::BootClock::now();
            if (token_over_at_ <= taken) not_before = taken + retry_refresh;
        } else if (now >= push_at) {
            push_token(now);
        } else if (now >= refresh_at) {
            const Error ec = co_await link_.tokens.refresh(token_taken_);
            const bool over_now = co_await cancelled();
            if (over_now) co_return;
            if (ec) not_before = platform::BootClock::now() + retry_refresh;
        }
    }
}

/// The token that is there now: when it runs out, and when another one is wanted.
void Session::take_token() {
    token_taken_ = link_.tokens.generation();
    refresh_at_ = never;
    token_over_at_ = never;
    const auto* token = link_.tokens.current();
    if (token == nullptr || !token->expires) return;
    token_over_at_ = over_at(*token);
    const Duration left = token_over_at_ - platform::BootClock::now();
    if (token->refreshable) refresh_at_ = token_over_at_ - std::min<Duration>(ahead, left / 2);
}

/// By the server's clock; not before now.
TimePoint Session::over_at(const credentials::Token& token) const {
    if (!token.expires) return never;
    const auto left = std::chrono::duration_cast<Duration>(*token.expires - link_.server_time());
    return platform::BootClock::now() + std::max<Duration>(left, 0s);
}

/// Whether a joined channel was given an older token than the one that is there: a token may come while a join with
/// the one before is under way.
bool Session::a_channel_is_behind() const {
    const Generation present = link_.tokens.generation();
    return std::any_of(seats_.begin(), seats_.end(), [present](const Seat& seat) {
        return seat.channel.state() == Channel::State::joined && seat.tokens.newest() != present;
    });
}

/// Not while the server would hold it back anyway, unless the one that it was given is over before.
TimePoint Session::push_allowed_at() const {
    if (token_pushed_ == TimePoint{}) return {};
    return std::min(token_pushed_ + push_interval, given_over_at_ - last_moment);
}

void Session::push_token(TimePoint now) {
    const auto* token = link_.tokens.current();
    token_pushed_ = now;
    given_over_at_ = token_over_at_;
    payload_.clear();
    append_token_payload(payload_, token->access);
    for (Seat& seat : seats_) {
        if (seat.channel.state() != Channel::State::joined || seat.tokens.newest() == token_taken_) continue;
        push(seat.channel.join_ref(), seat.channel.topic(), "access_token", payload_);
        seat.tokens.pushed(token_taken_, now);
        ++link_.status.counters.tokens_pushed;
    }
    platform::cleanse(payload_);
    platform::cleanse(head_);
    log::debug("realtime: pushed a new token");
    link_.results_refused({}, "there is another token: the next result shows whether it may send");
}

}  // namespace realtime
