// Finds, opens and attaches to the default page (core/default_page.hpp decides which), and lets go of it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cdp/core/default_page.hpp"
#include "cdp/core/place.hpp"
#include "cdp/link.hpp"
#include "cdp/open_pages.hpp"
#include "cdp/settings.hpp"

namespace cdp {

/// Hears how it goes. Called on the loop.
class DefaultPageOwner {
  public:
    /// The default page takes commands: hand over those that wait for it.
    virtual void on_page_ready() = 0;
    /// No default page is to be had: those that wait for it have this answer.
    virtual void on_page_failed(std::string_view why) = 0;

  protected:
    ~DefaultPageOwner() = default;
};

/// What DefaultPageKeeper works with; all of it outlives it.
struct DefaultPageNeeds {
    Link& link;
    const Settings& settings;
    OpenPages& pages;
    const PlaceRules* places;  // null: nobody refuses any
    DefaultPageOwner& owner;
};

class DefaultPageKeeper {
  public:
    explicit DefaultPageKeeper(const DefaultPageNeeds& needs) noexcept : needs_{needs} {}

    /// Whether the page takes commands at once; else need() and wait for on_page_ready().
    bool ready() const noexcept { return page_.state() == DefaultPage::State::ready; }
    bool stands_in(std::string_view session) const noexcept { return ready() && page_.session() == session; }
    const DefaultPage& page() const noexcept { return page_; }
    void need() { carry_out(page_.need()); }

    static bool is_step(Own what) noexcept {
        return what == Own::list_targets || what == Own::create_page || what == Own::attach_page;
    }
    /// One of its commands came to its end.
    void on_own(Own what, Fate fate, std::string_view body);

    void on_session_gone(std::string_view session, bool crashed);
    /// The page is about to be asked to close: it stands in no more, at once.
    void on_closing(std::string_view target);
    /// It was silent for that time: a new page takes its place.
    void replace(Duration silent);
    /// The connection ended.
    void reset() { page_.reset(); }

  private:
    void carry_out(DefaultPage::Step step);
    void create();
    void on_attached(std::string session);
    void detach(std::string_view session);
    bool may_not_stand(const TargetInfo& target) const;
    void ask(Own what, std::string_view method, std::string_view params);

    DefaultPageNeeds needs_;
    DefaultPage page_;
    /// Sessions that ended, and of them those that crashed (true), since the attach was asked for: the reply may name
    /// one.
    std::map<std::string, bool, std::less<>> gone_meanwhile_;
    std::string problem_;  // what the last step was answered with
};

}  // namespace cdp
