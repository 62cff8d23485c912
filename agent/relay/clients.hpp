// Controllers that speak the whole protocol over the channel (contract, "Clients"). Each has a session of the browser's
// for itself, hears the events of that session and of all that descend from it, and is reached by a numbered stream in
// each direction. Clients knows who there is, keeps their leases, hands their messages on, and ends them in order.
//
// One thread. What a client's message may do is not decided here: see ClientOwner::run_message().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/realtime/core/outbox.hpp"
#include "agent/relay/client.hpp"
#include "agent/relay/client_browser.hpp"
#include "agent/relay/client_mail.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/result.hpp"
#include "agent/relay/patience.hpp"
#include "agent/relay/result_sink.hpp"
#include "agent/relay/settings.hpp"
#include "agent/relay/silent_clients.hpp"
#include "agent/relay/spilling.hpp"
#include "cdp/browser_port.hpp"
#include "cdp/core/pending.hpp"
#include "platform/clock.hpp"
#include "platform/net.hpp"
#include "platform/turn.hpp"

namespace relay {

/// What Clients needs of the one who relays. Called on the loop; must not destroy the Clients.
class ClientOwner : public HiddenPages {
  public:
    /// One message of a client, JSON text of an object: to be judged and carried out. Its reply goes to reply().
    virtual void run_message(const Client& client, std::string_view message) = 0;
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

class Clients final : platform::TurnEnd, SpillOwner {
  public:
    /// Whether a message or a command with that ticket is of Clients, towards the channel or the browser.
    static bool owns(realtime::Ticket ticket) noexcept { return (ticket & ClientMail::ticket_bit) != 0; }

    /// All references outlive the Clients.
    struct Needs {
        net::any_io_executor executor;
        const ClientSettings& settings;
        ResultSink& sink;
        cdp::BrowserPort& browser;
        platform::Worker& files;  // the worker for them
    };
    Clients(const Needs& needs, ClientOwner& owner);

    void set_instance(const std::string& instance) { mail_.set_instance(instance); }

    struct Opener {
        realtime::Ticket ticket = 0;        // of the Agent.open
        std::string id;                     // its id
        std::string params;                 // its params, as they came
        realtime::SenderId controller = 0;  // who sent it
    };
    /// An Agent.open that the policy passed. The answer comes to the owner, perhaps during the call.
    void open(const Opener& opener, const OpenRequest& request, TimePoint deadline);
    /// The same Agent.open came before, and its client has not posted yet: it is answered for that client. False: it
    /// did not.
    bool open_again(const Opener& opener);
    /// Why no client can be opened now: the reason and a sentence; nothing: one can.
    std::optional<Refusal> refuse_open(const OpenRequest& request) const {
        return refusal_of_open(request, settings_, clients_.size(), holder() != nullptr);
    }
    /// The params of an Agent.post.
    void on_post(std::string_view params);
    /// Ends that client, if there is one.
    void close(const std::string& id, std::string_view reason) { end(id, reason); }

    /// The client that has the browser for itself; null: none has.
    const Client* holder() const noexcept { return holder_of(clients_); }
    const Client* find(std::string_view id) const { return client_in(clients_, id); }

    /// The browser's reply to a client's command, or one in the browser's place: `text` is the whole message.
    void reply(std::string_view id, const std::string& text);
    /// Browser.close of a client was answered: it alone ends, once it has the answer.
    void finish(std::string_view id);
    /// A browser context is the client's, or has gone.
    void own_context(std::string_view id, std::string context);
    void disown_context(std::string_view context) {
        const auto is_it = [context](const std::string& one) { return one == context; };
        for (const auto& entry : clients_) std::erase_if(entry.second->contexts, is_it);
    }

    /// The client sends that command to the browser; it names its session.
    void on_command(std::string_view id, const Command& command) {
        if (Client* const client = at(id)) SilentClients::on_command(*client, command);
    }
    /// A command that belongs to no client goes to the browser.
    void on_other_command(TimePoint now) {
        silent_.on_other_command(now);
        rearm();
    }

    void on_answer(const cdp::Answer& answer);
    void on_sent(realtime::Ticket ticket);
    void on_settled(realtime::Ticket ticket, realtime::Settled how);
    /// The channel is joined, or is no more.
    void on_link(bool joined);
    void end_all(std::string_view reason);
    /// What waits for them goes now, whatever the pace has room for: they are about to be ended.
    void send_last() {
        const TimePoint now = platform::BootClock::now();
        for (const auto& entry : clients_) mail_.send_last(*entry.second, now);
    }
    void on_browser_lost();

    /// As cdp::Asker.
    void on_event(const cdp::Message& event, std::string_view top);
    void on_session_end(std::string_view session);

    std::size_t count() const noexcept { return clients_.size(); }
    HeldBytes bytes() const noexcept { return bytes_of(clients_); }

    /// Keeps leases and timeouts, and what waits for clients in files, until stop().
    awaitable<Error> run();
    void stop() {
        stopping_ = true;
        timer_.cancel();
        spilling_.stop();
    }

  private:
    void at_turn_end() override;
    void on_read_back(Client& client) override { wake(client); }
    void on_lost(const std::string& client) override { end(client, "overloaded"); }
    awaitable<void> keep_leases();
    void wake(Client& client);
    void pump(Client& client);
    void tend(TimePoint now);
    TimePoint next_look() const;
    void answer_open(Client& client);
    void rearm() {
        if (next_look() < armed_) timer_.cancel();
    }
    void end_stuck();
    template <class Why>
    void end_where(Why why);
    Client* at(std::string_view id) { return client_in(clients_, id); }
    void send(Client& client, const std::string& text, Awaited how);
    void bound_bytes();
    void end(const std::string& id, std::string_view reason);

    const ClientSettings& settings_;
    ResultSink& sink_;
    ClientMail mail_;
    ClientBrowser browser_;
    ClientOwner& owner_;
    ClientTable clients_;
    Spilling spilling_;
    SilentClients silent_;
    platform::Timer timer_;
    std::unordered_map<std::string, std::string, cdp::TextHash, std::equal_to<>> by_session_;  // own session → client
    std::unordered_map<realtime::Ticket, std::string> opening_;  // attaches that are on their way → client
    realtime::Ticket last_ticket_ = ClientMail::ticket_bit;      // towards the browser
    TimePoint armed_ = TimePoint::max();                         // when timer_ fires
    bool joined_ = false;
    bool stopping_ = false;
};

}  // namespace relay
