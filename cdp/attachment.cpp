#include "cdp/attachment.hpp"

#include <fmt/core.h>

#include <utility>
#include <vector>

#include "cdp/core/targets.hpp"
#include "cdp/error.hpp"
#include "platform/json/core/slice.hpp"

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

std::string with_id(std::string_view before, std::string_view id, std::string_view after) {
    return std::string{before}.append(id).append(after);
}

}  // namespace

Attachment::Attachment(net::any_io_executor executor, std::unique_ptr<Transport> transport, const Settings& settings,
                       const PlaceRules* places, Asker& asker, AttachmentOwner& owner, std::string root_session)
    : settings_{settings},
      places_{places},
      owner_{owner},
      link_{std::move(executor), std::move(transport), settings, asker, *this, std::move(root_session)},
      guard_{link_, settings_, places_},
      pages_{link_, settings_},
      downloads_{link_, pages_, settings_},
      exchange_{link_, settings_, *this} {}

awaitable<Error> Attachment::run() {
    exchange_.start();
    const Error why = co_await link_.run();
    ready_ = false;
    page_.reset();
    co_return why;
}

void Attachment::on_exchanged(const BrowserVersion& version) {
    pages_.begin();
    ready_ = true;
    owner_.on_ready(version);
}

void Attachment::on_own(Own what, Fate fate, std::string_view body) {
    if (FirstExchange::is_step(what)) return exchange_.on_own(what, fate, body);
    switch (what) {
        case Own::list_targets:
        case Own::create_page:
        case Own::attach_page:
            return on_page_step(what, fate, body);
        case Own::contexts:
            return downloads_.on_contexts(fate == Fate::result ? body : std::string_view{});
        default:
            return;
    }
}

void Attachment::on_own_event(std::string_view method, std::string_view params) {
    if (method == "Target.targetCreated") return pages_.on_target_created(params);
    if (method == "Browser.downloadWillBegin") return downloads_.on_begin(params);
}

void Attachment::need_page() {
    carry_out(page_.need());
}

void Attachment::notice(std::string_view session, std::string_view method, std::string_view params) {
    std::string target;
    const bool surely = method == "Target.closeTarget";
    if (surely) {
        target = member(params, "targetId");
    } else if (method == "Page.close") {
        if (const TargetInfo* const own = link_.sessions().target_of(session)) target = own->id;
    } else {
        return;
    }
    const bool is_default = page_ready() && target == page_.target();
    pages_.remember_closing(std::move(target), surely);
    if (!is_default) return;
    const std::string gone = page_.session();
    page_.session_gone(gone);
}

void Attachment::carry_out(DefaultPage::Step step) {
    const auto limit = settings_.default_page_limit;
    switch (step) {
        case DefaultPage::Step::wait:
            return;
        case DefaultPage::Step::list:
            return link_.ask(Own::list_targets, link_.own_session(), "Target.getTargets", {}, limit);
        case DefaultPage::Step::create:
            if (const auto full = pages_.refusal(); !full.empty()) {
                page_.reset();
                return owner_.on_page_failed(full);
            }
            return link_.ask(Own::create_page, link_.own_session(), "Target.createTarget", R"({"url":"about:blank"})",
                             limit);
        case DefaultPage::Step::attach: {
            gone_meanwhile_.clear();
            const auto params = with_id(R"({"targetId":")", page_.target(), R"(","flatten":true})");
            return link_.ask(Own::attach_page, link_.own_session(), "Target.attachToTarget", params, limit);
        }
        case DefaultPage::Step::serve:
            return owner_.on_page_ready();
        case DefaultPage::Step::give_up:
            return owner_.on_page_failed(
                fmt::format("The browser offered no page to stand in for a command without a session. {}",
                            std::exchange(page_problem_, {})));
    }
}

void Attachment::on_page_step(Own what, Fate fate, std::string_view body) {
    if (fate == Fate::lost) return;
    if (fate != Fate::result) {
        page_problem_ = as_answered(what, fate, body);
        return carry_out(page_.failed());
    }
    if (what == Own::list_targets) {
        const auto targets = read_targets(body);
        return carry_out(page_.listed(targets, [this](const TargetInfo& target) { return may_not_stand(target); }));
    }
    auto id = member(body, what == Own::create_page ? "targetId" : "sessionId");
    if (!is_target_id(id)) return carry_out(page_.failed());
    if (what == Own::attach_page) return on_page_attached(std::move(id));
    carry_out(page_.created(std::move(id)));
}

/// The page may have gone, or have been asked to go, while the attach was on its way: what waits is for the next one.
void Attachment::on_page_attached(std::string session) {
    const auto gone = gone_meanwhile_.find(session);
    const bool ended = gone != gone_meanwhile_.end();
    const bool detached = ended && !gone->second;
    gone_meanwhile_.clear();
    if (!ended && !pages_.closes(page_.target())) return carry_out(page_.attached(std::move(session)));
    if (!detached) detach_page(session);
    carry_out(page_.failed());
}

bool Attachment::may_not_stand(const TargetInfo& target) const {
    const auto* known = link_.sessions().target(target.id);
    if ((known != nullptr && known->crashed) || !is_target_id(target.id)) return true;
    if (pages_.closes(target.id)) return true;
    return !may_be_read(&target, places_);
}

std::optional<Attachment::Refusal> Attachment::refusal(const Request& request, std::string_view session) const {
    if (session.empty()) return std::nullopt;
    if (guard_.settles_another(session, request.method, request.params)) {
        return Refusal{Fate::error, R"({"code":-32602,"message":"Invalid InterceptionId."})"};
    }
    if (!request.content || places_ == nullptr) return std::nullopt;
    // Chrome tells of a session before anybody may know its id: this one is none.
    if (link_.sessions().find(session) == nullptr) {
        return Refusal{Fate::error, R"({"code":-32001,"message":"Session with given id not found."})"};
    }
    if (may_be_read(link_.sessions().target_of(session), places_)) return std::nullopt;
    return Refusal{Fate::refused,
                   "The session's page stands where the policy lets nothing be read or changed. Navigate away first."};
}

void Attachment::on_session_gone(std::string_view session, bool crashed) {
    if (!crashed) guard_.on_session_gone(session);
    if (session == link_.own_session() && !crashed) {
        problem_ = "The browser ended the session that the agent keeps for itself.";
        return link_.end(Errc::unexpected_answer);
    }
    const bool attaching = page_.state() == DefaultPage::State::attaching;
    if (attaching && gone_meanwhile_.size() < most_gone)
        gone_meanwhile_.insert_or_assign(std::string{session}, crashed);
    // A crashed page keeps its session: without a detach they would pile up.
    if (page_.session_gone(session) && crashed) detach_page(session);
}

void Attachment::detach_page(std::string_view session) {
    const auto params = with_id(R"({"sessionId":")", session, R"("})");
    link_.ask(Own::detach_page, link_.own_session(), "Target.detachFromTarget", params, settings_.default_page_limit);
}

}  // namespace cdp
