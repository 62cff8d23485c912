#include "cdp/place_check.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "cdp/core/targets.hpp"

namespace cdp {
namespace {

constexpr std::string_view older_method = "Storage.getStorageKeyForFrame";
constexpr std::string_view newer_method = "Storage.getStorageKey";

/// A page in a frame of another site has a key of more parts; the first one is the origin, with its slash.
std::string origin_in(std::string_view result) {
    std::string key = member(result, "storageKey");
    key.resize(std::min(key.size(), key.find('^')));
    return key;
}

}  // namespace

void PlaceCheck::look_at(const TargetInfo& target) {
    if (rules_ == nullptr || !settings_.guard_places || target.type != "page" || !is_target_id(target.id)) return;
    const auto found = pages_.find(target.id);
    if (found != pages_.end()) return ask(target, found->second);
    if (link_.sessions().any_of(target.id) != nullptr) ask(target, pages_[target.id]);
}

void PlaceCheck::ask(const TargetInfo& target, Page& page) {
    page.again = page.asked;
    if (page.asked) return;
    const Session* const session = link_.sessions().any_of(target.id);
    if (session == nullptr) return;
    page.asked = true;
    asking_.insert_or_assign(session->id, target.id);
    // The frame of a page that is at the top has the page's own id.
    link_.ask(Own::keep_place, session->id, newer_name_ ? newer_method : older_method,
              fmt::format(R"({{"frameId":"{}"}})", target.id), settings_.default_page_limit);
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
    const bool unknown = fate == Fate::error && raw_member(body, "code") == "-32601";
    if (unknown && !newer_name_) {
        newer_name_ = page.again = true;
    } else if (fate == Fate::result) {
        page.refused = origin_in(body);
        if (!rules_->refuses(page.refused)) page.refused.clear();
    } else if (fate == Fate::error) {
        page.refused.clear();  // about:blank and data: have no key
    }
    const bool lost = fate == Fate::lost;
    const TargetInfo* const now = link_.sessions().target(target);
    if ((page.again || lost) && now != nullptr) ask(*now, page);
    if (!page.asked && page.refused.empty()) pages_.erase(found);
    return target;
}

bool PlaceCheck::asks(const TargetInfo& target) const {
    const auto found = pages_.find(target.id);
    return found != pages_.end() && found->second.asked;
}

std::string_view PlaceCheck::refused_origin(const TargetInfo& target) const {
    const auto found = pages_.find(target.id);
    if (found == pages_.end() || found->second.refused.empty()) return {};
    return target.url.starts_with(found->second.refused) ? std::string_view{} : found->second.refused;
}

}  // namespace cdp
