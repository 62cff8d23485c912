// What clients ask for: they come and go by commands of the Agent domain, and each message that they post is carried
// out as a command is. The outcome goes back on the client's stream, in the browser's own words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/relay/admission.hpp"
#include "agent/relay/answers.hpp"
#include "agent/relay/client_files.hpp"
#include "agent/relay/clients.hpp"
#include "agent/relay/command_judge.hpp"
#include "agent/relay/core/flights.hpp"
#include "agent/relay/core/traffic.hpp"
#include "agent/relay/result_sink.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

/// Whose the commands of that client are.
Held held_of(const Client& client);

/// How a client's message came.
struct ClientMessage {
    std::size_t bytes = 0;
    bool of_own_session = false;  // it named no session
    bool alone = false;           // it is to be carried out as a command without a client
    std::string answers = {};     // the id of the request that it lets go on
};

/// Who judges and carries out a command of a client: `command` names its session, unless it goes alone. Its outcome
/// comes to ClientReplies.
class ClientCarrier {
  public:
    virtual void carry(const Client& client, const Command& command, const ClientMessage& message) = 0;

  protected:
    ~ClientCarrier() = default;
};

/// What ClientCommands works with; all of it outlives it.
struct ClientCommandsNeeds {
    net::any_io_executor executor;
    const Settings& settings;
    ResultSink& sink;
    cdp::BrowserPort& browser;
    const CommandJudge& judge;
    const Admission& admission;
    Answers& answers;
    Flights& flights;
    Traffic& traffic;
    ClientCarrier& carrier;
    platform::Worker& files;  // the worker for them
};

class ClientCommands final : public ClientReplies, ClientOwner {
  public:
    explicit ClientCommands(const ClientCommandsNeeds& needs);

    void set_instance(const std::string& instance) { clients_.set_instance(instance); }
    /// As SealedClients has them.
    SealedClients& sealed() noexcept { return clients_.sealed(); }
    const SealedClients& sealed() const noexcept { return clients_.sealed(); }
    /// CommandJudge::set_trust() was called.
    void on_trust() { clients_.on_trust(); }

    /// Answers Agent.open, Agent.close, Agent.fileRead and Agent.filePut. False: it is another command.
    bool carry_out(Flight& flight, std::string_view params);
    /// An Agent.post; `raw` are the bytes beside it, empty for none. A stale one comes again, since its client has no
    /// acknowledgement of it.
    void on_post(const Command& post, std::string_view raw, bool stale);
    /// Why a command without a client is refused: a client has the browser for itself.
    std::optional<Refusal> refusal(std::string_view method) const;

    void on_outcome(const Flight& flight, std::string_view outcome, std::string_view text) override;

    /// False: it is not of a client.
    bool on_answer(const cdp::Answer& answer) {
        if (!Clients::owns(answer.ticket)) return false;
        clients_.on_answer(answer);
        return true;
    }
    bool on_settled(realtime::Ticket ticket, realtime::Settled how) {
        if (!Clients::owns(ticket)) return false;
        clients_.on_settled(ticket, how);
        return true;
    }
    void on_sent(realtime::Ticket ticket) { clients_.on_sent(ticket); }
    void on_link(bool joined) { clients_.on_link(joined); }
    /// A command goes to the browser: a client's, or one that belongs to none.
    void on_to_browser(const Flight& flight) {
        if (!flight.held.client.empty()) return clients_.on_command(flight);
        if (clients_.count() > 0) clients_.on_other_command(flight.begun);
    }
    void on_event(const cdp::Message& event, std::string_view top) { clients_.on_event(event, top); }
    /// As Clients has it.
    const Client* of_session(std::string_view session) const { return clients_.of_session(session); }
    void on_session_end(std::string_view session) { clients_.on_session_end(session); }
    /// They are ended at an orderly stop: after what waits for them.
    void end_in_order(std::string_view reason) {
        clients_.send_last();
        clients_.end_all(reason);
    }
    void on_browser_lost() { clients_.on_browser_lost(); }
    /// A command of anybody's disposed of that browser context.
    void on_disposed(std::string_view params);

    /// How many clients have ended, by reason.
    const std::map<std::string_view, std::uint64_t>& ended() const noexcept { return ended_; }
    std::size_t count() const noexcept { return clients_.count(); }
    std::vector<std::string> labels(bool with_keys) const { return clients_.labels(with_keys); }
    HeldBytes bytes() const noexcept { return clients_.bytes(); }

    awaitable<Error> run();
    void stop();

  private:
    void open(Flight& flight, std::string_view params);
    bool open_again(Flight& flight, const ClientOpener& opener);
    void open_new(Flight& flight, const ClientOpener& opener, const OpenRequest& request);
    std::optional<Refusal> refusal_of_open(const Flight& flight, const OpenRequest& request) const;
    std::optional<Refusal> refusal_of_target(const Held& held, std::string_view id, std::string_view target) const;
    void run_call(const Client& client, const Command& call, std::size_t bytes);
    void end_by_itself(const Client& client, const Command& command);
    void run_command(const Client& client, const Command& command, std::size_t bytes);
    std::optional<std::string> error_at_once(const Client& client, const Command& command) const;

    void run_message(const Client& client, std::string_view message) override;
    std::string_view refusal_of_session(const Client& client) override;
    void on_opened(realtime::Ticket open, const std::string& result) override;
    void on_not_opened(realtime::Ticket open, const cdp::Answer& answer) override;
    bool hides_page(const Client& client, std::string_view url, std::string_view type) const override;
    void on_event_sent(const Client& client, const cdp::Message& event) override;
    void on_ended(const Client& client, std::string_view reason) override;

    ClientCommandsNeeds needs_;
    std::map<std::string_view, std::uint64_t> ended_;  // by reason: a literal each
    ClientFiles files_;
    Clients clients_;
};

}  // namespace relay
