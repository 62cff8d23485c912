// Carries out what the agent answers itself: Agent.getInfo, and IO.read and IO.close on the results that it keeps.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/relay/agent_domain.hpp"
#include "agent/relay/answers.hpp"
#include "agent/relay/core/flights.hpp"
#include "agent/relay/io_streams.hpp"
#include "agent/relay/result_sink.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

/// What AgentCommands works with; all of it outlives it.
struct AgentCommandsNeeds {
    const Settings& settings;
    const ResultSink& sink;
    const cdp::BrowserPort& browser;
    Flights& flights;
    IoStreams& streams;
    Answers& answers;
    /// What the clients that there are call themselves; `with_keys`: those without a label are called by their keys.
    std::function<std::vector<std::string>(bool with_keys)> drivers = [](bool) { return std::vector<std::string>{}; };
};

class AgentCommands {
  public:
    explicit AgentCommands(AgentCommandsNeeds needs) : needs_{std::move(needs)} {}

    void set_identity(Identity identity) { identity_ = std::move(identity); }
    /// Of this device's key; empty: clients are not sealed here.
    void set_fingerprint(std::string fingerprint) { fingerprint_ = std::move(fingerprint); }

    /// Answers the command: during the call, or when the stream's file has been read.
    void carry_out(Flight& flight, std::string_view params);

  private:
    void close_stream(Flight& flight, const IoParams& io);
    void read_stream(const Flight& flight, const IoParams& io);
    void on_piece(realtime::Ticket ticket, const Piece& piece);

    AgentCommandsNeeds needs_;
    Identity identity_;
    std::string fingerprint_;
};

}  // namespace relay
