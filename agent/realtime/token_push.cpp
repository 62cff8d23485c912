#include "agent/realtime/token_push.hpp"

#include <algorithm>

#include "agent/realtime/wait.hpp"
#include "platform/log/log.hpp"
#include "platform/wait.hpp"

namespace realtime {

using namespace net::experimental::awaitable_operators;

TokenPush::TokenPush(const net::any_io_executor& executor, credentials::Tokens& tokens,
                     const std::optional<TimePoint>& stop_by, TokenHolders& holders, ConnectionEnd& ending)
    : tokens_{tokens}, stop_by_{stop_by}, holders_{holders}, ending_{ending}, timer_{executor} {}

awaitable<void> TokenPush::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    // Not by an object's end: after an exception this coroutine may outlive the tokens.
    tokens_.set_in_session(true);
    co_await follow();
    tokens_.set_in_session(false);
}

awaitable<void> TokenPush::follow() {
    take();
    for (;;) {
        const TimePoint push_due = push_at();
        timer_.expires_at(push_due);
        co_await (tokens_.changed(taken_) || platform::expiry(timer_));
        const bool over = co_await cancelled();
        if (over) co_return;
        const TimePoint now = platform::BootClock::now();
        if (tokens_.current() == nullptr) {
            co_await unpaired();
            co_return;
        }
        if (tokens_.generation() != taken_) {
            take();
            holders_.another_token(now);
        } else if (now >= push_due) {
            push(now);
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

/// The token that is there now, and when it runs out.
void TokenPush::take() {
    taken_ = tokens_.generation();
    const auto* token = tokens_.current();
    over_at_ = token != nullptr ? over_at(*token) : never;
}

void TokenPush::wake() {
    timer_.cancel();
    tokens_.wake();
}

/// By the server's clock; not before now.
TimePoint TokenPush::over_at(const credentials::Token& token) const {
    if (!token.expires) return never;
    const auto left = std::chrono::duration_cast<Duration>(*token.expires - tokens_.server_time());
    return platform::BootClock::now() + std::max<Duration>(left, Duration::zero());
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
