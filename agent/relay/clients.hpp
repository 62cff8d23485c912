// Controllers that speak the whole protocol over the channel (contract, "Clients"). Each has a session of the browser's
// for itself, hears the events of that session and of all that descend from it, and is reached by a message stream in
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
#include <vector>

#include "agent/realtime/core/outbox.hpp"
#include "agent/relay/client.hpp"
#include "agent/relay/client_browser.hpp"
#include "agent/relay/client_mail.hpp"
#include "agent/relay/client_owner.hpp"
#include "agent/relay/continue_for_silent.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/result.hpp"
#include "agent/relay/openings.hpp"
#include "agent/relay/patience.hpp"
#include "agent/relay/result_sink.hpp"
#include "agent/relay/sealed_clients.hpp"
#include "agent/relay/settings.hpp"
#include "agent/relay/spilling.hpp"
#include "cdp/browser_port.hpp"
#include "cdp/core/pending.hpp"
#include "platform/clock.hpp"
#include "platform/net.hpp"
#include "platform/turn.hpp"

namespace relay {

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
        const Trust& trust;       // whose keys are taken
        platform::Worker& files;  // the worker for them
    };
    Clients(const Needs& needs, ClientOwner& owner);

    void set_instance(const std::string& instance) { mail_.set_instance(instance); }

    /// As Openings has them.
    std::string open(const ClientOpener& opener, const OpenRequest& request, TimePoint deadline) {
        std::string wrong = openings_.open(opener, request, deadline, joined_);
        rearm();
        return wrong;
    }
    bool open_again(const ClientOpener& opener) { return openings_.open_again(opener); }

    SealedClients& sealed() noexcept { return openings_.sealed(); }
    const SealedClients& sealed() const noexcept { return openings_.sealed(); }
    /// Other keys are taken, or other clients: those that are none of them end.
    void on_trust();

    /// Why no client can be opened now: the reason and a sentence; nothing: one can.
    std::optional<Refusal> refuse_open(const OpenRequest& request) const {
        return refusal_of_open(request, settings_, clients_);
    }
    /// The params of an Agent.post, and the bytes beside them, empty for none.
    void on_post(std::string_view params, std::string_view raw);
    /// Ends that client, if there is one.
    void close(const std::string& id, std::string_view reason) { end(id, reason); }

    /// The client that has the browser for itself; null: none has.
    const Client* holder() const noexcept { return holder_of(clients_); }
    const Client* find(std::string_view id) const { return client_in(clients_, id); }

    /// The one whose own session that is; null: nobody's.
    const Client* of_session(std::string_view session) const {
        const auto found = by_session_.find(session);
        return found != by_session_.end() ? find(found->second) : nullptr;
    }

    /// The browser's reply to a client's command, or one in the browser's place: `text` is the whole message, `method`
    /// the command's if it matters.
    void reply(std::string_view id, const std::string& text, std::string_view method = {});
    /// Browser.close of a client was answered, or it asks nothing more: it alone ends, once it has the last answer.
    void finish(std::string_view id);
    /// A browser context is the client's, or has gone.
    void own_context(std::string_view id, std::string context);
    void disown_context(std::string_view context) {
        const auto is_it = [context](const std::string& one) { return one == context; };
        for (const auto& entry : clients_) std::erase_if(entry.second->contexts, is_it);
    }

    /// A command of a client's goes to the browser.
    void on_command(const Flight& command) {
        if (Client* const client = at(command.held.client)) ContinueForSilent::on_command(*client, command);
    }
    /// Its outcome is known.
    void on_outcome(const Flight& command, bool carried_out) {
        Client* const client = at(command.held.client);
        if (client == nullptr) return;
        ContinueForSilent::on_outcome(*client, command, carried_out);
        if (!carried_out) rearm();  // what it was to let go on waits again
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
    /// For people: as labels_of() has them.
    std::vector<std::string> labels(bool with_keys) const { return labels_of(clients_, with_keys); }
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
    void run_messages(const std::string& id, const std::vector<std::string_view>& messages);
    void run_early(Client& client);
    void wait_for_end(Client& client);
    void finish_if_over(const std::string& id) {
        if (const Client* const client = at(id); client != nullptr && client->over()) finish(id);
    }
    std::string_view judge_post(Client& client, const StreamReceiver::Received& received);
    void rearm() {
        if (next_look() < armed_) timer_.cancel();
    }
    void end_stuck();
    template <class Why>
    void end_where(Why why);
    Client* at(std::string_view id) { return client_in(clients_, id); }
    void send(Client& client, const std::string& text, Awaited how);
    void bound_bytes() {
        const std::string greatest = beyond_bounds(clients_, settings_);
        if (!greatest.empty()) end(greatest, "overloaded");
    }
    void end(const std::string& id, std::string_view reason);

    const ClientSettings& settings_;
    ResultSink& sink_;
    ClientMail mail_;
    ClientBrowser browser_;
    ClientOwner& owner_;
    ClientTable clients_;
    Openings openings_;
    Spilling spilling_;
    ContinueForSilent silent_;
    platform::Timer timer_;
    // By own session.
    std::unordered_map<std::string, std::string, platform::TextHash, std::equal_to<>> by_session_;
    realtime::Ticket last_ticket_ = ClientMail::ticket_bit;  // towards the browser
    TimePoint armed_ = TimePoint::max();                     // when timer_ fires
    bool joined_ = false;
    bool stopping_ = false;
};

}  // namespace relay
