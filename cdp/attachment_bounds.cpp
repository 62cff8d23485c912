// What the browser may be made to hold: pages, whoever opens them, and downloads.
#include <algorithm>
#include <utility>

#include "cdp/attachment.hpp"
#include "cdp/core/targets.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/log/log.hpp"

namespace cdp {
namespace {

/// A page that goes on after it was asked to close this often, with twice the time before each, is left as it is.
constexpr Duration last_close_look = 32s;
/// Downloads of which the page is remembered.
constexpr std::size_t most_downloads = 256;
/// Downloads that are to be cancelled at a time; the next look at the spool finds the rest.
constexpr std::size_t most_to_cancel = 256;

}  // namespace

std::size_t Attachment::open_pages() const {
    const auto goes = [this](const std::string& id) {
        const auto* target = link_.sessions().target(id);
        return target != nullptr && target->type == "page" && target->subtype.empty();
    };
    const auto going = static_cast<std::size_t>(std::count_if(closing_.begin(), closing_.end(), goes));
    return link_.sessions().pages() - going;
}

std::string Attachment::refuse_page() const {
    if (open_pages() + link_.pages_being_made() < most_pages()) return {};
    return "There are as many pages open as may be (browser.max_targets is " + std::to_string(settings_.max_pages) +
           "): close one first.";
}

void Attachment::on_own_event(std::string_view method, std::string_view params) {
    if (method == "Target.targetCreated") return on_target_created(params);
    if (method == "Browser.downloadWillBegin") return on_download(params);
}

/// A page beyond the bound that nobody asked us for: opened by another page, or by the browser itself.
void Attachment::on_target_created(std::string_view params) {
    if (settings_.mode == BrowserMode::attach || open_pages() <= settings_.max_pages) return;
    const auto target = read_target(raw_member(params, "targetInfo"));
    if (!target || target->type != "page" || !target->subtype.empty()) return;
    platform::log::warning("browser: a page is closed, since {} are open already (browser.max_targets)",
                           settings_.max_pages);
    close_page(target->id);
}

void Attachment::close_page(std::string_view target) {
    if (!is_target_id(target)) return;
    remember_closing(std::string{target}, true);
    const std::string params = R"({"targetId":")" + std::string{target} + R"("})";
    link_.ask(Own::close_page, link_.own_session(), "Target.closeTarget", params, settings_.default_page_limit);
}

void Attachment::look_after_close(std::string_view target, Duration delay) {
    if (link_.sessions().target(target) != nullptr) link_.remind(Own::close_look, link_.own_session(), target, delay);
}

/// Chrome forgets a close that comes shortly before a navigation changes the page's document, and has answered it with
/// success.
void Attachment::on_close_look(const Pending& look, Fate fate) {
    if (fate != Fate::timed_out || link_.sessions().target(look.method) == nullptr) return;
    close_page(look.method);
    const auto delay = 2 * (look.deadline - look.since);
    if (delay <= last_close_look) look_after_close(look.method, delay);
}

void Attachment::hear_downloads(std::string_view params) {
    constexpr std::string_view events = R"("eventsEnabled":)";
    if (!ready_ || !params.starts_with('{')) return;
    std::string with_events = "{";
    platform::for_each_member(params, [&](std::string_view key, std::string_view value) {
        if (key == "eventsEnabled") return true;
        platform::append_quoted(with_events, key);
        with_events.append(":").append(value).append(",");
        return true;
    });
    with_events.append(events).append("true}");
    link_.ask(Own::downloads, link_.own_session(), "Browser.setDownloadBehavior", with_events,
              settings_.default_page_limit);
}

void Attachment::on_download(std::string_view params) {
    downloads_.push_back({member(params, "guid"), member(params, "frameId")});
    if (downloads_.size() > most_downloads) downloads_.pop_front();
}

void Attachment::cancel_download(std::string_view guid) {
    if (!ready_ || !is_target_id(guid) || to_cancel_.size() >= most_to_cancel) return;
    cancel_in(guid, {});
    to_cancel_.emplace_back(guid);
    if (to_cancel_.size() > 1) return;  // asked already
    link_.ask(Own::contexts, link_.own_session(), "Target.getBrowserContexts", {}, settings_.default_page_limit);
}

/// Chrome finds a download in the browser context that is named alone.
void Attachment::cancel_in_contexts(std::string_view result) {
    const auto guids = std::exchange(to_cancel_, {});
    platform::for_each_element(raw_member(result, "browserContextIds"), [&](std::string_view browser_context) {
        for (const auto& guid : guids) cancel_in(guid, browser_context);
        return true;
    });
}

/// `browser_context` is JSON text; empty: the default one.
void Attachment::cancel_in(std::string_view guid, std::string_view browser_context) {
    std::string params = R"({"guid":")" + std::string{guid} + '"';
    if (!browser_context.empty()) params.append(R"(,"browserContextId":)").append(browser_context);
    params += '}';
    link_.ask(Own::cancel, link_.own_session(), "Browser.cancelDownload", params, settings_.default_page_limit);
}

void Attachment::close_page_of_download(std::string_view guid) {
    const auto found = std::find_if(downloads_.rbegin(), downloads_.rend(),
                                    [guid](const Download& download) { return download.guid == guid; });
    if (ready_ && found != downloads_.rend()) close_page(found->frame);
}

}  // namespace cdp
