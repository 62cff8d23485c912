// Health as the service manager sees it, and what the token adds to it.
#include <algorithm>

#include "agent/control/health.hpp"
#include "agent/daemon/app_impl.hpp"
#include "platform/clock.hpp"

namespace agent::daemon {

using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

/// A clock that is set moves the token's end: it is looked at so often.
constexpr std::chrono::seconds token_look_every = 1h;
/// Tokens end at whole seconds: a moment later the end is surely over.
constexpr Duration token_grain = 500ms;

}  // namespace

void App::Impl::note_token(control::Report& shown_now) const {
    const auto& credential = *tokens.credential();
    const bool stored = credential.origin == credentials::Origin::stored;
    shown_now.token_trouble = tokens.trouble();
    shown_now.token_given = !stored;
    shown_now.token_refreshed = credential.refresh.has_value() && tokens.current()->refreshable;
    shown_now.token_remedy = credential.refresh || !stored ? std::string(credentials::how_to_renew(credential.origin))
                                                           : "replace it with a fresh one (agent --pair --rotate)";
    if (!credential.expires_at) return;
    shown_now.token_left = *credential.expires_at - std::chrono::floor<std::chrono::seconds>(tokens.server_time());
}

void App::Impl::show_health() {
    if (!paired) return;  // the gate has a line of its own
    auto line = with_links(&control::manager_line, platform::BootClock::now());
    if (restart_asked) line += " | restarts when idle";
    show(line);
}

// The links tell of their changes; a token runs out without a word.
awaitable<void> App::Impl::follow_health() {
    co_await net::this_coro::throw_if_cancelled(false);
    platform::Timer timer{io};
    for (;;) {
        show_health();
        const auto holds =
            tokens.credential() != nullptr ? control::token_holds(control::vitals_of(report())) : std::nullopt;
        const auto wait = std::min(holds.value_or(token_look_every), token_look_every);
        timer.expires_after(wait + token_grain);
        const auto seen = tokens.generation();
        co_await (tokens.changed(seen) || timer.async_wait(no_throw));
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return;
    }
}

}  // namespace agent::daemon
