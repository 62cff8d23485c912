// How many pages may be open, and the closing of those beyond it.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "cdp/link.hpp"
#include "cdp/settings.hpp"

namespace cdp {

class OpenPages {
  public:
    /// Both outlive it.
    OpenPages(Link& link, const Settings& settings) noexcept : link_{link}, settings_{settings} {}

    /// All targets were told of. In a browser that we attached to, those that are open now are somebody else's and do
    /// not count.
    void begin();

    /// Why a command that opens a page is refused for the number of pages; empty: it is not.
    std::string refusal() const;

    /// A target was told of: a page beyond the bound that nobody asked us for is closed.
    void on_target_created(std::string_view params);

    /// Asks the page to close.
    void close(std::string_view target);
    /// It was asked to close: it no longer counts. Chrome takes a while to say that it has gone. `surely`: it was asked
    /// by Target.closeTarget, which no page may refuse, and is asked again where it stays.
    void remember_closing(std::string target, bool surely);
    bool closes(std::string_view target) const;

    /// The time of Own::close_look has come.
    void on_close_look(const Pending& look, Fate fate);

  private:
    std::size_t open() const;
    std::size_t most() const noexcept { return settings_.max_pages + before_; }
    void look_after(std::string_view target, Duration delay);

    Link& link_;
    const Settings& settings_;
    std::deque<std::string> closing_;  // that were asked to close last
    std::size_t before_ = 0;           // somebody else's, in a browser that we attached to
};

}  // namespace cdp
