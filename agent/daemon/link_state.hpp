// The one holder of what is shown of the agent: the cloud link's state, the reason at the gate, the message for people
// and the service manager's line. Wakes those who wait for the join or for the stop.
// Thread rule: the loop's thread. Lifetime: the process's.
#pragma once

#include <string>
#include <string_view>

#include "agent/daemon/core/gate_reason.hpp"
#include "agent/pairing/joining_agent.hpp"
#include "agent/realtime/status.hpp"
#include "platform/net.hpp"

namespace agent::daemon {

class LinkState final : public pairing::JoiningAgent {
  public:
    explicit LinkState(const net::any_io_executor& executor);
    LinkState(const LinkState&) = delete;
    LinkState& operator=(const LinkState&) = delete;

    realtime::State state() const noexcept { return state_; }
    bool joined() const noexcept override { return state_ == realtime::State::joined; }

    /// The links are up, and `status` is the cloud link's own: valid until end().
    void begin(const realtime::Status& status);
    /// The links are down. The state stays what it was until the gate or the next links set it.
    void end() noexcept { link_ = nullptr; }
    /// Null between end() and begin().
    const realtime::Status* link() const noexcept override { return link_; }

    /// What the cloud link reports. True: the state is another one than before.
    bool take(const realtime::Status& status);

    /// The agent stands at its gate.
    void stand_at_gate(GateNotice notice);
    /// There is a credential: the links are about to begin.
    void leave_gate() noexcept { at_gate_ = false; }
    /// Returns when it stands there, at the stop, or on cancellation.
    awaitable<void> at_gate();
    const GateNotice& gate() const noexcept { return gate_; }
    std::string why_no_link() const override { return gate_.reason; }

    /// The last message for people, cleaned; empty: there is none.
    void set_message(std::string message) { message_ = std::move(message); }
    const std::string& message() const noexcept { return message_; }

    /// The service manager's status line. The first one says also that the agent is ready; one that changes nothing is
    /// not sent.
    void show(std::string_view line);
    /// What was shown last; empty: nothing yet.
    const std::string& line() const noexcept { return line_; }

    /// The agent stops: the first call alone counts. True: it was the first.
    bool stop();
    bool stopping() const noexcept override { return stopping_; }

    /// Returns when the state changes, when the cloud link says that time alone does not mend it, at the stop, or on
    /// cancellation. To be followed by a look.
    awaitable<void> changed() override;
    /// Returns at the stop, or on cancellation.
    awaitable<void> stopped();
    /// Returns when the first line is shown: whether there is a credential is known then. Also at the stop, and on
    /// cancellation.
    awaitable<void> ready();

  private:
    void set(realtime::State state);

    realtime::State state_ = realtime::State::gate;
    const realtime::Status* link_ = nullptr;
    GateNotice gate_{.reason = "starting", .remedy = {}};
    bool at_gate_ = false;
    std::string message_;
    std::string line_;
    bool stopping_ = false;
    platform::Timer changed_;  // never expires: cancelled when those who wait are to look
};

}  // namespace agent::daemon
