// How many pages may be open, and the closing of those beyond it.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/link.hpp"
#include "cdp/settings.hpp"

namespace cdp {

class OpenPages {
  public:
    /// Both outlive it.
    OpenPages(Link& link, const Settings& settings) : link_{link}, settings_{settings} {}

    /// All targets were told of. In a browser that we attached to, those that are open now are somebody else's and do
    /// not count.
    void begin();

    /// Why a command that opens a page is refused for the number of pages; empty: it is not.
    std::string refusal() const;

    /// A target was told of: a page beyond the bound that nobody asked us for is closed.
    void on_target_created(std::string_view params);

    /// Asks the page to close.
    void close(std::string_view target);
    /// The agent gives it up: it no longer counts.
    void remember_closing(std::string_view target);
    /// A command of the asker's that asks it to close was sent: it no longer counts. Chrome takes a while to say that
    /// it has gone. `surely`: the command is Target.closeTarget, which no page may refuse.
    void on_asked(Ticket ticket, std::string_view target, bool surely);
    /// A command of the asker's came to its end. A page that Chrome has agreed to close surely is asked again where it
    /// stays; one that it has refused to close counts again.
    void on_answer(Ticket ticket, Fate fate);
    bool closes(std::string_view target) const;

    /// The time of Own::close_look has come.
    void on_close_look(const Pending& look, Fate fate);

  private:
    /// A page that was asked to close.
    struct Closing {
        std::string target;
        bool agreed = false;        // by the browser, or the agent asked for itself
        bool looked_after = false;  // a reminder runs
    };
    /// A command of the asker's that is not answered yet.
    struct Asked {
        Ticket ticket = 0;
        std::string target;
        bool surely = false;
    };

    std::size_t open() const;
    std::size_t most() const noexcept { return settings_.max_pages + before_; }
    void ask_to_close(std::string_view target);
    Closing& closing(std::string_view target);
    Closing* find(std::string_view target);
    void look_after(Closing& page, Duration delay);

    Link& link_;
    const Settings& settings_;
    std::deque<Closing> closing_;  // that were asked to close last
    std::vector<Asked> asked_;
    std::size_t before_ = 0;  // somebody else's, in a browser that we attached to
};

}  // namespace cdp
