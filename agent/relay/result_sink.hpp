// What the router needs of the cloud side. Called on the loop.
#pragma once

#include <cstddef>
#include <string_view>

#include "agent/realtime/core/outbox.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

/// The event that results are published as.
inline constexpr std::string_view result_event = "cdp-result";

class ResultSink {
  public:
    /// Takes a message for the channel; false: no room (see realtime::Supervisor::publish).
    virtual bool publish(realtime::Message message) = 0;
    /// The greatest payload that one broadcast may have now, in bytes.
    virtual std::size_t payload_limit() const = 0;
    /// Why the link cannot carry this JSON text, as part of a sentence; empty: it can.
    virtual std::string_view uncarried(std::string_view json) const = 0;
    /// Whether the link takes and brings raw broadcasts (realtime::Message::raw).
    virtual bool carries_bytes() const = 0;
    /// So many controllers have clients. Each hears every broadcast, and has a share of the pace.
    virtual void share_pace(std::size_t controllers) = 0;
    /// Broadcasts a second that are left for each of so many controllers; 0: as many as it likes.
    virtual double pace_left(std::size_t controllers) const = 0;
    /// When the pace has room for one more message behind `ahead` that wait. Not before `now`.
    virtual TimePoint room_at(TimePoint now, std::size_t ahead) = 0;
    /// After Router::refuse_new(): the last command that was in flight has its answer.
    virtual void all_answered() = 0;

  protected:
    ~ResultSink() = default;
};

}  // namespace relay
