#include "agent/daemon/absence.hpp"

#include <algorithm>

#include "platform/clock.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {

using namespace std::chrono_literals;

namespace {

namespace log = platform::log;
using credentials::WallTime;

/// Between two lines of the log with the same notice.
constexpr Duration say_every = 24h;

WallTime from_milliseconds(std::int64_t number) {
    return WallTime{std::chrono::seconds{number / 1000}};
}

}  // namespace

SignsOfLife Absence::signs() const {
    const auto* link = state_.link();
    return {.joined = state_.joined(),
            .paired = tokens_.credential()->paired_at,
            .last_here = last_here_,
            .last_heard = link != nullptr ? from_milliseconds(link->last_joined_ms) : WallTime{}};
}

bool Absence::begin(const std::optional<credentials::LastJoin>& last) {
    last_here_ = last ? std::chrono::floor<std::chrono::seconds>(last->joined) : WallTime{};
    // A token that others put here was never paired and may never have joined: its time begins now.
    if (std::max(last_here_, tokens_.credential()->paired_at) == WallTime{}) last_here_ = platform::wall_now();
    return !wipe_when_too_long();
}

bool Absence::wipe_when_too_long() {
    const Duration absent = absent_for(signs(), platform::wall_now());
    if (!absent_too_long(absent, config_.credentials.max_offline)) return false;
    if (tokens_.credential()->origin == credentials::Origin::ephemeral) return false;
    log::warning("not joined for {}: the credential is wiped, as credentials.max_offline asks for",
                 platform::for_people(std::chrono::duration_cast<std::chrono::seconds>(absent).count()));
    unpairing_.unpair();
    return true;
}

awaitable<void> Absence::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    const auto executor = co_await net::this_coro::executor;
    platform::Timer timer{executor};
    TimePoint say_at{};
    const Duration limit = config_.credentials.max_offline;
    while (tokens_.credential() != nullptr) {
        const TimePoint now = platform::BootClock::now();
        const auto notice = credentials::expiry_notice(tokens_.credential()->expires_at, tokens_.current()->refreshable,
                                                       platform::wall_now(), tokens_.credential()->origin);
        if (!notice.empty() && now >= say_at) {
            log::warning("{}", notice);
            say_at = now + say_every;
        }
        if (state_.joined()) last_here_ = platform::wall_now();
        if (wipe_when_too_long()) break;
        timer.expires_after(next_absence_look(absent_for(signs(), platform::wall_now()), limit));
        co_await platform::expiry(timer);
        const auto cancelled = co_await net::this_coro::cancellation_state;
        if (is_cancelled(cancelled)) co_return;
    }
    // The links leave in order, and end this with them.
    timer.expires_at(TimePoint::max());
    co_await platform::expiry(timer);
}

}  // namespace agent::daemon
