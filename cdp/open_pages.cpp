#include "cdp/open_pages.hpp"

#include <algorithm>
#include <utility>

#include "cdp/core/targets.hpp"
#include "platform/log/log.hpp"

namespace cdp {
namespace {

/// Chrome lists a page for up to half a second after it was asked to close it: more are not remembered.
constexpr std::size_t most_closing = 256;
/// What is longer than a page takes to close, its handler of `unload` included.
constexpr Duration first_close_look = 1s;
/// A page that goes on after it was asked to close this often, with twice the time before each, is left as it is.
constexpr Duration last_close_look = 32s;

bool is_page(const TargetInfo& target) {
    return target.type == "page" && target.subtype.empty();
}

}  // namespace

void OpenPages::begin() {
    if (settings_.mode == BrowserMode::attach) before_ = link_.sessions().pages();
}

std::size_t OpenPages::open() const {
    const auto goes = [this](const Closing& page) {
        const auto* target = link_.sessions().target(page.target);
        return target != nullptr && is_page(*target);
    };
    const auto going = static_cast<std::size_t>(std::count_if(closing_.begin(), closing_.end(), goes));
    return link_.sessions().pages() - going;
}

std::string OpenPages::refusal() const {
    if (open() + link_.pages_being_made() < most()) return {};
    return "There are as many pages open as may be (browser.max_targets is " + std::to_string(settings_.max_pages) +
           "): close one first.";
}

/// Opened by another page, or by the browser itself.
void OpenPages::on_target_created(std::string_view params) {
    if (settings_.mode == BrowserMode::attach || open() <= settings_.max_pages) return;
    const auto target = read_target(raw_member(params, "targetInfo"));
    if (!target || !is_page(*target)) return;
    platform::log::warning("browser: a page is closed, since {} are open already (browser.max_targets)",
                           settings_.max_pages);
    close(target->id);
}

void OpenPages::close(std::string_view target) {
    if (!is_target_id(target)) return;
    remember_closing(target);
    look_after(closing(target), first_close_look);
    ask_to_close(target);
}

void OpenPages::ask_to_close(std::string_view target) {
    const std::string params = R"({"targetId":")" + std::string{target} + R"("})";
    link_.ask(Own::close_page, link_.own_session(), "Target.closeTarget", params, settings_.default_page_limit);
}

void OpenPages::remember_closing(std::string_view target) {
    if (is_target_id(target)) closing(target).agreed = true;
}

void OpenPages::on_asked(Ticket ticket, std::string_view target, bool surely) {
    if (!is_target_id(target)) return;
    closing(target);
    asked_.push_back({ticket, std::string{target}, surely});
}

void OpenPages::on_answer(Ticket ticket, Fate fate) {
    const auto found =
        std::find_if(asked_.begin(), asked_.end(), [&](const Asked& one) { return one.ticket == ticket; });
    if (found == asked_.end()) return;
    const Asked asked = std::move(*found);
    asked_.erase(found);
    Closing* const page = find(asked.target);
    if (page == nullptr) return;
    if (fate == Fate::result) {
        page->agreed = true;
        if (asked.surely) look_after(*page, first_close_look);
    } else if (fate == Fate::error && !page->agreed) {
        const auto of_page = [&](const Asked& one) { return one.target == asked.target; };
        if (std::any_of(asked_.begin(), asked_.end(), of_page)) return;
        std::erase_if(closing_, [&](const Closing& one) { return one.target == asked.target; });
    }
}

bool OpenPages::closes(std::string_view target) const {
    return std::any_of(closing_.begin(), closing_.end(),
                       [target](const Closing& page) { return page.target == target; });
}

OpenPages::Closing* OpenPages::find(std::string_view target) {
    const auto found =
        std::find_if(closing_.begin(), closing_.end(), [target](const Closing& page) { return page.target == target; });
    return found == closing_.end() ? nullptr : &*found;
}

/// What is remembered of it; valid until the next call.
OpenPages::Closing& OpenPages::closing(std::string_view target) {
    if (Closing* const known = find(target)) return *known;
    closing_.push_back({std::string{target}});
    if (closing_.size() > most_closing) closing_.pop_front();
    return closing_.back();
}

void OpenPages::look_after(Closing& page, Duration delay) {
    if (page.looked_after || link_.sessions().target(page.target) == nullptr) return;
    page.looked_after = true;
    link_.remind(Own::close_look, link_.own_session(), page.target, delay);
}

/// Chrome forgets a close that comes shortly before a navigation changes the page's document, and has answered it with
/// success.
void OpenPages::on_close_look(const Pending& look, Fate fate) {
    const std::string& target = look.method;
    if (fate != Fate::timed_out || link_.sessions().target(target) == nullptr) return;
    Closing& page = closing(target);
    page.looked_after = false;
    const auto delay = 2 * (look.deadline - look.since);
    if (delay <= last_close_look) look_after(page, delay);
    ask_to_close(target);
}

}  // namespace cdp
