// One life of the connection to a browser: the first exchange, our own session with its discovery of targets, and the
// default page.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cdp/browser_version.hpp"
#include "cdp/core/default_page.hpp"
#include "cdp/core/place.hpp"
#include "cdp/downloads.hpp"
#include "cdp/first_exchange.hpp"
#include "cdp/link.hpp"
#include "cdp/open_pages.hpp"
#include "cdp/place_guard.hpp"

namespace cdp {

/// Who is told how it goes. Called on the loop; must not destroy the Attachment.
class AttachmentOwner {
  public:
    /// The browser has answered and commands may be submitted.
    virtual void on_ready(const BrowserVersion& version) = 0;
    /// The default page takes commands: hand over those that wait for it.
    virtual void on_page_ready() = 0;
    /// No default page is to be had: those that wait for it have this answer.
    virtual void on_page_failed(std::string_view why) = 0;

  protected:
    ~AttachmentOwner() = default;
};

class Attachment final : private LinkOwner, private FirstExchangeOwner {
  public:
    Attachment(net::any_io_executor executor, std::unique_ptr<Transport> transport, const Settings& settings,
               const PlaceRules* places, Asker& asker, AttachmentOwner& owner, std::string root_session);

    /// Serves until the connection ends; says why.
    awaitable<Error> run();
    void end(Error why) { link_.end(why); }

    /// Why the connection ended, where its Error does not say all: a sentence, or empty.
    const std::string& problem() const noexcept { return problem_.empty() ? exchange_.problem() : problem_; }

    /// Commands may be submitted.
    bool ready() const noexcept { return ready_; }
    /// Whether the default page takes commands at once; else need_page() and wait for on_page_ready().
    bool page_ready() const noexcept { return page_.state() == DefaultPage::State::ready; }
    void need_page();
    /// Why the command must not be sent now, or nothing: judged when it is sent, since a page may have moved while the
    /// command waited.
    struct Refusal {
        Fate fate = Fate::refused;
        std::string_view text;
    };
    std::optional<Refusal> refusal(const Request& request, std::string_view session) const;
    /// Told of each command before it is sent: one that closes a page keeps it from standing as the default page, at
    /// once, since Chrome answers it some time before it tells that the page has gone.
    void notice(std::string_view session, std::string_view method, std::string_view params);

    /// Why a command that opens a page is refused for the number of pages; empty: it is not.
    std::string refuse_page() const { return pages_.refusal(); }

    /// The downloads of this browser; null until commands may be submitted.
    Downloads* downloads() noexcept { return ready_ ? &downloads_ : nullptr; }

    Link& link() noexcept { return link_; }
    const Link& link() const noexcept { return link_; }
    const DefaultPage& page() const noexcept { return page_; }

  private:
    void on_own(Own what, Fate fate, std::string_view body) override;
    void on_session_gone(std::string_view session, bool crashed) override;
    void on_own_event(std::string_view method, std::string_view params) override;
    void on_event(const Message& event) override { guard_.on_event(event); }
    void on_step(const Pending& command, Fate fate, std::string_view body) override;
    void on_timed_out(std::string_view session) override;
    bool stands_in(std::string_view session) const override { return page_ready() && page_.session() == session; }
    void on_page_check(const Pending& check, Fate fate);
    void replace_page(Duration silent);
    void before_discovery() override { guard_.start(); }
    void on_exchanged(const BrowserVersion& version) override;

    void on_page_step(Own what, Fate fate, std::string_view body);
    void carry_out(DefaultPage::Step step);
    void on_page_attached(std::string session);
    void detach_page(std::string_view session);
    bool may_not_stand(const TargetInfo& target) const;

    const Settings& settings_;
    const PlaceRules* places_;  // null: nobody refuses any
    AttachmentOwner& owner_;
    Link link_;
    PlaceGuard guard_;
    OpenPages pages_;
    Downloads downloads_;
    FirstExchange exchange_;
    DefaultPage page_;
    /// Sessions that ended, and of them those that crashed (true), since the attach was asked for: the reply may name
    /// one.
    std::map<std::string, bool, std::less<>> gone_meanwhile_;
    std::string doubted_;  // the session of the default page that was last asked for a sign of life and has given none
    std::string problem_;
    std::string page_problem_;  // what the last step towards a default page was answered with
    bool ready_ = false;
};

}  // namespace cdp
