// What time does to a pairing: a token that runs out is spoken of beforehand, and a credential that was not used for
// longer than its owner allows is wiped, before the machine says another word to the backend.
#include <algorithm>

#include "agent/daemon/app_impl.hpp"
#include "platform/clock.hpp"
#include "platform/file.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"

namespace agent::daemon {

using namespace std::chrono_literals;

namespace {

namespace log = platform::log;
using credentials::WallTime;

/// Days are what is counted here; a clock that is set, or a machine that slept, is noticed within it.
constexpr Duration look_every = 1h;
/// The same words again, in the log.
constexpr Duration say_every = 24h;
/// The link's own file holds milliseconds and nothing else.
constexpr std::size_t heard_bytes = 32;

WallTime from_milliseconds(std::int64_t number) {
    return WallTime{std::chrono::seconds{number / 1000}};
}

}  // namespace

/// Since the last sign that the backend knows this device; nothing before the pairing or the start counts.
Duration App::Impl::absent_for(WallTime now) const {
    if (shown == realtime::State::joined) return Duration::zero();
    WallTime last = std::max(last_here, tokens.credential()->paired_at);
    if (paired) last = std::max(last, from_milliseconds(paired->link_status().last_joined_ms));
    return now > last ? Duration{now - last} : Duration::zero();
}

/// At the start, before anything is sent: a machine that lay in a cupboard is not to come back by itself.
bool App::Impl::wipe_when_absent_too_long() {
    const auto* credential = tokens.credential();
    last_here = store.last_joined().value_or(WallTime{});
    std::uint64_t heard = 0;
    const auto text = platform::read_file(config.paths.state / Paired::last_heard_file, heard_bytes);
    if (text && platform::read_unsigned(*text, heard)) {
        last_here = std::max(last_here, from_milliseconds(static_cast<std::int64_t>(heard)));
    }
    // A token that others put here was never paired and may never have joined: its time begins now.
    if (std::max(last_here, credential->paired_at) == WallTime{}) last_here = platform::wall_now();
    const Duration limit = config.credentials.max_offline;
    const Duration absent = absent_for(platform::wall_now());
    if (limit == Duration::zero() || absent < limit || credential->origin == credentials::Origin::ephemeral)
        return false;
    log::warning("not joined for {}: the credential is wiped, as credentials.max_offline asks for",
                 platform::for_people(std::chrono::duration_cast<std::chrono::seconds>(absent).count()));
    unpair();
    return true;
}

awaitable<void> App::Impl::watch_absence() {
    co_await net::this_coro::throw_if_cancelled(false);
    platform::Timer timer{io};
    TimePoint say_at{};
    const Duration limit = config.credentials.max_offline;
    while (tokens.credential() != nullptr) {
        const TimePoint now = platform::BootClock::now();
        const auto notice = credentials::expiry_notice(tokens.credential()->expires_at, tokens.current()->refreshable,
                                                       platform::wall_now(), tokens.credential()->origin);
        if (!notice.empty() && now >= say_at) {
            log::warning("{}", notice);
            say_at = now + say_every;
        }
        if (shown == realtime::State::joined) last_here = platform::wall_now();
        if (limit > Duration::zero() && wipe_when_absent_too_long()) break;
        const Duration left = limit > Duration::zero() ? limit - absent_for(platform::wall_now()) : look_every;
        timer.expires_after(std::clamp<Duration>(left, 1s, look_every));
        co_await timer.async_wait(no_throw);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return;
    }
    // The links leave in order, and end this with them.
    timer.expires_at(TimePoint::max());
    co_await timer.async_wait(no_throw);
}

/// For status and doctor: what is going to be wrong, or may be.
std::vector<std::string> App::Impl::notices() const {
    std::vector<std::string> all;
    const auto* credential = tokens.credential();
    if (credential == nullptr) return all;
    if (auto notice = credentials::expiry_notice(credential->expires_at, tokens.current()->refreshable,
                                                 platform::wall_now(), credential->origin);
        !notice.empty()) {
        all.push_back(std::move(notice));
    }
    if (device && !device->trouble().empty()) all.push_back(device->trouble());
    if (config.realtime.vsn == realtime::Vsn::v1) {
        all.emplace_back(
            "realtime.vsn is 1.0.0: the server reads results and ids and writes them anew, so that they do not arrive "
            "as "
            "the bytes that the browser and the controller wrote; 2.0.0 passes them on as they are");
    }
    if (paired && paired->foreign_results() > 0) {
        all.push_back(std::to_string(paired->foreign_results()) +
                      " results came on the channel that this agent did not send: look for another agent with this "
                      "device's credential, or a member of the channel that answers in its place");
    }
    return all;
}

}  // namespace agent::daemon
