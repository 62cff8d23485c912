// Notices that the loop did not run for a while: its process was stopped (a signal, a debugger, a frozen container or
// virtual machine), starved of memory, or the machine slept. What lay in the sockets meanwhile is old then.
//
// One thread, the loop's. Who has to know asks count() before it acts: after a standstill the sockets are read
// before any timer fires, so that a notice would come too late.
//
// While things happen a tick tells each second that the loop runs. An idle loop has no tick, so that it does not wake
// the machine: then the kernel is asked whether the process was continued (SIGCONT), whether the machine slept, and for
// how long what is read has lain in the socket.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstdint>
#include <functional>
#include <vector>

#include "platform/net.hpp"
#include "platform/unique_fd.hpp"

namespace platform {

/// The standstills of one loop, kept by its io_context.
class Standstills final : public boost::asio::execution_context::service {
  public:
    using key_type = Standstills;

    /// The loop counts as stopped when it did not run for this time. A longer turn of the loop would count too.
    static constexpr Duration least = std::chrono::seconds{5};
    /// How often a running loop says so, and for how long after the last thing of which the age matters.
    static constexpr Duration tick = std::chrono::seconds{1};
    static constexpr Duration attention = std::chrono::seconds{10};
    /// Without the tick: what has lain in the socket for this time was not read because nothing ran.
    static constexpr Duration late = std::chrono::seconds{3};

    explicit Standstills(boost::asio::execution_context& context) : service{context} {}
    static Standstills& of(const boost::asio::any_io_executor& executor);

    /// From now on SIGCONT is kept for count() in this thread and in those that it starts; before any thread. Without
    /// it, and on systems that cannot keep it, the tick goes on for ever.
    static void keep_continues();

    /// How many there were: compare with an earlier number to see whether one came since. Without watch() always 0.
    std::uint64_t count() noexcept;
    /// How long the last one was; zero: that is not known.
    Duration last() const noexcept { return last_; }

    /// The tick is needed: something came, or waits, whose age will matter.
    void attend() noexcept;
    /// Whether there is no tick now: messages read then have to be passed to arrived(), before count() is asked.
    bool idle() const noexcept { return idle_; }
    /// What is read now has lain in the socket for `age` at least.
    void arrived(Duration age) noexcept;

    /// Says that the loop runs. Until it is cancelled; several may run. `stood`: called after each standstill.
    awaitable<void> watch(std::function<void()> stood = {});

  private:
    void shutdown() override {}

    void note(Duration how_long) noexcept;
    bool take_continue() noexcept;
    void begin_watch();

    int watchers_ = 0;
    std::vector<Timer*> ticks_;  // of the watchers
    UniqueFd continues_;         // readable after a SIGCONT; none: it is not kept
    bool idle_ = false;          // no tick
    TimePoint attended_until_{};
    TimePoint ran_{};    // when the loop said so last
    Duration asleep_{};  // what the machine has slept since it was started, as last seen
    std::uint64_t count_ = 0;
    Duration last_{};
};

}  // namespace platform
