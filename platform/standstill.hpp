// Tells that the loop did not run for a while: its process was stopped (a signal, a debugger, a frozen container or
// virtual machine), starved of memory, or the machine slept. What lay in the sockets meanwhile is old then.
//
// One thread, the loop's. Whoever has to know asks count() before it acts: after a standstill the sockets are read
// before any timer fires, so that to be told would be too late.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstdint>

#include "platform/net.hpp"

namespace platform {

/// The standstills of one loop, kept by its io_context.
class Standstills final : public boost::asio::execution_context::service {
  public:
    using key_type = Standstills;

    /// The loop counts as stopped when it did not run for so long. A longer turn of our own would count too.
    static constexpr Duration least = std::chrono::seconds{5};
    /// How often a running loop says so.
    static constexpr Duration tick = std::chrono::seconds{1};

    explicit Standstills(boost::asio::execution_context& context) : service{context} {}
    static Standstills& of(const boost::asio::any_io_executor& executor);

    /// How many there were: a number that is another than before tells of one since. Without watch() always 0.
    std::uint64_t count() noexcept;
    /// How long the last one was.
    Duration last() const noexcept { return last_; }

    /// Says each `tick` that the loop runs. Until it is cancelled; several may run.
    awaitable<void> watch();

  private:
    void shutdown() override {}

    int watchers_ = 0;
    TimePoint ran_{};  // when the loop said so last
    std::uint64_t count_ = 0;
    Duration last_{};
};

}  // namespace platform
