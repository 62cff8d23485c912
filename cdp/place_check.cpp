#include "cdp/place_check.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "cdp/core/targets.hpp"

namespace cdp {
namespace {

constexpr std::string_view older_method = "Storage.getStorageKeyForFrame";
constexpr std::string_view newer_method = "Storage.getStorageKey";
/// The codes of Chrome's errors: about:blank and data: have an origin that cannot be written; the method is not there.
constexpr std::string_view no_key = "-32000";
constexpr std::string_view no_method = "-32601";
/// After so many answers in a row that name a refused origin, that is believed also while the next one is on its way.
constexpr int believed_refusals = 2;

/// The first of the key's parts, with its slash.
std::string origin_in(std::string_view result) {
    std::string key = member(result, "storageKey");
    key.resize(std::min(key.size(), key.find('^')));
    return key;
}

}  // namespace

void PlaceCheck::look_at(const TargetInfo& target) {
    if (rules_ == nullptr || !settings_.guard_places || target.type != "page" || !is_target_id(target.id)) return;
    if (rules_->refuses(target.url)) link_.found_at(target.id, target.url);
    ask(target.id);
}

void PlaceCheck::ask(const std::string& target) {
    const auto known = pages_.find(target);
    if (known != pages_.end() && known->second.asked) {
        known->second.again = true;
        return;
    }
    const Session* const session = link_.sessions().any_of(target);
    if (session == nullptr) return;
    pages_[target].asked = true;
    asking_.insert_or_assign(session->id, target);
    // The main frame of a page has the id of its target.
    link_.ask(Own::keep_place, session->id, newer_name_ ? newer_method : older_method,
              fmt::format(R"({{"frameId":"{}"}})", target), settings_.default_page_limit);
}

std::optional<std::string> PlaceCheck::on_step(const Pending& command, Fate fate, std::string_view body) {
    if (command.method != older_method && command.method != newer_method) return std::nullopt;
    const auto asking = asking_.find(command.session);
    if (asking == asking_.end()) return std::nullopt;
    std::string target = std::move(asking->second);
    asking_.erase(asking);
    const auto found = pages_.find(target);
    if (found == pages_.end()) return target;
    auto& page = found->second;
    page.asked = false;
    const bool unknown = fate == Fate::error && raw_member(body, "code") == no_method && command.method == older_method;
    if (unknown) newer_name_ = true;
    if (!page.outdated) take(target, page, fate, body);
    const bool outdated = std::exchange(page.outdated, false);
    const bool again = std::exchange(page.again, false);
    if (again || outdated || unknown || fate == Fate::lost) ask(target);
    if (!page.asked && page.refusals == 0) pages_.erase(found);
    return target;
}

/// A harmless answer counts only if discovery has not reported the page since the question. Other errors, and a
/// timeout, change nothing.
void PlaceCheck::take(const std::string& target, Page& page, Fate fate, std::string_view body) {
    if (fate == Fate::result) return take_origin(target, page, origin_in(body));
    if (fate != Fate::error || raw_member(body, "code") != no_key) return;
    if (!page.again) link_.found_at(target, {});
    page.refusals = 0;
}

void PlaceCheck::take_origin(const std::string& target, Page& page, std::string_view origin) {
    if (!origin.empty() && rules_->refuses_origin(origin)) {
        ++page.refusals;
        return link_.found_at(target, origin);
    }
    page.refusals = 0;
    const TargetInfo* const now = link_.sessions().target(target);
    if (now == nullptr || page.again) return;
    const bool told_elsewhere = !now->url.starts_with(origin) || rules_->refuses(now->url);
    const bool same_still = now->stands_at.starts_with(origin) && told_elsewhere;
    if (!same_still || origin.empty()) link_.found_at(target, {});
}

void PlaceCheck::stands_elsewhere(const std::string& target) {
    link_.found_at(target, {});
    const auto found = pages_.find(target);
    if (found == pages_.end()) return;
    found->second.refusals = 0;
    found->second.outdated = found->second.asked;
    if (!found->second.asked) pages_.erase(found);
}

bool PlaceCheck::is_unsure(const TargetInfo& target) const {
    const auto found = pages_.find(target.id);
    return found != pages_.end() && found->second.asked && found->second.refusals < believed_refusals;
}

}  // namespace cdp
