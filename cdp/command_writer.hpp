// Writes the commands of one connection: those of a turn together when it ends, without a way through the scheduler
// where the system takes them at once.
#pragma once

#include <cstdint>
#include <string_view>

#include "cdp/core/message.hpp"
#include "cdp/transport.hpp"
#include "platform/net.hpp"
#include "platform/turn.hpp"

namespace cdp {

class CommandWriter final : platform::TurnEnd {
  public:
    /// The transport outlives it.
    CommandWriter(const net::any_io_executor& executor, Transport& transport);

    /// Queues a command. `method` and `session` need no escaping; empty `params` become none.
    void write(std::int32_t id, std::string_view method, std::string_view params, std::string_view session);

    /// Writes queued commands until it is cancelled or the connection ends.
    awaitable<Error> run();

  private:
    void at_turn_end() override;
    void wake();

    Transport& transport_;
    Envelope envelope_;
    platform::Timer wake_;
    bool sleeps_ = false;
};

}  // namespace cdp
