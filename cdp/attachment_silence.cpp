// A default page that answers nothing (a script in a loop, a dialog, a server that keeps silent) must not take the
// browser from all who name no page: it is asked for a sign of life, and then a new page takes its place.
#include <utility>

#include "cdp/attachment.hpp"
#include "cdp/core/hint.hpp"
#include "platform/log/log.hpp"

namespace cdp {
namespace {

/// Waits for the page's script, and is answered while the debugger is paused.
constexpr std::string_view sign_of_life = R"({"expression":"0"})";

}  // namespace

void Attachment::on_step(const Pending& command, Fate fate, std::string_view body) {
    const auto own = static_cast<Own>(command.own);
    if (own == Own::page_check) return on_page_check(command, fate);
    if (own == Own::close_look) return pages_.on_close_look(command, fate);
    guard_.on_step(command, fate, body);
}

void Attachment::on_timed_out(std::string_view session) {
    if (!stands_in(session) || doubted_ == session) return;
    doubted_ = session;
    const Session* const known = link_.sessions().find(session);
    const bool dialog = known != nullptr && known->dialog;
    link_.ask(Own::page_check, doubted_, "Runtime.evaluate", sign_of_life,
              dialog ? settings_.dialog_limit : settings_.page_answer_limit);
}

void Attachment::on_page_check(const Pending& check, Fate fate) {
    if (doubted_ == check.session) doubted_.clear();
    if (fate != Fate::timed_out || !stands_in(check.session)) return;
    // Held back by a navigation that still has its time: when that is over, it counts anew.
    if (link_.waits(check.session, "Page.navigate")) return;
    replace_page(check.deadline - check.since);
}

/// The new page is asked for before the old one is closed: a browser with windows ends with its last page.
void Attachment::replace_page(Duration silent) {
    const std::string target = page_.target();
    const std::string session = page_.session();
    // In a browser of somebody else's, pages that we did not open are left open.
    const bool may_close = settings_.mode != BrowserMode::attach || page_.made();
    platform::log::warning("browser: the default page answered nothing for {}: a new one takes its place",
                           for_people(silent));
    pages_.remember_closing(target, may_close);
    carry_out(page_.silent());
    link_.lose(session, hint_replaced(silent));
    if (may_close) return pages_.close(target);
    detach_page(session);
}

}  // namespace cdp
