#include "cdp/place_guard.hpp"

#include <utility>

#include "cdp/core/targets.hpp"

namespace cdp {
namespace {

/// What Chrome lets an interceptor hold before it loads. Its own pages (chrome:, devtools:) it does not.
constexpr std::string_view host_requests =
    R"({"patterns":[{"urlPattern":"file:*"},{"urlPattern":"filesystem:*"},{"urlPattern":"content:*"},)"
    R"({"urlPattern":"externalfile:*"}]})";

/// A page that cannot be moved away from a place is closed. A try fails as well when another navigation overtakes it:
/// one after which discovery told of the page elsewhere is none of these.
constexpr int max_tries_from_a_place = 3;
/// And so is a page that is led from one refused place to the next, without one in between that is harmless.
constexpr int max_tries = 12;

/// One of the two may be no more than the origin of the other.
bool is_same(std::string_view place, std::string_view other) {
    return !place.empty() && !other.empty() && (place.starts_with(other) || other.starts_with(place));
}

std::string with(std::string_view before, std::string_view text, std::string_view after) {
    return std::string{before}.append(text).append(after);
}

}  // namespace

void PlaceGuard::ask(std::string_view session, std::string_view method, std::string_view params) {
    link_.ask(Own::keep_place, session, method, params, settings_.default_page_limit);
}

void PlaceGuard::start() {
    if (settings_.guard_places) ask(link_.own_session(), "Fetch.enable", host_requests);
}

void PlaceGuard::on_event(const Message& event) {
    if (!settings_.guard_places) return;
    if (event.method == "Fetch.requestPaused") return on_paused(event);
    if (event.method == "Page.frameNavigated") return on_frame(event);
    on_target_event(event);
}

void PlaceGuard::on_target_event(const Message& event) {
    const bool of_session = event.method == "Target.attachedToTarget";
    if (!of_session && event.session != link_.own_session()) return;
    if (event.method == "Target.targetDestroyed") return forget(member(event.body, "targetId"));
    const bool told = event.method == "Target.targetCreated" || event.method == "Target.targetInfoChanged";
    if (!told && !of_session) return;
    const auto id = member(raw_member(event.body, "targetInfo"), "targetId");
    const TargetInfo* const target = link_.sessions().target(id);
    if (target == nullptr) return;
    check_.look_at(*target);
    if (told) look_at(*target);
}

void PlaceGuard::on_frame(const Message& event) {
    const auto inside = inside_.find(std::string{event.session});
    if (inside == inside_.end()) return;
    const auto frame = raw_member(event.body, "frame");
    const std::string target = inside->second;
    // The error page of one that could not be loaded stands, for the browser, where that one would.
    auto url = member(frame, "unreachableUrl");
    if (url.empty()) url = member(frame, "url");
    if (member(frame, "id") != target || refuses(url)) return;
    check_.stands_elsewhere(target);
    finish(target);
}

/// Ours: the owner's list decides. A client's: what leads to a refused place is not the client's to answer; the request
/// goes on, and is then held for us if it is for the machine's files.
void PlaceGuard::on_paused(const Message& event) {
    const auto request = raw_member(event.body, "requestId");
    const bool refused = refuses(member(raw_member(event.body, "request"), "url"));
    const std::string session{event.session};
    const std::string only_id = with(R"({"requestId":)", request, "}");
    if (session == link_.own_session()) {
        if (!refused) return ask(session, "Fetch.continueRequest", only_id);
        return ask(session, "Fetch.failRequest", with(R"({"requestId":)", request, R"(,"errorReason":"Aborted"})"));
    }
    const TargetInfo* const target = link_.sessions().target_of(session);
    const bool in_refused = target != nullptr && !target->url.empty() && !may_be_read(target, rules_);
    if (refused || in_refused) return ask(session, "Fetch.continueRequest", only_id);
    paused_.add(session, member(event.body, "requestId"));
}

bool PlaceGuard::settles_another(std::string_view session, std::string_view method, std::string_view params) const {
    if (!settings_.guard_places || session.empty() || !settles_request(method)) return false;
    return !paused_.holds(session, member(params, "requestId"));
}

PlaceGuard::Verdict PlaceGuard::verdict(const TargetInfo& target) const {
    if (removal_of(target, rules_) != Removal::leave) return Verdict::refused;
    if (check_.is_unsure(target)) return Verdict::unsure;
    return target.stands_at.empty() ? Verdict::harmless : Verdict::refused;
}

std::string_view PlaceGuard::place_of(const TargetInfo& target) const {
    return removal_of(target, rules_) != Removal::leave ? target.url : target.stands_at;
}

/// The browser has said where the page stands, or did not answer.
void PlaceGuard::on_checked(const std::string& target) {
    const TargetInfo* const now = link_.sessions().target(target);
    if (now == nullptr) return;
    look_at(*now);
    const auto known = removing_.find(target);
    const bool settling = known != removing_.end() && known->second.stage == Removing::Stage::settling;
    if (settling && verdict(*now) == Verdict::harmless) finish(target);
}

void PlaceGuard::look_at(const TargetInfo& target) {
    const Verdict now = verdict(target);
    const auto known = removing_.find(target.id);
    if (known == removing_.end()) {
        if (now == Verdict::refused) attach(target);
        return;
    }
    auto& removing = known->second;
    if (!is_same(removing.place, target.url)) removing.moved = true;
    if (now == Verdict::harmless) {  // where it is bound for: it is left once it stands there
        removing.tries = removing.tries_from_here = 0;
        removing.place.clear();
    }
    if (now != Verdict::refused || removing.stage != Removing::Stage::settling) return;
    if (removing.failed || !is_same(removing.place, place_of(target))) navigate(target, removing);
}

void PlaceGuard::attach(const TargetInfo& target) {
    auto& removing = removing_[target.id];
    removing.how = target.type == "page" ? Removal::page : Removal::frame;
    attaching_.push_back(target.id);
    ask(link_.own_session(), "Target.attachToTarget", with(R"({"targetId":")", target.id, R"(","flatten":true})"));
}

void PlaceGuard::navigate(const TargetInfo& target, Removing& removing) {
    const auto place = place_of(target);
    if (removing.moved || !is_same(removing.place, place)) removing.tries_from_here = 0;
    removing.place = place;
    removing.failed = removing.moved = false;
    if (++removing.tries > max_tries || ++removing.tries_from_here > max_tries_from_a_place) return close(target.id);
    removing.stage = Removing::Stage::navigating;
    ask(removing.session, "Page.navigate", R"({"url":"about:blank"})");
}

/// It stands at a harmless place. It is left without its history where Chrome can drop it (not while another navigation
/// is under way): what leads back is sent away again.
void PlaceGuard::finish(const std::string& target) {
    const auto found = removing_.find(target);
    if (found == removing_.end() || found->second.stage == Removing::Stage::attaching) return;
    const auto session = std::move(found->second.session);
    const bool page = found->second.how == Removal::page;
    removing_.erase(found);
    inside_.erase(session);
    if (page) ask(session, "Page.resetNavigationHistory", {});
    detach(session);
}

void PlaceGuard::detach(std::string_view session) {
    ask(link_.own_session(), "Target.detachFromTarget", with(R"({"sessionId":")", session, R"("})"));
}

void PlaceGuard::forget(const std::string& target) {
    check_.forget(target);
    const auto found = removing_.find(target);
    if (found == removing_.end()) return;
    inside_.erase(found->second.session);
    removing_.erase(found);
}

void PlaceGuard::close(const std::string& target) {
    const auto found = removing_.find(target);
    const bool page = found != removing_.end() && found->second.how == Removal::page;
    const auto session = found != removing_.end() ? std::move(found->second.session) : std::string{};
    removing_.erase(target);
    inside_.erase(session);
    if (page) return ask(link_.own_session(), "Target.closeTarget", with(R"({"targetId":")", target, R"("})"));
    if (!session.empty()) detach(session);
}

void PlaceGuard::on_step(const Pending& command, Fate fate, std::string_view body) {
    if (const auto target = check_.on_step(command, fate, body)) return on_checked(*target);
    if (command.method == "Target.attachToTarget") {
        if (attaching_.empty()) return;
        const std::string target = std::move(attaching_.front());
        attaching_.pop_front();
        on_attached(target, fate, body);
    } else if (command.method == "Page.navigate") {
        on_navigated(command, fate, body);
    } else if (command.method == "Page.enable" && fate != Fate::lost) {
        on_enabled(command.session);
    }
}

/// A page that answers this after it has moved told of its new place before it was asked to tell.
void PlaceGuard::on_enabled(const std::string& session) {
    const auto inside = inside_.find(session);
    if (inside == inside_.end()) return;
    const std::string target = inside->second;
    const auto found = removing_.find(target);
    if (found == removing_.end() || found->second.stage != Removing::Stage::settling) return;
    const TargetInfo* const now = link_.sessions().target(target);
    if (now == nullptr || verdict(*now) == Verdict::harmless) finish(target);
}

void PlaceGuard::on_attached(const std::string& target, Fate fate, std::string_view body) {
    const auto found = removing_.find(target);
    if (found == removing_.end()) return;
    auto& removing = found->second;
    removing.session = fate == Fate::result ? member(body, "sessionId") : std::string{};
    if (removing.session.empty()) return close(target);
    removing.stage = Removing::Stage::settling;
    inside_.insert_or_assign(removing.session, target);
    const TargetInfo* const now = link_.sessions().target(target);
    const Verdict where = now == nullptr ? Verdict::harmless : verdict(*now);
    if (where == Verdict::harmless) return finish(target);
    ask(removing.session, "Page.enable", {});
    if (where == Verdict::refused) navigate(*now, removing);
}

void PlaceGuard::on_navigated(const Pending& command, Fate fate, std::string_view body) {
    const auto inside = inside_.find(command.session);
    if (inside == inside_.end()) return;
    const std::string target = inside->second;
    const auto found = removing_.find(target);
    if (found == removing_.end()) return;
    found->second.stage = Removing::Stage::settling;
    found->second.failed = fate != Fate::result || !raw_member(body, "errorText").empty();
    if (fate == Fate::lost) return;  // the page crashed: the next event about it starts another try
    const TargetInfo* const now = link_.sessions().target(target);
    const Verdict where = now == nullptr ? Verdict::harmless : verdict(*now);
    if (where != Verdict::refused) return;
    if (found->second.failed || !is_same(found->second.place, place_of(*now))) navigate(*now, found->second);
}

void PlaceGuard::on_session_gone(std::string_view session) {
    paused_.forget_session(session);
    const auto inside = inside_.find(std::string{session});
    if (inside == inside_.end()) return;
    removing_.erase(inside->second);
    inside_.erase(inside);
}

}  // namespace cdp
