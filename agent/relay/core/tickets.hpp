// Numbers for commands and messages on their way. Pure.
#pragma once

#include "agent/realtime/core/outbox.hpp"

namespace relay {

/// One series for the commands of controllers, those of the agent itself, and messages that answer neither.
class Tickets {
  public:
    realtime::Ticket next() noexcept { return ++last_; }

  private:
    realtime::Ticket last_ = 0;
};

}  // namespace relay
