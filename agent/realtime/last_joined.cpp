#include "agent/realtime/last_joined.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "agent/credentials/store_errors.hpp"
#include "agent/credentials/store_turn.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/log/log.hpp"

namespace realtime {

namespace log = platform::log;
namespace {

std::int64_t milliseconds_of(credentials::WallMillis time) {
    return time.time_since_epoch().count();
}

}  // namespace

Duration last_joined_period(Duration max_offline) {
    using namespace std::chrono_literals;
    constexpr Duration longest = 1h;
    return max_offline > Duration::zero() ? std::clamp<Duration>(max_offline / 10, 1min, longest) : longest;
}

/// Since when stored messages are asked for: the last join of an earlier run, and never from before the pairing.
awaitable<void> LastJoined::recall() {
    if (!with_.settings.catches_up) co_return;
    std::int64_t since = with_.replay.since_ms();
    const auto* credential = with_.tokens.credential();
    if (credential != nullptr && credential->paired_at.time_since_epoch().count() > 0) {
        since = std::max(since, milliseconds_of(credential->paired_at));
    }
    if (with_.settings.memory != nullptr) {
        auto read = [memory = with_.settings.memory] { return memory->last_join(); };
        const auto kept = co_await platform::run_blocking(with_.files, std::move(read));
        if (kept && *kept) since = std::max(since, milliseconds_of((*kept)->caught_up));
    }
    with_.replay.start_at(since);
}

void LastJoined::on_joined() {
    joined_ = std::chrono::floor<std::chrono::milliseconds>(with_.tokens.server_time());
    due_now_ = true;
    due_.cancel();
}

credentials::LastJoin LastJoined::present() const {
    const credentials::WallMillis heard{std::chrono::milliseconds{with_.status.shown().last_joined_ms}};
    const std::chrono::milliseconds caught_up{std::max<std::int64_t>(with_.replay.since_ms(), 0)};
    return {std::max(joined_, heard), credentials::WallMillis{caught_up}, {}};
}

TimePoint LastJoined::next() const {
    if (due_now_) return TimePoint::min();
    // What was stored has come by then.
    const bool behind = written_.caught_up < written_.joined;
    return platform::BootClock::now() + (behind ? 2 * with_.settings.heartbeat : with_.settings.last_joined_every);
}

awaitable<void> LastJoined::keep() {
    co_await net::this_coro::throw_if_cancelled(false);
    for (;;) {
        const bool go_on = co_await wait_until(due_, next());
        if (!go_on) co_return;
        due_now_ = false;
        co_await write();
        const bool over = co_await cancelled();
        if (over) co_return;
    }
}

awaitable<void> LastJoined::write() {
    const auto* memory = with_.settings.memory;
    const auto* credential = with_.tokens.credential();
    auto join = present();
    // Unpaired: nothing of the pairing is written any more.
    if (!with_.settings.catches_up || memory == nullptr || join.joined <= written_.joined || credential == nullptr)
        co_return;
    join.device = credential->device_uuid;
    auto note = [memory, join] { return memory->note_join(join); };
    std::function<Error()> work = std::move(note);
    const Error ec = co_await credentials::take_turn(with_.files, std::move(work));
    if (ec == net::error::operation_aborted) co_return;
    written_ = std::move(join);
    if (!ec || ec == credentials::Errc::wiped) co_return;
    log::warning(
        "realtime: the time of the last join is not kept, which credentials.max_offline counts from, and since which "
        "a restart asks for an unpair that was missed: {}",
        ec.message());
}

}  // namespace realtime
