// What Clients asks of the browser for itself: a session for each client, and that a client leaves nothing behind that
// waits for it. It also says which events a client may hear.
#pragma once

#include <string>
#include <string_view>

#include "agent/realtime/core/outbox.hpp"
#include "agent/relay/client.hpp"
#include "agent/relay/core/client_waits.hpp"
#include "cdp/browser_port.hpp"
#include "cdp/core/message.hpp"
#include "platform/core/time_point.hpp"

namespace relay {

/// Whether a client may read nothing of a page that stands there.
class HiddenPages {
  public:
    virtual bool hides_page(const Client& client, std::string_view url, std::string_view type) const = 0;

  protected:
    ~HiddenPages() = default;
};

class ClientBrowser {
  public:
    /// The command by which the session of a page is opened.
    static constexpr std::string_view attach_method = "Target.attachToTarget";
    static std::string attach_params(std::string_view target);

    /// Both outlive it.
    ClientBrowser(cdp::BrowserPort& browser, const HiddenPages& hidden) noexcept : browser_{browser}, hidden_{hidden} {}

    /// Asks for a client's session: of the browser target, or of the page that is named. One answer with that ticket
    /// follows, perhaps during the call, perhaps after the deadline: a session that comes late has to be left.
    void attach(realtime::Ticket ticket, std::string_view target, TimePoint deadline);

    /// What waits for a client goes on without it.
    void let_go_on(const ClientWaits::One& what, realtime::Ticket ticket);
    /// The browser context that the session's target is in; empty: it is not known. Valid until the next event is
    /// read.
    std::string_view context_of(std::string_view session) const;

    /// The client has ended. Answers to these commands have `ticket`, and mean nothing.
    void leave(const Client& client, realtime::Ticket ticket);
    void detach(std::string_view session, realtime::Ticket ticket);
    void dispose(std::string_view context, realtime::Ticket ticket);

    /// What reads a page's content passes only where the page may be read. A request for a refused place is settled by
    /// the browser link itself.
    bool may_hear(const Client& client, const cdp::Message& event) const;

  private:
    void let_run(std::string_view session, realtime::Ticket ticket);
    void ask(realtime::Ticket ticket, const cdp::Destination& to, std::string_view method, std::string_view params);

    cdp::BrowserPort& browser_;
    const HiddenPages& hidden_;
};

}  // namespace relay
