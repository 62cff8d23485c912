// Carries out what the agent answers itself: Agent.getInfo, and IO.read and IO.close on the results that it keeps.
#pragma once

#include <string_view>
#include <utility>

#include "agent/relay/agent_domain.hpp"
#include "agent/relay/answers.hpp"
#include "agent/relay/core/flights.hpp"
#include "agent/relay/result_sink.hpp"
#include "agent/relay/settings.hpp"
#include "agent/relay/streams.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

/// What AgentCommands works with; all of it outlives it.
struct AgentCommandsNeeds {
    const Settings& settings;
    const ResultSink& sink;
    const cdp::BrowserPort& browser;
    Flights& flights;
    Streams& streams;
    Answers& answers;
};

class AgentCommands {
  public:
    explicit AgentCommands(const AgentCommandsNeeds& needs) noexcept : needs_{needs} {}

    void set_identity(Identity identity) { identity_ = std::move(identity); }

    /// Answers the command: during the call, or when the stream's file has been read.
    void carry_out(Flight& flight, std::string_view params);

  private:
    void close_stream(Flight& flight, const IoParams& io);
    void read_stream(const Flight& flight, const IoParams& io);
    void on_piece(realtime::Ticket ticket, const Piece& piece);

    AgentCommandsNeeds needs_;
    Identity identity_;
};

}  // namespace relay
