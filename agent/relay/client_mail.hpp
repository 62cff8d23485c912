// The broadcasts of clients on their way to the channel. Each client has at most one that was not sent yet: what comes
// for it meanwhile is gathered into the next one.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/realtime/core/outbox.hpp"
#include "agent/relay/client.hpp"
#include "agent/relay/core/pace_turns.hpp"
#include "agent/relay/pace_shares.hpp"
#include "agent/relay/result_sink.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

class ClientMail {
  public:
    /// Tickets of clients' messages have this bit, towards the channel and towards the browser: no others do.
    static constexpr realtime::Ticket ticket_bit = realtime::Ticket{1} << 63;

    /// `sink` outlives it.
    explicit ClientMail(ResultSink& sink)
        : sink_{sink}, shares_{sink}, turns_{[this](TimePoint now) { return sink_.room_at(now, in_outbox_.size()); }} {}
    ClientMail(const ClientMail&) = delete;
    ClientMail& operator=(const ClientMail&) = delete;

    /// Who shares the pace.
    PaceShares& shares() noexcept { return shares_; }

    /// Names this run of the agent in each broadcast.
    void set_instance(const std::string& instance) { instance_ = instance; }
    const std::string& instance() const noexcept { return instance_; }

    /// Hands the client's next broadcast to the channel, if its stream has one, the pace has room for it, and no client
    /// waits longer for that: what comes until then goes with it. Where the outbox has no room the client is `blocked`,
    /// and its stream keeps the content.
    void send_next(Client& client, TimePoint now);
    /// At an end: what waits goes now, whatever the pace has room for.
    void send_last(Client& client, TimePoint now);

    /// The client whose broadcast that is; empty: the client has ended, or it was said to be sent before.
    std::string client_of(realtime::Ticket ticket) const;
    /// The broadcast with that ticket has left the client's hand. Returns the name of its client, as client_of() does.
    std::string on_sent(realtime::Ticket ticket);

    /// The client has ended, and waits for no turn.
    void leave_turn(Client& client, TimePoint now) { turns_.leave(client.turn, now); }
    /// Who shares the pace has changed.
    void on_pace(TimePoint now) { turns_.look_again(now); }

    /// The client has ended: its broadcasts under way concern nobody.
    void forget(std::string_view client);

    /// Says on the channel why a client has ended.
    void publish_ended(std::string_view client, std::string_view reason, realtime::SenderId sender);
    /// Answers a post for a client that does not exist.
    void publish_unknown(std::string_view client);

  private:
    void publish_next(Client& client, TimePoint now);
    void publish(Client& client, const MessageStream::Outgoing& broadcast, TimePoint now);

    ResultSink& sink_;
    PaceShares shares_;
    std::string instance_;
    std::unordered_map<realtime::Ticket, std::string> in_outbox_;  // broadcasts not sent yet → client
    realtime::Ticket last_ticket_ = ticket_bit;
    PaceTurns turns_;
};

}  // namespace relay
