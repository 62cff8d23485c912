#include "cdp/core/place.hpp"

namespace cdp {

bool may_be_read(const TargetInfo* target, const PlaceRules* rules) {
    if (rules == nullptr) return true;
    if (target == nullptr || target->type == "browser_ui") return false;
    if (!target->place().empty()) return !rules->refuses(target->place());
    return target->type == "page" || target->type == "tab" || target->type == "browser";
}

Removal removal_of(const TargetInfo& target, const PlaceRules* rules) {
    if (rules == nullptr || target.url.empty() || !rules->refuses(target.url)) return Removal::leave;
    if (target.type == "page") return Removal::page;
    // Extensions show their pages in frames of the web's (PDF files are shown so).
    const bool of_extension = target.url.starts_with("chrome-extension:");
    return target.type == "iframe" && !of_extension ? Removal::frame : Removal::leave;
}

}  // namespace cdp
