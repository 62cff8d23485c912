// A default page that answers nothing (a script in a loop, a dialog, a server that keeps silent) must not take the
// browser from all who name no page: it is asked for a sign of life, and then a new page takes its place.
#pragma once

#include <string>
#include <string_view>

#include "cdp/default_page_keeper.hpp"
#include "cdp/link.hpp"
#include "cdp/settings.hpp"

namespace cdp {

class SilenceWatch {
  public:
    /// All of it outlives it.
    SilenceWatch(Link& link, DefaultPageKeeper& keeper, const Settings& settings) noexcept
        : link_{link}, keeper_{keeper}, settings_{settings} {}

    /// A command to that session had no answer in time.
    void on_timed_out(std::string_view session);
    /// The sign of life (Own::page_check) came, or did not.
    void on_check(const Pending& check, Fate fate);

  private:
    Link& link_;
    DefaultPageKeeper& keeper_;
    const Settings& settings_;
    std::string doubted_;  // the session of the default page that was last asked for a sign of life and has given none
};

}  // namespace cdp
