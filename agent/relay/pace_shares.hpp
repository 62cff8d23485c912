// Who shares the pace of the channel: the controllers that have clients, beside the agent. One controller may have
// several clients: it hears each broadcast once. One thread, the loop's.
#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "agent/realtime/core/sender_table.hpp"
#include "agent/relay/client.hpp"
#include "agent/relay/result_sink.hpp"

namespace relay {

class PaceShares {
  public:
    /// `sink` outlives it.
    explicit PaceShares(ResultSink& sink) noexcept : sink_{sink} {}

    /// The client is open. Returns its controller's pace, for the answer to its Agent.open.
    double opened(Client& client);
    /// It has ended. Does nothing for one that was never open.
    void ended(const Client& client);

    /// The pace that the client's next broadcast has to tell; nothing: it is still the one of its open. A broadcast may
    /// be lost, so that once there was another one each tells.
    std::optional<double> pace_to_send(Client& client) const;

    /// Within which the client's controller can answer each of its clients, at the pace that is left for it.
    Duration answers_within(const Client& client) const;

    /// The time between two broadcasts at the pace of each controller; zero: there is no pace.
    Duration between_two() const;

  private:
    double of_each() const { return sink_.pace_left(controllers_.size()); }

    ResultSink& sink_;
    std::map<realtime::SenderId, std::size_t> controllers_;  // how many clients each has
};

}  // namespace relay
