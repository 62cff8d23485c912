// What Clients needs of the one who relays. Called on the loop; must not destroy the Clients.
#pragma once

#include <string>
#include <string_view>

#include "agent/realtime/core/outbox.hpp"
#include "agent/relay/client.hpp"
#include "agent/relay/client_browser.hpp"
#include "cdp/core/message.hpp"
#include "cdp/core/pending.hpp"

namespace relay {

class ClientOwner : public HiddenPages {
  public:
    /// One message of a client, JSON text of an object: to be judged and carried out. Its reply goes to reply().
    virtual void run_message(const Client& client, std::string_view message) = 0;
    /// Why a sealed client, whose key was proved just now, may not have the session that it asked for: the reason of
    /// its end, which lives for ever; empty: it may.
    virtual std::string_view refusal_of_session(const Client& client) = 0;
    /// The answer to the Agent.open with that ticket. `answer` is the browser's, where it gave no session.
    virtual void on_opened(realtime::Ticket open, const std::string& result) = 0;
    virtual void on_not_opened(realtime::Ticket open, const cdp::Answer& answer) = 0;
    /// An event is about to be sent to the client.
    virtual void on_event_sent(const Client& client, const cdp::Message& event) = 0;
    /// The client is none any more. `reason` lives for ever.
    virtual void on_ended(const Client& client, std::string_view reason) = 0;

  protected:
    ~ClientOwner() = default;
};

}  // namespace relay
