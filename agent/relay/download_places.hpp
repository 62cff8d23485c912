// Where downloads go: to the spool from a browser's first moment, and from that of each browser context, since Chrome's
// own default is a folder of the user's. Also ends downloads.
#pragma once

#include <string>
#include <string_view>

#include "agent/relay/core/downloads.hpp"
#include "agent/relay/core/policy.hpp"
#include "agent/relay/core/tickets.hpp"
#include "agent/relay/settings.hpp"
#include "cdp/browser_port.hpp"

namespace relay {

inline constexpr std::string_view set_downloads = "Browser.setDownloadBehavior";

/// Sends commands of the agent's own: nobody waits for their answers, and they have no flight.
class DownloadPlaces {
  public:
    /// All of it outlives it.
    DownloadPlaces(const Settings& settings, const Policy& policy, cdp::BrowserPort& browser, Tickets& tickets) noexcept
        : settings_{settings}, policy_{policy}, browser_{browser}, tickets_{tickets} {}

    /// Sends a browser context's downloads to the spool, or nowhere where there is none. It goes out before what is
    /// relayed next, so that nothing can be downloaded elsewhere. `browser_context` is JSON text; empty: the default
    /// one.
    void direct(std::string_view browser_context);

    /// A controller's own setting is about to be sent. In a browser of somebody else's it is all that tells of
    /// downloads.
    void on_setting(std::string_view params);

    void end(const std::string& guid, DownloadStep step);

  private:
    const Settings& settings_;
    const Policy& policy_;
    cdp::BrowserPort& browser_;
    Tickets& tickets_;
};

}  // namespace relay
