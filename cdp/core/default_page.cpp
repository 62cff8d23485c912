#include "cdp/core/default_page.hpp"

#include <algorithm>
#include <utility>

namespace cdp {
namespace {

/// A page that closes between the list and the attach is bad luck; three in a row are a browser that does not want to.
constexpr int most_failures = 3;

}  // namespace

void DefaultPage::set(Event event) {
    struct Transition {
        State from;
        Event event;
        State to;
    };
    static constexpr Transition transitions[] = {
        {State::none, Event::needed, State::listing},
        {State::listing, Event::page_found, State::attaching},
        {State::listing, Event::none_found, State::creating},
        {State::creating, Event::page_made, State::attaching},
        {State::attaching, Event::attached, State::ready},
        {State::listing, Event::failed, State::none},
        {State::creating, Event::failed, State::none},
        {State::attaching, Event::failed, State::none},
        {State::ready, Event::gone, State::none},
        {State::ready, Event::silent, State::creating},
    };
    for (const auto& row : transitions) {
        if (row.from == state_ && row.event == event) {
            state_ = row.to;
            return;
        }
    }
}

DefaultPage::Step DefaultPage::need() {
    if (state_ == State::ready) return Step::serve;
    if (state_ != State::none) return Step::wait;
    set(Event::needed);
    return Step::list;
}

DefaultPage::Step DefaultPage::listed(const std::vector<TargetInfo>& targets, const Excluded& excluded) {
    if (state_ != State::listing) return Step::wait;
    auto may_stand = [&](const TargetInfo& target) {
        return target.type == "page" && target.subtype.empty() && !excluded(target);
    };
    const auto found = std::find_if(targets.begin(), targets.end(), may_stand);
    if (found == targets.end()) {
        set(Event::none_found);
        return Step::create;
    }
    target_ = found->id;
    made_ = false;
    set(Event::page_found);
    return Step::attach;
}

DefaultPage::Step DefaultPage::created(std::string target) {
    if (state_ != State::creating) return Step::wait;
    target_ = std::move(target);
    made_ = true;
    set(Event::page_made);
    return Step::attach;
}

DefaultPage::Step DefaultPage::attached(std::string session) {
    if (state_ != State::attaching) return Step::wait;
    session_ = std::move(session);
    failures_ = 0;
    set(Event::attached);
    return Step::serve;
}

DefaultPage::Step DefaultPage::failed() {
    if (state_ == State::none || state_ == State::ready) return Step::wait;
    set(Event::failed);
    target_.clear();
    if (++failures_ >= most_failures) {
        failures_ = 0;
        return Step::give_up;
    }
    return need();
}

bool DefaultPage::session_gone(std::string_view session) {
    if (state_ != State::ready || session_ != session) return false;
    set(Event::gone);
    target_.clear();
    session_.clear();
    return true;
}

DefaultPage::Step DefaultPage::silent() {
    if (state_ != State::ready) return Step::wait;
    set(Event::silent);
    target_.clear();
    session_.clear();
    return Step::create;
}

void DefaultPage::reset() {
    *this = DefaultPage{};
}

}  // namespace cdp
