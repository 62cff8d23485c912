// One life of the connection to a browser: the first exchange, our own session with its discovery of targets, and the
// default page.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cdp/browser_version.hpp"
#include "cdp/core/place.hpp"
#include "cdp/default_page_keeper.hpp"
#include "cdp/downloads.hpp"
#include "cdp/first_exchange.hpp"
#include "cdp/link.hpp"
#include "cdp/open_pages.hpp"
#include "cdp/place_guard.hpp"
#include "cdp/silence_watch.hpp"

namespace cdp {

/// Hears how it goes, besides what becomes of the default page. Must not destroy the Attachment.
class AttachmentOwner : public DefaultPageOwner {
  public:
    /// The browser has answered and commands may be submitted.
    virtual void on_ready(const BrowserVersion& version) = 0;

  protected:
    ~AttachmentOwner() = default;
};

/// What an Attachment is made of; the references outlive it.
struct AttachmentNeeds {
    net::any_io_executor executor;
    std::unique_ptr<Transport> transport;
    std::string root_session;  // stands for the browser target; empty: the connection itself does
    const Settings& settings;
    const PlaceRules* places;  // null: nobody refuses any
    Asker& asker;
    AttachmentOwner& owner;
};

class Attachment final : private LinkOwner, private FirstExchangeOwner, private Asker {
  public:
    explicit Attachment(AttachmentNeeds needs);

    /// Serves until the connection ends; says why.
    awaitable<Error> run();
    void end(Error why) { link_.end(why); }
    /// Ends it when the browser has taken all that was submitted, and `limit` from now at the latest.
    void leave(Duration limit);

    /// Why the connection ended, where its Error does not say all: a sentence, or empty.
    const std::string& problem() const noexcept { return problem_.empty() ? exchange_.problem() : problem_; }

    /// Commands may be submitted.
    bool ready() const noexcept { return ready_; }
    /// Whether the default page takes commands at once; else need_page() and wait for on_page_ready().
    bool page_ready() const noexcept { return keeper_.ready(); }
    void need_page() { keeper_.need(); }
    /// Sends a command to a session; empty: the browser target. One on_answer follows, perhaps during this call.
    void submit(const Request& request, std::string_view session);
    /// No on_answer for that command any more. False: it is not in flight here.
    bool forget(Ticket ticket);

    /// Why a command that opens a page is refused for the number of pages; empty: it is not.
    std::string refuse_page() const { return pages_.refusal(); }

    /// The downloads of this browser; null until commands may be submitted.
    Downloads* downloads() noexcept { return ready_ ? &downloads_ : nullptr; }

    const Link& link() const noexcept { return link_; }
    Link& link() noexcept { return link_; }
    const DefaultPage& page() const noexcept { return keeper_.page(); }

  private:
    /// Why the command must not be sent now, or nothing: judged when it is sent, since a page may have moved while the
    /// command waited.
    struct Refusal {
        Fate fate = Fate::refused;
        std::string_view text;
    };
    std::optional<Refusal> refusal(const Request& request, std::string_view session) const;
    /// A command was sent: one that closes a page keeps it from standing as the default page, at once, since Chrome
    /// answers it some time before it tells that the page has gone.
    void notice(const Request& request, std::string_view session);

    void on_answer(const Answer& answer) override;
    bool hears_events() const override { return asker_.hears_events(); }
    void on_event(const Message& event, std::string_view top) override { asker_.on_event(event, top); }
    void on_session_end(std::string_view session) override { asker_.on_session_end(session); }
    void on_own(Own what, Fate fate, std::string_view body) override;
    void on_session_gone(std::string_view session, bool crashed) override;
    void on_own_event(std::string_view method, std::string_view params) override;
    void on_event(const Message& event) override { guard_.on_event(event); }
    void on_step(const Pending& command, Fate fate, std::string_view body) override;
    void on_timed_out(std::string_view session) override { silence_.on_timed_out(session); }
    bool stands_in(std::string_view session) const override { return keeper_.stands_in(session); }
    void before_discovery() override { guard_.start(); }
    void on_exchanged(const BrowserVersion& version) override;

    const PlaceRules* places_;
    AttachmentOwner& owner_;
    Asker& asker_;
    Link link_;
    PlaceGuard guard_;
    OpenPages pages_;
    Downloads downloads_;
    FirstExchange exchange_;
    DefaultPageKeeper keeper_;
    SilenceWatch silence_;
    std::string problem_;
    bool ready_ = false;
};

}  // namespace cdp
