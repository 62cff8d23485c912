// What those who send a Phoenix push on the connection call: joins, leaves, presence, tokens, heartbeats.
#pragma once

#include <string_view>

#include "agent/realtime/core/frame.hpp"

namespace realtime {

class Pusher {
  public:
    /// Queues the push and has it written. Returns its ref. `topic` is as on the wire, `payload` the text of a JSON
    /// object. No copy of the payload is kept beyond the socket's own buffer.
    virtual Ref push(Ref join_ref, std::string_view topic, std::string_view event, std::string_view payload) = 0;

    /// phx_join: its ref is its join_ref too.
    virtual Ref push_join(std::string_view topic, std::string_view payload) = 0;

  protected:
    ~Pusher() = default;
};

}  // namespace realtime
