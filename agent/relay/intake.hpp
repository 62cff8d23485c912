// Reads the commands that arrive and finds the sender of each.
#pragma once

#include <string_view>

#include "agent/relay/core/command.hpp"
#include "agent/relay/core/sender.hpp"
#include "agent/relay/result_sink.hpp"

namespace relay {

class Intake {
  public:
    /// The sink outlives it.
    explicit Intake(const ResultSink& sink) noexcept : sink_{sink} {}

    /// Reads one payload. False: unreadable() says why it is no command, or none that can be answered.
    bool read(std::string_view payload);

    /// Valid until the next read().
    const Command& command() const noexcept { return reader_.command(); }
    const Unreadable& unreadable() const noexcept { return unanswerable_ ? unanswered_ : reader_.unreadable(); }

    /// Whose id that is. `id` is JSON text, `session` is empty for none. To be asked once for each command, since
    /// numbers are counted.
    realtime::SenderId sender_of(std::string_view id, std::string_view session) noexcept {
        return senders_.of(id, session);
    }

  private:
    const ResultSink& sink_;
    CommandReader reader_;
    Senders senders_;
    Unreadable unanswered_;  // of a command whose id the link cannot carry
    bool unanswerable_ = false;
};

}  // namespace relay
