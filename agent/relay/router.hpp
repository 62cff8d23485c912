// Between the two links: takes `cdp-command`s off the channel, asks the policy, hands them to the browser (or answers
// them itself) and publishes exactly one `cdp-result` for each. Every command ends: with the browser's answer, with its
// deadline (which the browser link keeps), or with an answer of the agent's own.
//
// One thread. Nothing here blocks or waits: what has to be written to files is done by run().
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/relay/admission.hpp"
#include "agent/relay/agent_commands.hpp"
#include "agent/relay/answers.hpp"
#include "agent/relay/attached_browser.hpp"
#include "agent/relay/client_commands.hpp"
#include "agent/relay/command_judge.hpp"
#include "agent/relay/core/flights.hpp"
#include "agent/relay/core/tickets.hpp"
#include "agent/relay/core/traffic.hpp"
#include "agent/relay/download_places.hpp"
#include "agent/relay/forwarding.hpp"
#include "agent/relay/intake.hpp"
#include "agent/relay/kept_files.hpp"
#include "agent/relay/result_sink.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

/// How a command came.
struct CommandFlags {
    bool stale = false;  // it waited in the socket over a suspend or a stop of the process
    bool raw = false;    // as bytes: see realtime::split_raw(). A post alone may have bytes beside its text
};

/// Called on the loop; must not destroy the Router.
class RouterListener {
  public:
    /// Something changed on which it depends whether commands can be served: the browser's state, a trouble of the
    /// audit trail or of the spool.
    virtual void on_serving() = 0;

  protected:
    ~RouterListener() = default;
};

/// For status and metrics.
struct RouterStatus {
    std::size_t in_flight = 0;        // commands whose result is not acknowledged
    std::size_t at_browser = 0;       // of them, those that the browser has not answered
    std::size_t bytes_in_flight = 0;  // parameters of those
    std::size_t waiting_answers = 0;  // answers that the outbox has no room for
    std::size_t streams = 0;
    std::size_t stream_bytes = 0;
    std::size_t clients = 0;
    std::size_t client_bytes = 0;                             // held for them: not sent yet, or not acknowledged
    std::size_t client_bytes_on_disk = 0;                     // of these, in files
    std::uint64_t sealed_ignored = 0;                         // posts that were none of a sealed client's stream
    std::map<std::string_view, std::uint64_t> clients_ended;  // by reason
    Traffic traffic;
    std::uint64_t audit_lost = 0;
    std::string audit_trouble;   // why no line can be written; empty: they can
    bool audit_refuses = false;  // commands are refused for that
    SpoolUse spool;
    std::string spool_trouble;  // why files find no room; empty: they do
};

class Router final : public cdp::Asker, ClientCarrier {
  public:
    /// `files` is the worker for files. All references must outlive the Router, which is the browser's Asker.
    Router(net::any_io_executor executor, Settings settings, ResultSink& sink, cdp::BrowserPort& browser,
           platform::Worker& files);
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    void set_identity(Identity identity) {
        clients_.set_instance(identity.instance);
        clients_.sealed().set_device(identity.uuid);
        agent_.set_identity(std::move(identity));
    }
    /// The device's own key, for sealed clients. Without one there are none.
    void set_key(const platform::KeyPair& key) {
        clients_.sealed().set_key(key);
        agent_.set_fingerprint(clients_.sealed().fingerprint());
    }
    /// Who may drive the machine has changed: clients that may not any more are ended.
    void set_trust(const TrustSettings& trust) {
        judge_.set_trust(trust);
        agent_.set_fingerprint(clients_.sealed().fingerprint());
        clients_.on_trust();
    }

    /// One `cdp-command`'s payload (a slice of the receive buffer: read during the call). Replayed ones must not come
    /// here: they are never commands.
    void on_command(std::string_view payload, CommandFlags flags);

    /// A command whose message of `size` bytes was beyond `limit`, the greatest that is read: `too_large`. `outline` is
    /// its payload without the parameters.
    void on_overlong(std::string_view outline, std::uint64_t size, std::uint64_t limit);

    /// A command that was left to another agent of this device, which did not answer it: `stale`. `id` is the bytes of
    /// its id.
    void on_left_over(std::string_view id);

    /// What became of a message. For Settled::too_large, `payload` is what was refused, if it is still known: then the
    /// result is kept as a stream.
    void on_settled(realtime::Ticket ticket, realtime::Settled how, std::string_view payload = {}) {
        if (!clients_.on_settled(ticket, how)) answers_.on_settled(ticket, how, payload);
    }
    /// A message that is `streamed` was written to the socket.
    void on_sent(realtime::Ticket ticket) { clients_.on_sent(ticket); }
    /// The channel is joined, or is no more.
    void on_link(bool joined) { clients_.on_link(joined); }

    void on_answer(const cdp::Answer& answer) override;
    bool hears_events() const override { return clients_.count() > 0; }
    void on_event(const cdp::Message& event, std::string_view top) override;
    void on_session_end(std::string_view session) override { clients_.on_session_end(session); }

    /// The browser link's state changed. In a browser that has just come downloads go to the spool from the start
    /// (nowhere, where there is none), not only once somebody asks for downloads.
    void on_browser_state() override;

    /// What comes from now on is answered `stopping`; what is in flight goes on. `reason` is a sentence for the sender.
    void refuse_new(std::string reason);

    /// refuse_new(), and answers commands in flight with `stopping` too.
    void stop_relaying(std::string reason);

    /// Commands in flight that have no answer yet, but for those of clients.
    std::size_t unanswered() const noexcept { return flights_.unanswered(); }

    /// A person takes the machine: what runs is finished, new commands get `busy` until it is over. Nothing: resume.
    void set_pause(std::optional<Pause> pause) { admission_.set_pause(pause); }
    /// The pause, if one holds at `now`.
    const Pause* pause(WallTime now) const noexcept { return admission_.pause(now); }

    RouterStatus status() const;

    /// Before run(); it outlives the Router.
    void connect(RouterListener& listener);

    /// Writes streams and the audit trail, keeps the spool within its quota, until stop().
    awaitable<Error> run();
    void stop();

  private:
    bool admit(const Arrival& arrival, std::size_t payload_bytes);
    std::optional<Refusal> refusal_of_plain(std::string_view method) const;
    bool takes_place(const Command& command) const;
    std::optional<Refusal> make_place_for_stranger();
    Flight& begin(const Command& command, std::size_t payload_bytes, realtime::SenderId sender);
    void carry(const Client& client, const Command& command, const ClientMessage& message) override;

    Settings settings_;
    AttachedBrowser browser_;
    RouterListener* listener_ = nullptr;  // set by connect()
    Tickets tickets_;
    CommandJudge judge_;
    Flights flights_;
    DownloadPlaces downloads_;
    KeptFiles kept_;
    Traffic traffic_;
    Answers answers_;
    Admission admission_;
    AgentCommands agent_;
    Intake intake_;
    ClientCommands clients_;
    Forwarding forwarding_;
};

}  // namespace relay
