#include "cdp/silence_watch.hpp"

namespace cdp {
namespace {

/// Waits for the page's script, and is answered while the debugger is paused.
constexpr std::string_view sign_of_life = R"({"expression":"0"})";

}  // namespace

void SilenceWatch::on_timed_out(std::string_view session) {
    if (!keeper_.stands_in(session) || doubted_ == session) return;
    doubted_ = session;
    const Session* const known = link_.sessions().find(session);
    const bool dialog = known != nullptr && known->dialog;
    link_.ask(Own::page_check, doubted_, "Runtime.evaluate", sign_of_life,
              dialog ? settings_.dialog_limit : settings_.page_answer_limit);
}

void SilenceWatch::on_check(const Pending& check, Fate fate) {
    if (doubted_ == check.session) doubted_.clear();
    if (fate != Fate::timed_out || !keeper_.stands_in(check.session)) return;
    // Held back by a navigation that still has its time: when that is over, it counts anew.
    if (link_.waits(check.session, "Page.navigate")) return;
    keeper_.replace(check.deadline - check.since);
}

}  // namespace cdp
