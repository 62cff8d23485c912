// One life of the connection to a browser: the first exchange, our own session with its discovery of targets, and the
// default page.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/browser_version.hpp"
#include "cdp/core/default_page.hpp"
#include "cdp/link.hpp"
#include "cdp/place_guard.hpp"

namespace cdp {

/// "Target.getTargets was answered with {…}.": for a command of ours that failed.
std::string as_answered(Own what, Fate fate, std::string_view body);

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

class Attachment final : private LinkOwner {
  public:
    Attachment(net::any_io_executor executor, std::unique_ptr<Transport> transport, const Settings& settings,
               const PlaceRules* places, Asker& asker, AttachmentOwner& owner, std::string root_session);

    /// Serves until the connection ends; says why.
    awaitable<Error> run();
    void end(Error why) { link_.end(why); }

    /// Why the connection ended, where its Error does not say all: a sentence, or empty.
    const std::string& problem() const noexcept { return problem_; }

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
    std::string refuse_page() const;

    /// From now on downloads are heard of, wherever they begin. `params`: those of Browser.setDownloadBehavior for the
    /// default browser context.
    void hear_downloads(std::string_view params);
    /// Cancels a download, in whichever browser context it is.
    void cancel_download(std::string_view guid);
    /// Closes the page that began it, where that is known.
    void close_page_of_download(std::string_view guid);

    Link& link() noexcept { return link_; }
    const Link& link() const noexcept { return link_; }
    const DefaultPage& page() const noexcept { return page_; }

  private:
    void on_own(Own what, Fate fate, std::string_view body) override;
    void on_session_gone(std::string_view session, bool crashed) override;
    void on_own_event(std::string_view method, std::string_view params) override;
    void on_target_created(std::string_view params);
    void on_download(std::string_view params);
    void cancel_in_contexts(std::string_view result);
    void cancel_in(std::string_view guid, std::string_view browser_context);
    void close_page(std::string_view target);
    /// What is longer than a page takes to close, its handler of `unload` included.
    static constexpr Duration first_close_look = std::chrono::seconds{1};
    void look_after_close(std::string_view target, Duration delay);
    void on_close_look(const Pending& look, Fate fate);
    /// Those that were asked to close do not count: Chrome takes a while to say that they have gone.
    std::size_t open_pages() const;
    std::size_t most_pages() const noexcept { return settings_.max_pages + pages_before_; }
    void on_event(const Message& event) override { guard_.on_event(event); }
    void on_step(const Pending& command, Fate fate, std::string_view body) override;
    void on_timed_out(std::string_view session) override;
    bool stands_in(std::string_view session) const override { return page_ready() && page_.session() == session; }
    void on_page_check(const Pending& check, Fate fate);
    void replace_page(Duration silent);
    // --- attachment_start.cpp
    void on_first_exchange(Own what, Fate fate, std::string_view body);
    void take_first_answer(Own what, std::string_view body);
    void go_on_after(Own what);
    void go_without(Own what, Fate fate, std::string_view body);
    void begin_serving();

    void on_page_step(Own what, Fate fate, std::string_view body);
    void carry_out(DefaultPage::Step step);
    void on_page_attached(std::string session);
    void detach_page(std::string_view session);
    bool may_not_stand(const TargetInfo& target) const;
    /// `surely`: it was asked by Target.closeTarget, which no page may refuse, and is asked again where it stays.
    void remember_closing(std::string target, bool surely);

    const Settings& settings_;
    const PlaceRules* places_;  // null: nobody refuses any
    AttachmentOwner& owner_;
    Link link_;
    PlaceGuard guard_;
    DefaultPage page_;
    std::deque<std::string> closing_;  // targets that were asked to close last: not to be taken as default page
    /// Sessions that ended, and of them those that crashed (true), since the attach was asked for: the reply may name
    /// one.
    std::map<std::string, bool, std::less<>> gone_meanwhile_;
    std::string doubted_;  // the session of the default page that was last asked for a sign of life and has given none
    struct Download {
        std::string guid;
        std::string frame;  // that began it; a page's main frame has the page's id
    };
    std::deque<Download> downloads_;      // the newest last; those that ended may be among them
    std::vector<std::string> to_cancel_;  // when the browser contexts are known
    std::size_t pages_before_ = 0;        // somebody else's, in a browser that we attached to
    BrowserVersion version_;
    int refused_ = 0;          // commands of the first exchange that are not there
    bool any_target_ = false;  // discovery was asked for without a filter
    std::string problem_;
    std::string page_problem_;  // what the last step towards a default page was answered with
    bool ready_ = false;
};

}  // namespace cdp
