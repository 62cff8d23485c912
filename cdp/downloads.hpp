// The downloads of one browser: heard of wherever they begin, and cancelled where they take too much.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/link.hpp"
#include "cdp/open_pages.hpp"
#include "cdp/settings.hpp"

namespace cdp {

class Downloads {
  public:
    /// All of it outlives it.
    Downloads(Link& link, OpenPages& pages, const Settings& settings)
        : link_{link}, pages_{pages}, settings_{settings} {}

    /// From now on downloads are heard of. `params`: those of Browser.setDownloadBehavior for the default browser
    /// context.
    void hear(std::string_view params);

    /// Browser.downloadWillBegin.
    void on_begin(std::string_view params);

    /// Cancels a download, in whichever browser context it is.
    void cancel(std::string_view guid);
    /// The browser contexts are known: the result of Target.getBrowserContexts, or empty where it failed.
    void on_contexts(std::string_view result);

    /// Closes the page that began it, where that is known.
    void close_page_of(std::string_view guid);

  private:
    struct Download {
        std::string guid;
        std::string frame;  // that began it; a page's main frame has the page's id
    };
    void cancel_in(std::string_view guid, std::string_view browser_context);

    Link& link_;
    OpenPages& pages_;
    const Settings& settings_;
    std::deque<Download> begun_;          // the newest last; those that ended may be among them
    std::vector<std::string> to_cancel_;  // when the browser contexts are known
};

}  // namespace cdp
