// The small answers that the channel had no room for: they find room in the end, by sender and in turn, when something
// else was settled.
#pragma once

#include <array>
#include <cstddef>

#include "agent/realtime/core/fair_queue.hpp"
#include "agent/relay/result_sink.hpp"

namespace relay {

class WaitingAnswers {
  public:
    /// At most `most` of them wait in each lane. The sink outlives it.
    WaitingAnswers(ResultSink& sink, std::size_t most) noexcept : sink_{sink}, most_{most} {}

    /// Publishes it behind those that wait, or has it wait. A sender may have twice as many of them waiting as are
    /// free: only its own flood makes it lose any. False: it was lost.
    bool publish(realtime::Message message);

    /// There may be room again.
    void go_on();

    std::size_t size() const noexcept { return queues_[0].size() + queues_[1].size(); }

  private:
    struct Waiting {
        realtime::Message message;
        realtime::Slot slot;
    };
    using Queue = realtime::FairQueue<Waiting>;

    ResultSink& sink_;
    std::size_t most_;
    std::array<Queue, 2> queues_;  // by lane
};

}  // namespace relay
