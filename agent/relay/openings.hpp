// How clients come: from an Agent.open to the session in the browser. A plain client is answered when it has its
// session. A sealed one is answered at once, with what TLS says, and its session is asked for when its key was proved:
// until then nothing is done for it that anybody could notice.
//
// One thread.
#pragma once

#include <string>
#include <unordered_map>

#include "agent/realtime/core/outbox.hpp"
#include "agent/relay/client.hpp"
#include "agent/relay/client_browser.hpp"
#include "agent/relay/client_mail.hpp"
#include "agent/relay/client_owner.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/result_sink.hpp"
#include "agent/relay/sealed_clients.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/core/pending.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

/// An Agent.open that the policy passed.
struct ClientOpener {
    realtime::Ticket ticket = 0;        // of the Agent.open
    std::string id;                     // its id
    std::string params;                 // its params, as they came
    realtime::SenderId controller = 0;  // who sent it
};

class Openings {
  public:
    /// All of it outlives the Openings.
    struct Needs {
        const ClientSettings& settings;
        ResultSink& sink;
        ClientTable& clients;
        ClientMail& mail;
        ClientBrowser& browser;
        const Trust& trust;  // whose keys are taken
        ClientOwner& owner;
        realtime::Ticket& last_ticket;  // towards the browser
    };
    explicit Openings(const Needs& needs) noexcept : needs_{needs}, sealed_{needs.settings, needs.trust} {}

    SealedClients& sealed() noexcept { return sealed_; }
    const SealedClients& sealed() const noexcept { return sealed_; }

    /// The answer comes to the owner, perhaps during the call. Returns why there is none for a sealed client: a
    /// sentence; empty: it comes.
    std::string open(const ClientOpener& opener, const OpenRequest& request, TimePoint deadline, bool joined);
    /// The same Agent.open came before, and its client has not posted yet: it is answered for that client. False: it
    /// did not.
    bool open_again(const ClientOpener& opener);
    /// The session of a client whose key was proved is asked for.
    void attach(Client& client, TimePoint deadline);

    /// Whether that is the answer to an attach.
    bool owns(const cdp::Answer& answer) const { return attaches_.contains(answer.ticket); }
    /// Takes that answer. `client` is open now, or `refused`: a sealed client that got no session and has to end.
    struct Came {
        Client* client = nullptr;
        Client* refused = nullptr;
    };
    Came on_answer(const cdp::Answer& answer);

    /// The client is over before its Agent.open was answered; its session may still come, and is left at once then.
    void give_up(const Client& client, std::string_view reason);

  private:
    void answer_open(Client& client);

    Needs needs_;
    SealedClients sealed_;
    std::unordered_map<realtime::Ticket, std::string> attaches_;  // that are on their way → client
};

}  // namespace relay
