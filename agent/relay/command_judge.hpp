// The policy's judgement on a command where it goes: what is known of the page there, and of the stream that it names.
#pragma once

#include <string>
#include <string_view>

#include "agent/relay/core/command.hpp"
#include "agent/relay/core/flights.hpp"
#include "agent/relay/core/io_handles.hpp"
#include "agent/relay/core/policy.hpp"
#include "agent/relay/core/route.hpp"
#include "agent/relay/policies.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

class CommandJudge {
  public:
    /// Both outlive the CommandJudge.
    CommandJudge(const Settings& settings, const cdp::BrowserPort& browser)
        : settings_{settings}, browser_{browser}, policies_{settings.policy, settings.trust} {}

    /// `held`: whose the command is.
    Judgement judge(const Command& command, Place place, const Held& held) const;

    /// A result, or an event that a client hears, may give a stream: who was given it may read it from then on. `held`:
    /// whose the command or the client is.
    void on_result(const Held& held, std::string_view session, std::string_view method, std::string_view result) {
        handles_.on_result({session, held.fingerprint}, method, result);
    }
    /// Another browser counts its streams anew.
    void on_new_browser() noexcept { handles_.clear(); }

    /// That of a command which goes to the browser. Valid until set_trust().
    const Policy& policy_of(const Held& held) const { return policies_.of(held, Place::session); }
    /// As Policies::of_key().
    const Policy& policy_of_key(std::string_view name) const { return policies_.of_key(name); }
    /// The machine's.
    const Policy& policy() const noexcept { return policies_.machine(); }

    /// Who may drive the machine. The new one takes effect with the next command.
    const Trust& trust() const noexcept { return policies_.trust(); }
    void set_trust(const TrustSettings& settings) { policies_.set_trust(settings); }

  private:
    Surroundings surroundings_of(const Command& command, Place place, std::string& scratch) const;
    bool may_use_stream(const Command& command, Place place, const Held& held, Profile profile) const;

    const Settings& settings_;
    const cdp::BrowserPort& browser_;
    Policies policies_;
    IoHandles handles_;  // of the browser's own streams
};

}  // namespace relay
