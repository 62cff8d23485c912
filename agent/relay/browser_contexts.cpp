#include "agent/relay/browser_contexts.hpp"

#include "agent/relay/core/members.hpp"
#include "platform/clock.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {

bool BrowserContexts::admits(std::size_t being_made) {
    if (known_.size() + being_made < settings_.max_contexts) return true;
    if (list_ == 0) list();
    return false;
}

Refusal BrowserContexts::refusal() const {
    return {Reason::overloaded, "There are as many browser contexts as may be (browser.max_targets is " +
                                    std::to_string(settings_.max_contexts) + "): dispose of one first."};
}

void BrowserContexts::on_answer(std::string_view method, std::string_view params, const cdp::Answer& answer) {
    if (method == create_context) return on_made(answer);
    if (method == dispose_context && answer.fate == cdp::Fate::result) on_disposed(params);
}

// A setting for downloads holds for one browser context. One that was not answered in time may be made all the same,
// and the controller can find it: so must we.
void BrowserContexts::on_made(const cdp::Answer& answer) {
    if (answer.fate == cdp::Fate::timed_out || answer.fate == cdp::Fate::lost) return list();
    std::string_view made;
    if (answer.fate != cdp::Fate::result || find_member(answer.text, "browserContextId", made) != Found::one) return;
    std::string scratch;
    known_.emplace(platform::unescape(made, scratch));
    downloads_.direct(made);
}

void BrowserContexts::on_disposed(std::string_view params) {
    std::string_view disposed;
    if (find_member(params, "browserContextId", disposed) != Found::one) return;
    std::string scratch;
    const auto gone = known_.find(platform::unescape(disposed, scratch));
    if (gone != known_.end()) known_.erase(gone);
}

void BrowserContexts::list() {
    list_ = tickets_.next();
    browser_.submit({list_,
                     {cdp::Destination::Kind::browser, {}},
                     "Target.getBrowserContexts",
                     {},
                     platform::BootClock::now() + settings_.timeout});
}

bool BrowserContexts::on_own_answer(const cdp::Answer& answer) {
    if (list_ == 0 || answer.ticket != list_) return false;
    list_ = 0;
    if (answer.fate == cdp::Fate::timed_out) {
        list();
        return true;
    }
    std::string_view all;
    if (answer.fate != cdp::Fate::result || find_member(answer.text, "browserContextIds", all) != Found::one) {
        return true;
    }
    known_.clear();
    platform::for_each_element(all, [this](std::string_view context) {
        std::string scratch;
        known_.emplace(platform::unescape(context, scratch));
        downloads_.direct(context);
        return true;
    });
    return true;
}

}  // namespace relay
