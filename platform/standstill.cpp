#include "platform/standstill.hpp"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <utility>

#include "platform/clock.hpp"
#include "platform/wait.hpp"

#ifdef __linux__
#include <sys/signalfd.h>
#endif

namespace platform {
namespace {

using namespace net::experimental::awaitable_operators;

/// For how long the machine has slept since it was started. 0 where the system does not tell.
Duration machine_slept() noexcept {
    timespec awake{};
    ::clock_gettime(CLOCK_MONOTONIC, &awake);
    const auto both = std::chrono::seconds{awake.tv_sec} + std::chrono::nanoseconds{awake.tv_nsec};
    return BootClock::now().time_since_epoch() - both;
}

/// Readable after a SIGCONT, where this thread keeps that one.
UniqueFd open_continues() {
#ifdef __linux__
    sigset_t kept;
    if (::pthread_sigmask(SIG_SETMASK, nullptr, &kept) != 0 || ::sigismember(&kept, SIGCONT) != 1) return {};
    sigset_t only;
    ::sigemptyset(&only);
    ::sigaddset(&only, SIGCONT);
    return UniqueFd{::signalfd(-1, &only, SFD_NONBLOCK | SFD_CLOEXEC)};
#else
    return {};
#endif
}

}  // namespace

Standstills& Standstills::of(const boost::asio::any_io_executor& executor) {
    return boost::asio::use_service<Standstills>(executor.context());
}

void Standstills::keep_continues() {
#ifdef __linux__
    sigset_t only;
    ::sigemptyset(&only);
    ::sigaddset(&only, SIGCONT);
    ::pthread_sigmask(SIG_BLOCK, &only, nullptr);
#endif
}

void Standstills::note(Duration how_long) noexcept {
    ++count_;
    last_ = how_long;
    ran_ = BootClock::now();
}

bool Standstills::take_continue() noexcept {
    bool taken = false;
#ifdef __linux__
    signalfd_siginfo what{};
    while (continues_ && ::read(continues_.get(), &what, sizeof what) == sizeof what) taken = true;
#endif
    return taken;
}

std::uint64_t Standstills::count() noexcept {
    if (watchers_ == 0) return count_;
    if (!idle_) {
        const Duration still = BootClock::now() - ran_;
        if (still >= least) note(still);
        return count_;
    }
    const Duration slept = machine_slept();
    const Duration asleep = slept - std::exchange(asleep_, slept);
    if (const bool continued = take_continue(); continued || asleep >= least)
        note(asleep >= least ? asleep : Duration{});
    return count_;
}

void Standstills::attend() noexcept {
    const TimePoint now = BootClock::now();
    attended_until_ = now + attention;
    if (!std::exchange(idle_, false)) return;
    ran_ = now;
    for (Timer* const timer : ticks_) timer->cancel();
}

void Standstills::arrived(Duration age) noexcept {
    if (watchers_ > 0 && idle_ && age >= late) note(age);
}

void Standstills::begin_watch() {
    if (watchers_++ > 0) return;
    ran_ = BootClock::now();
    asleep_ = machine_slept();
    continues_ = open_continues();
}

awaitable<void> Standstills::watch(std::function<void()> stood) {
    co_await net::this_coro::throw_if_cancelled(false);
    const auto executor = co_await net::this_coro::executor;
    Timer timer{executor};
    begin_watch();
    ticks_.push_back(&timer);
    // A duplicate: the descriptor closes what it was given.
    net::posix::stream_descriptor continued{executor};
    if (continues_) continued.assign(::dup(continues_.get()));
    auto seen = count_;
    for (;;) {
        const auto known = count();
        if (std::exchange(seen, known) != known && stood) stood();
        const TimePoint now = ran_ = BootClock::now();
        take_continue();  // of a stop that was too short to count
        asleep_ = machine_slept();
        idle_ = continued.is_open() && now >= attended_until_;
        timer.expires_at(idle_ ? TimePoint::max() : now + tick);
        if (idle_) {
            auto going_on = ignoring(continued.async_wait(continued.wait_read, no_throw));
            co_await (expiry(timer) || std::move(going_on));
        } else {
            co_await expiry(timer);
        }
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) break;
    }
    std::erase(ticks_, &timer);
    if (--watchers_ == 0) idle_ = false;
}

}  // namespace platform
