#include "agent/realtime/last_joined.hpp"

#include <algorithm>
#include <string>

#include "agent/realtime/wait.hpp"
#include "platform/file.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/log/log.hpp"
#include "platform/unwritten.hpp"

namespace realtime {

namespace log = platform::log;
namespace {

/// A number of milliseconds and nothing else.
constexpr std::size_t joined_file_max = 32;

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
        since = std::max<std::int64_t>(since, credential->paired_at.time_since_epoch().count() * 1000);
    }
    if (!with_.settings.last_joined_file.empty()) {
        auto read = [path = with_.settings.last_joined_file] { return platform::read_file(path, joined_file_max); };
        const auto text = co_await platform::run_blocking(with_.files, std::move(read));
        std::uint64_t kept = 0;
        if (text && platform::read_unsigned(*text, kept)) {
            since = std::max<std::int64_t>(since, static_cast<std::int64_t>(kept));
            written_ms_ = static_cast<std::int64_t>(kept);
        }
    }
    with_.replay.start_at(since);
}

awaitable<void> LastJoined::keep() {
    co_await net::this_coro::throw_if_cancelled(false);
    platform::Timer timer{with_.executor};
    for (;;) {
        const bool go_on = co_await wait_until(timer, platform::BootClock::now() + with_.settings.last_joined_every);
        if (!go_on) co_return;
        co_await write();
        const bool over = co_await cancelled();
        if (over) co_return;
    }
}

awaitable<void> LastJoined::write() {
    const auto& path = with_.settings.last_joined_file;
    // Unpaired: nothing of the pairing is written any more.
    if (!with_.settings.catches_up || path.empty() || with_.status.shown().last_joined_ms <= written_ms_ ||
        with_.tokens.current() == nullptr)
        co_return;
    written_ms_ = with_.status.shown().last_joined_ms;
    auto write = [path, text = std::to_string(written_ms_)]() -> Result<void> {
        const Error ec = platform::write_file(path, text);
        if (ec) return ec;
        return {};
    };
    const auto written = co_await platform::run_blocking(with_.files, std::move(write));
    if (written) co_return;
    log::warning(
        "realtime: the time of the last join is not kept, so that after a restart an unpair sent meanwhile may "
        "be missed: {}",
        platform::explain_unwritten(path, written.error()));
}

}  // namespace realtime
