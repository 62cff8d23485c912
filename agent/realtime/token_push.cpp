#include "agent/realtime/token_push.hpp"

#include <algorithm>

#include "agent/realtime/wait.hpp"
#include "platform/log/log.hpp"
#include "platform/wait.hpp"

namespace realtime {

using namespace net::experimental::awaitable_operators;

TokenPush::TokenPush(const net::any_io_executor& executor, credentials::Tokens& tokens,
                     const std::optional<TimePoint>& stop_by, TokenHolders& holders, Ending& ending)
    : tokens_{tokens}, stop_by_{stop_by}, holders_{holders}, ending_{ending}, timer_{executor} {}

awaitable<void> TokenPush::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    take();
    for (;;) {
        const TimePoint push_due = push_at();
        const TimePoint refresh_due = refresh_at();
        const TimePoint until = std::min(push_due, refresh_due);
        timer_.expires_at(until);
        co_await (tokens_.changed(taken_) || platform::expiry(timer_));
        const bool over = co_await cancelled();
        if (over) co_return;
        const TimePoint now = platform::BootClock::now();
        if (tokens_.current() == nullptr) {
            co_await unpaired();
            co_return;
        }
        if (tokens_.generation() != taken_) {
            take_newer();
        } else if (now >= push_due) {
            push(now);
        } else if (now >= refresh_due) {
            co_await refresh();
            const bool over_now = co_await cancelled();
            if (over_now) co_return;
        }
    }
}

/// An orderly stop leaves by itself, and needs no token for it.
awaitable<void> TokenPush::unpaired() {
    while (stop_by_) {
        const bool go_on = co_await wait_until(timer_, never);
        if (!go_on) co_return;
    }
    ending_.finish({.cause = End::Cause::unpaired});
}

awaitable<void> TokenPush::refresh() {
    const Error ec = co_await tokens_.refresh(taken_);
    if (ec) refresh_not_before_ = platform::BootClock::now() + refresh_retry;
}

/// The token that is there now: when it runs out, and when another one is wanted.
void TokenPush::take() {
    taken_ = tokens_.generation();
    refresh_at_ = never;
    over_at_ = never;
    const auto* token = tokens_.current();
    if (token == nullptr || !token->expires) return;
    over_at_ = over_at(*token);
    const Duration left = over_at_ - platform::BootClock::now();
    if (token->refreshable) refresh_at_ = over_at_ - std::min<Duration>(refresh_ahead, left / 2);
}

void TokenPush::take_newer() {
    take();
    holders_.another_token(platform::BootClock::now());
    // A fresh one that has run out already: one of the clocks is wrong, and another token would not be better.
    const TimePoint now = platform::BootClock::now();
    if (over_at_ <= now) refresh_not_before_ = now + refresh_retry;
}

/// By the server's clock; not before now.
TimePoint TokenPush::over_at(const credentials::Token& token) const {
    if (!token.expires) return never;
    const auto left = std::chrono::duration_cast<Duration>(*token.expires - tokens_.server_time());
    return platform::BootClock::now() + std::max<Duration>(left, Duration::zero());
}

TimePoint TokenPush::refresh_at() const {
    return std::max(refresh_at_, refresh_not_before_);
}

/// Not while the server would hold it back anyway, unless the one that it was given is over before.
TimePoint TokenPush::push_at() const {
    if (!holders_.behind(tokens_.generation())) return never;
    if (pushed_ == TimePoint{}) return {};
    return std::min(pushed_ + push_interval, given_over_at_ - last_moment);
}

void TokenPush::push(TimePoint now) {
    pushed_ = now;
    given_over_at_ = over_at_;
    holders_.push_token(taken_, tokens_.current()->access, now);
    platform::log::debug("realtime: pushed a new token");
}

}  // namespace realtime
