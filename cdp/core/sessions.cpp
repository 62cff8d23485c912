#include "cdp/core/sessions.hpp"

#include <algorithm>
#include <utility>

namespace cdp {

SessionChange SessionTable::on_event(const Message& event, std::string_view own_session) {
    constexpr std::string_view target_domain = "Target.";
    const auto method = event.method;
    if (method.starts_with(target_domain)) {
        return on_target_event(event, method.substr(target_domain.size()), event.session == own_session);
    }
    // Everything else of interest names one session by its envelope. Most events end here after one comparison.
    const auto domain = method.substr(0, method.find('.'));
    if (domain != "Inspector" && domain != "Page" && domain != "Debugger") return {};
    auto* session = at(event.session);
    if (session == nullptr) return {};
    if (method == "Inspector.targetCrashed") {
        session->crashed = true;
        mark_crashed(session->target, true);
        return {SessionChange::Kind::crashed, {session->id}};
    }
    if (method == "Inspector.targetReloadedAfterCrash") {
        session->crashed = false;
        mark_crashed(session->target, false);
    } else if (method == "Page.javascriptDialogOpening") {
        session->dialog = true;
    } else if (method == "Page.javascriptDialogClosed") {
        session->dialog = false;
    } else if (method == "Debugger.paused") {
        session->paused = true;
    } else if (method == "Debugger.resumed") {
        session->paused = false;
    } else if (method == "Page.frameNavigated") {
        place_first(*session, raw_member(event.body, "frame"));
    }
    return {};
}

/// Chrome announces a frame with its own process before it stands anywhere. Its own session may tell of its first place
/// before discovery does.
void SessionTable::place_first(const Session& session, std::string_view frame) {
    const auto found = targets_.find(session.target);
    if (found == targets_.end() || !found->second.url.empty()) return;
    if (member(frame, "id") == session.target) found->second.url = member(frame, "url").substr(0, target_url_limit);
}

SessionChange SessionTable::on_target_event(const Message& event, std::string_view name, bool ours) {
    if (name == "attachedToTarget") {
        attach(event);
    } else if (name == "detachedFromTarget") {
        return detach(member(event.body, "sessionId"));
    } else if (ours && (name == "targetCreated" || name == "targetInfoChanged")) {
        keep(raw_member(event.body, "targetInfo"), true);
    } else if (ours && name == "targetDestroyed") {
        targets_.erase(member(event.body, "targetId"));
    } else if (ours && name == "targetCrashed") {
        mark_crashed(member(event.body, "targetId"), true);
    }
    return {};
}

void SessionTable::mark_crashed(std::string_view target, bool crashed) {
    const auto found = targets_.find(target);
    if (found != targets_.end()) found->second.crashed = crashed;
}

void SessionTable::attach(const Message& event) {
    Session session;
    session.id = member(event.body, "sessionId");
    session.parent = event.session;
    const auto info = raw_member(event.body, "targetInfo");
    session.target = member(info, "targetId");
    if (session.id.empty()) return;
    keep(info, false);
    auto id = session.id;
    sessions_.insert_or_assign(std::move(id), std::move(session));
}

void SessionTable::keep(std::string_view object, bool replace) {
    auto target = read_target(object);
    if (!target) return;
    const auto found = targets_.find(target->id);
    if (found == targets_.end()) {
        auto id = target->id;
        targets_.emplace(std::move(id), std::move(*target));
    } else if (replace) {
        target->crashed = found->second.crashed;
        target->stands_at = std::move(found->second.stands_at);
        found->second = std::move(*target);
    }
}

SessionChange SessionTable::detach(std::string_view session) {
    if (session.empty()) return {};
    // Its children get no event. The event counts also for a session that we never saw opened.
    SessionChange change{SessionChange::Kind::detached, {std::string{session}}};
    for (std::size_t i = 0; i < change.sessions.size(); ++i) {
        for (const auto& [id, other] : sessions_) {
            if (other.parent == change.sessions[i] && id != change.sessions[i]) change.sessions.push_back(id);
        }
        const auto found = sessions_.find(change.sessions[i]);
        if (found == sessions_.end()) continue;
        const auto target = std::move(found->second.target);
        sessions_.erase(found);
        forget_undiscovered(target);
    }
    return change;
}

void SessionTable::forget_undiscovered(const std::string& target) {
    // Discovery leaves out the browser target: nothing will tell of its end.
    const auto found = targets_.find(target);
    if (found == targets_.end() || found->second.type != "browser") return;
    auto uses_it = [&target](const auto& entry) { return entry.second.target == target; };
    if (std::none_of(sessions_.begin(), sessions_.end(), uses_it)) targets_.erase(found);
}

Session* SessionTable::at(std::string_view session) {
    const auto found = sessions_.find(session);
    return found == sessions_.end() ? nullptr : &found->second;
}

const Session* SessionTable::find(std::string_view session) const {
    const auto found = sessions_.find(session);
    return found == sessions_.end() ? nullptr : &found->second;
}

const Session* SessionTable::any_of(std::string_view target) const {
    const auto of_target = [target](const auto& entry) { return entry.second.target == target; };
    const auto found = std::find_if(sessions_.begin(), sessions_.end(), of_target);
    return found == sessions_.end() ? nullptr : &found->second;
}

void SessionTable::found_at(std::string_view target, std::string_view place) {
    const auto found = targets_.find(target);
    if (found != targets_.end()) found->second.stands_at = place;
}

std::string_view SessionTable::top_of(std::string_view session, std::string_view root) const {
    const Session* one = find(session);
    // A chain longer than the table would be a circle.
    for (std::size_t steps = sessions_.size(); one != nullptr && steps > 0; --steps) {
        if (one->parent.empty() || one->parent == root) return one->id;
        one = find(one->parent);
    }
    return {};
}

std::vector<std::string> SessionTable::below(std::string_view top, std::string_view root) const {
    std::vector<std::string> all;
    for (const auto& entry : sessions_) {
        if (top_of(entry.first, root) == top) all.push_back(entry.first);
    }
    return all;
}

const TargetInfo* SessionTable::target(std::string_view id) const {
    const auto found = targets_.find(id);
    return found == targets_.end() ? nullptr : &found->second;
}

std::size_t SessionTable::pages() const noexcept {
    const auto is_page = [](const auto& entry) { return entry.second.type == "page" && entry.second.subtype.empty(); };
    return static_cast<std::size_t>(std::count_if(targets_.begin(), targets_.end(), is_page));
}

const TargetInfo* SessionTable::target_of(std::string_view session) const {
    const auto* known = find(session);
    return known == nullptr ? nullptr : target(known->target);
}

}  // namespace cdp
