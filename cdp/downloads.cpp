#include "cdp/downloads.hpp"

#include <algorithm>
#include <utility>

#include "cdp/core/targets.hpp"
#include "platform/json/core/slice.hpp"

namespace cdp {
namespace {

/// Downloads of which the page is remembered.
constexpr std::size_t most_begun = 256;
/// Downloads that are to be cancelled at a time; the next look at the spool finds the rest.
constexpr std::size_t most_to_cancel = 256;

}  // namespace

void Downloads::hear(std::string_view params) {
    if (!params.starts_with('{')) return;
    std::string with_events = "{";
    platform::for_each_member(params, [&](std::string_view key, std::string_view value) {
        if (key == "eventsEnabled") return true;
        platform::append_quoted(with_events, key);
        with_events.append(":").append(value).append(",");
        return true;
    });
    with_events.append(R"("eventsEnabled":true})");
    link_.ask(Own::downloads, link_.own_session(), "Browser.setDownloadBehavior", with_events,
              settings_.default_page_limit);
}

void Downloads::on_begin(std::string_view params) {
    begun_.push_back({member(params, "guid"), member(params, "frameId")});
    if (begun_.size() > most_begun) begun_.pop_front();
}

void Downloads::cancel(std::string_view guid) {
    if (!is_target_id(guid) || to_cancel_.size() >= most_to_cancel) return;
    cancel_in(guid, {});
    to_cancel_.emplace_back(guid);
    if (to_cancel_.size() > 1) return;  // asked already
    link_.ask(Own::contexts, link_.own_session(), "Target.getBrowserContexts", {}, settings_.default_page_limit);
}

/// Chrome finds a download in the browser context that is named alone.
void Downloads::on_contexts(std::string_view result) {
    const auto guids = std::exchange(to_cancel_, {});
    platform::for_each_element(raw_member(result, "browserContextIds"), [&](std::string_view browser_context) {
        for (const auto& guid : guids) cancel_in(guid, browser_context);
        return true;
    });
}

/// `browser_context` is JSON text; empty: the default one.
void Downloads::cancel_in(std::string_view guid, std::string_view browser_context) {
    std::string params = R"({"guid":")" + std::string{guid} + '"';
    if (!browser_context.empty()) params.append(R"(,"browserContextId":)").append(browser_context);
    params += '}';
    link_.ask(Own::cancel, link_.own_session(), "Browser.cancelDownload", params, settings_.default_page_limit);
}

void Downloads::close_page_of(std::string_view guid) {
    const auto found = std::find_if(begun_.rbegin(), begun_.rend(),
                                    [guid](const Download& download) { return download.guid == guid; });
    if (found != begun_.rend()) pages_.close(found->frame);
}

}  // namespace cdp
