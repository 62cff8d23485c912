#include "cdp/default_page_keeper.hpp"

#include <fmt/core.h>

#include <utility>
#include <vector>

#include "cdp/core/hint.hpp"
#include "cdp/core/targets.hpp"
#include "cdp/first_exchange.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/log/log.hpp"

namespace cdp {
namespace {

/// Sessions that end while one attach is on its way; beyond it the default page's own may be missed, and its commands
/// have the browser's answer.
constexpr std::size_t most_gone = 1024;

std::vector<TargetInfo> read_targets(std::string_view result) {
    std::vector<TargetInfo> targets;
    platform::for_each_element(raw_member(result, "targetInfos"), [&](std::string_view element) {
        auto target = read_target(element);
        if (target) targets.push_back(std::move(*target));
        return true;
    });
    return targets;
}

}  // namespace

void DefaultPageKeeper::ask(Own what, std::string_view method, std::string_view params) {
    needs_.link.ask(what, needs_.link.own_session(), method, params, needs_.settings.default_page_limit);
}

void DefaultPageKeeper::carry_out(DefaultPage::Step step) {
    switch (step) {
        case DefaultPage::Step::wait:
            return;
        case DefaultPage::Step::list:
            return ask(Own::list_targets, "Target.getTargets", {});
        case DefaultPage::Step::create:
            return create();
        case DefaultPage::Step::attach:
            gone_meanwhile_.clear();
            return ask(Own::attach_page, "Target.attachToTarget",
                       fmt::format(R"({{"targetId":"{}","flatten":true}})", page_.target()));
        case DefaultPage::Step::serve:
            return needs_.owner.on_page_ready();
        case DefaultPage::Step::give_up:
            return needs_.owner.on_page_failed(
                fmt::format("The browser offered no page to stand in for a command without a session. {}",
                            std::exchange(problem_, {})));
    }
}

void DefaultPageKeeper::create() {
    const auto full = needs_.pages.refusal();
    if (full.empty()) return ask(Own::create_page, "Target.createTarget", R"({"url":"about:blank"})");
    page_.reset();
    needs_.owner.on_page_failed(full);
}

void DefaultPageKeeper::on_own(Own what, Fate fate, std::string_view body) {
    if (fate == Fate::lost) return;
    if (fate != Fate::result) {
        problem_ = as_answered(what, fate, body);
        return carry_out(page_.failed());
    }
    if (what == Own::list_targets) {
        const auto targets = read_targets(body);
        return carry_out(page_.listed(targets, [this](const TargetInfo& target) { return may_not_stand(target); }));
    }
    auto id = member(body, what == Own::create_page ? "targetId" : "sessionId");
    if (!is_target_id(id)) return carry_out(page_.failed());
    if (what == Own::attach_page) return on_attached(std::move(id));
    carry_out(page_.created(std::move(id)));
}

/// The page may have gone, or have been asked to go, while the attach was on its way: what waits is for the next one.
void DefaultPageKeeper::on_attached(std::string session) {
    const auto gone = gone_meanwhile_.find(session);
    const bool ended = gone != gone_meanwhile_.end();
    const bool detached = ended && !gone->second;
    gone_meanwhile_.clear();
    if (!ended && !needs_.pages.closes(page_.target())) return carry_out(page_.attached(std::move(session)));
    if (!detached) detach(session);
    carry_out(page_.failed());
}

bool DefaultPageKeeper::may_not_stand(const TargetInfo& target) const {
    const auto* known = needs_.link.sessions().target(target.id);
    if ((known != nullptr && known->crashed) || !is_target_id(target.id)) return true;
    if (known != nullptr && !may_be_read(known, needs_.places)) return true;
    return needs_.pages.closes(target.id) || !may_be_read(&target, needs_.places);
}

void DefaultPageKeeper::on_session_gone(std::string_view session, bool crashed) {
    const bool attaching = page_.state() == DefaultPage::State::attaching;
    if (attaching && gone_meanwhile_.size() < most_gone) {
        gone_meanwhile_.insert_or_assign(std::string{session}, crashed);
    }
    // A crashed page keeps its session: without a detach they would pile up.
    if (page_.session_gone(session) && crashed) detach(session);
}

void DefaultPageKeeper::on_closing(std::string_view target) {
    if (!ready() || target != page_.target()) return;
    const std::string gone = page_.session();
    page_.session_gone(gone);
}

/// The new page is asked for before the old one is closed: a browser with windows ends with its last page.
void DefaultPageKeeper::replace(Duration silent) {
    const std::string target = page_.target();
    const std::string session = page_.session();
    // In a browser of somebody else's, pages that we did not open are left open.
    const bool may_close = needs_.settings.mode != BrowserMode::attach || page_.made();
    platform::log::warning("browser: the default page answered nothing for {}: a new one takes its place",
                           for_people(silent));
    needs_.pages.remember_closing(target);
    carry_out(page_.silent());
    needs_.link.lose(session, hint_replaced(silent));
    if (may_close) return needs_.pages.close(target);
    detach(session);
}

void DefaultPageKeeper::detach(std::string_view session) {
    ask(Own::detach_page, "Target.detachFromTarget", fmt::format(R"({{"sessionId":"{}"}})", session));
}

}  // namespace cdp
