// The policy's judgement on a command where it goes: what is known of the page there, and of the stream that it names.
#pragma once

#include <string>
#include <string_view>

#include "agent/relay/core/command.hpp"
#include "agent/relay/core/policy.hpp"
#include "agent/relay/core/route.hpp"
#include "agent/relay/core/stream_handles.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

class CommandJudge {
  public:
    /// Both outlive the CommandJudge.
    CommandJudge(const Settings& settings, const cdp::BrowserPort& browser)
        : settings_{settings}, browser_{browser}, policy_{settings.policy} {}

    Judgement judge(const Command& command, Place place) const;

    /// A command's result may give a stream, which may be read from then on.
    void on_result(std::string_view session, std::string_view method, std::string_view result) {
        handles_.on_result(session, method, result);
    }
    /// Another browser counts its streams anew.
    void on_new_browser() noexcept { handles_.clear(); }

    const Policy& policy() const noexcept { return policy_; }

  private:
    Surroundings surroundings_of(const Command& command, Place place, std::string& scratch) const;
    bool may_use_stream(const Command& command, Place place) const;

    const Settings& settings_;
    const cdp::BrowserPort& browser_;
    Policy policy_;
    StreamHandles handles_;  // of the browser's own streams
};

}  // namespace relay
