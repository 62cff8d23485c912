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
    know_token();
    TimePoint not_before{};
    for (;;) {
        const TimePoint due = std::max(refresh_at_, not_before);
        co_await (link_.tokens.changed(token_generation_) || wait_until(token_, due));
        const bool over = co_await cancelled();
        if (over) co_return;
        if (link_.tokens.current() == nullptr) {
            // An orderly stop leaves by itself, and needs no token for it.
            while (link_.stop_by) {
                const bool go_on = co_await wait_until(token_, never);
                if (!go_on) co_return;
            }
            finish({.cause = End::Cause::unpaired});
            co_return;
        }
        if (link_.tokens.generation() != token_generation_) {
            co_await push_token();
            const bool over_now = co_await cancelled();
            if (over_now) co_return;
            // A fresh one that has run out already: another would not be better, whoever's clock is wrong.
            const TimePoint now = platform::BootClock::now();
            if (token_over_at_ <= now) not_before = now + retry_refresh;
        } else if (platform::BootClock::now() >= due) {
            const Error ec = co_await link_.tokens.refresh(token_generation_);
            const bool over_now = co_await cancelled();
            if (over_now) co_return;
            if (ec) not_before = platform::BootClock::now() + retry_refresh;
        }
    }
}

/// The server gets the present token: when it runs out there, and when another one is wanted.
void Session::know_token() {
    token_generation_ = link_.tokens.generation();
    refresh_at_ = never;
    token_over_at_ = never;
    const auto* token = link_.tokens.current();
    if (token == nullptr || !token->expires) return;
    const TimePoint now = platform::BootClock::now();
    const auto left =
        std::max<Duration>(std::chrono::duration_cast<Duration>(*token->expires - link_.server_time()), 0s);
    token_over_at_ = now + left;
    if (token->refreshable) refresh_at_ = token_over_at_ - std::min<Duration>(ahead, left / 2);
}

awaitable<void> Session::push_token() {
    // Not while the server would hold it back anyway, unless the one that it knows is over before.
    const TimePoint patient = token_pushed_ == TimePoint{} ? TimePoint{} : token_pushed_ + push_interval;
    const TimePoint at = std::min(patient, token_over_at_ - last_moment);
    while (platform::BootClock::now() < at) {
        const bool go_on = co_await wait_until(token_, at);
        if (!go_on) co_return;
    }
    const auto* token = link_.tokens.current();
    if (token == nullptr) co_return;  // the loop sees it next
    know_token();
    token_pushed_ = platform::BootClock::now();
    payload_.clear();
    append_token_payload(payload_, token->access);
    for (Seat& seat : seats_) {
        if (seat.channel.state() != Channel::State::joined) continue;
        push(seat.channel.join_ref(), seat.channel.topic(), "access_token", payload_);
        ++link_.status.counters.tokens_pushed;
    }
    platform::cleanse(payload_);
    platform::cleanse(head_);
    log::debug("realtime: pushed a new token");
    forgive_refusals(token_pushed_);
    joiner_.cancel();
}

}  // namespace realtime
