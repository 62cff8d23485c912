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
    const auto goes = [this](const std::string& id) {
        const auto* target = link_.sessions().target(id);
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
    remember_closing(std::string{target}, true);
    const std::string params = R"({"targetId":")" + std::string{target} + R"("})";
    link_.ask(Own::close_page, link_.own_session(), "Target.closeTarget", params, settings_.default_page_limit);
}

void OpenPages::remember_closing(std::string target, bool surely) {
    if (!is_target_id(target) || closes(target)) return;
    if (surely) look_after(target, first_close_look);
    closing_.push_back(std::move(target));
    if (closing_.size() > most_closing) closing_.pop_front();
}

bool OpenPages::closes(std::string_view target) const {
    return std::find(closing_.begin(), closing_.end(), target) != closing_.end();
}

void OpenPages::look_after(std::string_view target, Duration delay) {
    if (link_.sessions().target(target) != nullptr) link_.remind(Own::close_look, link_.own_session(), target, delay);
}

/// Chrome forgets a close that comes shortly before a navigation changes the page's document, and has answered it with
/// success.
void OpenPages::on_close_look(const Pending& look, Fate fate) {
    if (fate != Fate::timed_out || link_.sessions().target(look.method) == nullptr) return;
    close(look.method);
    const auto delay = 2 * (look.deadline - look.since);
    if (delay <= last_close_look) look_after(look.method, delay);
}

}  // namespace cdp
