// Decides which page stands in for commands that name none (contract, "Where a command goes"), and what to ask the
// browser for in order to be attached to it. Pure: the caller sends the commands and reports what came of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/targets.hpp"

namespace cdp {

class DefaultPage {
  public:
    enum class State : std::uint8_t {
        none,       // nobody needed it yet, or it went
        listing,    // Target.getTargets was sent
        creating,   // Target.createTarget was sent: no page that may stand was open
        attaching,  // Target.attachToTarget was sent
        ready,      // session() takes commands
    };

    /// What to send next.
    enum class Step : std::uint8_t {
        wait,     // nothing: a reply is awaited, or the page is ready
        list,     // Target.getTargets
        create,   // Target.createTarget about:blank
        attach,   // Target.attachToTarget, target()
        serve,    // the page is ready: hand out what waited
        give_up,  // the browser refused too often: fail what waited; the next need begins anew
    };

    using Excluded = std::function<bool(const TargetInfo& target)>;

    /// A command needs the page.
    Step need();
    /// The reply to Target.getTargets: the targets in the browser's order. `excluded`: refused schemes, crashed pages.
    Step listed(const std::vector<TargetInfo>& targets, const Excluded& excluded);
    Step created(std::string target);
    Step attached(std::string session);
    /// The command last asked for failed: the page may have gone in between, so it begins anew a few times.
    Step failed();

    /// A session ended or its renderer crashed. True: it was the default page's.
    bool session_gone(std::string_view session);
    /// The page that is ready answers nothing: a new one takes its place. No other open page does, since the pages of
    /// one site may all be busy with the same script.
    Step silent();
    /// The connection ended: all is forgotten.
    void reset();

    State state() const noexcept { return state_; }
    const std::string& target() const noexcept { return target_; }
    const std::string& session() const noexcept { return session_; }
    /// The page was opened to stand in: nobody else has asked for it.
    bool made() const noexcept { return made_; }

  private:
    enum class Event : std::uint8_t { needed, page_found, none_found, page_made, attached, failed, gone, silent };
    void set(Event event);

    State state_ = State::none;
    int failures_ = 0;
    bool made_ = false;
    std::string target_;
    std::string session_;
};

}  // namespace cdp
