// What the doctor does on the channel: joins as the agent does, sends a small broadcast and one of the greatest size,
// and notes what became of each. Thread rule: the loop's thread.
#pragma once

#include <optional>
#include <string>

#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/core/outbox.hpp"
#include "agent/realtime/supervisor.hpp"
#include "platform/clock.hpp"
#include "platform/net.hpp"
#include "platform/wait.hpp"

namespace doctor {

/// To connect and join; the server's own limits for a cold database add up to less.
inline constexpr Duration join_limit = std::chrono::seconds{75};
/// For the server to take a broadcast, also one of the greatest size over a slow line.
inline constexpr Duration write_limit = std::chrono::seconds{20};

class Probe final : public realtime::Listener {
  public:
    explicit Probe(const net::any_io_executor& executor) : changed_(executor, TimePoint::max()) {}

    void on_broadcast(const realtime::Broadcast&) override {}
    void on_settled(realtime::Ticket ticket, realtime::Settled how) override;
    void on_status(const realtime::Status& status) override;

    template <class Done>
    awaitable<void> until(Done done, Duration limit) {
        const TimePoint end = platform::BootClock::now() + limit;
        while (!done() && platform::BootClock::now() < end) {
            changed_.expires_at(end);
            co_await platform::expiry(changed_);
        }
    }

    bool joined = false, was_joined = false, final = false, silenced = false;
    std::string reason, warning;
    realtime::Class failure = realtime::Class::transient;  // where nobody said anything in time
    std::optional<realtime::Settled> small, great;

  private:
    platform::Timer changed_;
};

/// The whole of it; `link` runs meanwhile and is stopped at the end. `limit`: the greatest size.
awaitable<void> work_through(Probe& probe, realtime::Supervisor& link, std::size_t limit);

}  // namespace doctor
