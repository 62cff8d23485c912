// The browser contexts that controllers have made: limits their number, and directs their downloads to the spool.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "agent/relay/core/result.hpp"
#include "agent/relay/core/tickets.hpp"
#include "agent/relay/download_places.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

inline constexpr std::string_view create_context = "Target.createBrowserContext";
inline constexpr std::string_view dispose_context = "Target.disposeBrowserContext";

/// Sends commands of the agent's own: nobody else waits for their answers, and they have no flight.
class BrowserContexts {
  public:
    /// All of it outlives it.
    BrowserContexts(const Settings& settings, cdp::BrowserPort& browser, Tickets& tickets,
                    DownloadPlaces& downloads) noexcept
        : settings_{settings}, browser_{browser}, tickets_{tickets}, downloads_{downloads} {}

    /// Whether one more may be made while `being_made` are on their way. Those that went without a word (with the
    /// session that made them) are found when the bound is reached: for the next command.
    bool admits(std::size_t being_made);
    Refusal refusal() const;

    /// The browser's answer to a controller's command; `params` are those of the command.
    void on_answer(std::string_view method, std::string_view params, const cdp::Answer& answer);

    /// Takes the answer to a command of the agent's own. False: it is another command's.
    bool on_own_answer(const cdp::Answer& answer);

    /// Another browser was started: it has no contexts.
    void on_new_browser() { known_.clear(); }

    std::size_t size() const noexcept { return known_.size(); }

  private:
    void on_made(const cdp::Answer& answer);
    void on_disposed(std::string_view params);
    void list();

    const Settings& settings_;
    cdp::BrowserPort& browser_;
    Tickets& tickets_;
    DownloadPlaces& downloads_;
    realtime::Ticket list_ = 0;                 // the newest Target.getBrowserContexts of our own; 0: none is awaited
    std::set<std::string, std::less<>> known_;  // that were made and, as far as we know, are there
};

}  // namespace relay
