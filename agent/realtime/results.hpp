// Sends the results that wait in the outbox on the joined device channel, at the pace of the budget.
// Thread rule: the loop's thread.
#pragma once

#include <string_view>

#include "agent/realtime/core/channel.hpp"
#include "agent/realtime/delivery.hpp"
#include "agent/realtime/link_status.hpp"

namespace realtime {

/// Where results are written to.
class BroadcastSink {
  public:
    /// Queues a broadcast on that join. Returns its ref.
    virtual Ref broadcast(Ref join_ref, std::string_view topic, const Message& message) = 0;
    /// No more may be queued until some of it was written.
    virtual bool full() const = 0;

  protected:
    ~BroadcastSink() = default;
};

/// Whom results are sent on.
class DeviceChannel {
  public:
    /// The device's channel; null while it is not joined.
    virtual const Channel* joined_device() const = 0;

  protected:
    ~DeviceChannel() = default;
};

class Results {
  public:
    /// Everything handed in by reference outlives it.
    Results(Delivery& delivery, LinkStatus& status, const DeviceChannel& device, BroadcastSink& sink) noexcept
        : delivery_{delivery}, status_{status}, device_{device}, sink_{sink} {}

    /// Queues what may be sent now. Returns when there may be more; TimePoint::max(): not by itself.
    TimePoint fill(TimePoint now);

  private:
    TimePoint fill_lane(const Channel& channel, Lane lane, TimePoint now);
    void send(const Channel& channel, Lane lane, const Message& message, TimePoint now);

    Delivery& delivery_;
    LinkStatus& status_;
    const DeviceChannel& device_;
    BroadcastSink& sink_;
};

}  // namespace realtime
