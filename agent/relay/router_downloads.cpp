// Browser contexts, and where their downloads go: to the spool from a browser's first moment, and from that of each
// browser context, since Chrome's own default is a folder of the user's. These are commands of the agent's own: nobody
// waits for their answers, and they have no flight.
#include <algorithm>

#include "agent/relay/core/policy_params.hpp"
#include "agent/relay/router.hpp"
#include "platform/clock.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {

bool Router::directs_downloads() const noexcept {
    return settings_.spool.browser_is_ours && settings_.policy.profile != Profile::full;
}

void Router::on_browser_state() {
    const bool attached = browser_.status().state == cdp::BrowserState::attached;
    const bool came = attached && !browser_attached_;
    browser_attached_ = attached;
    if (!came) return;
    judge_.on_new_browser();
    browser_contexts_.clear();
    scripts_.on_new_browser();
    send_downloads_to_spool({});
}

// Those that went without a word (with the session that made them) are found when the bound is reached: for the next
// command.
bool Router::may_make_context() {
    if (browser_contexts_.size() + flights_.at_browser(create_context) < settings_.max_contexts) return true;
    if (context_list_ == 0) list_browser_contexts();
    return false;
}

// A new browser context has download behaviour of its own. One that was not answered in time may be made all the same,
// and the controller can find it: so must we.
void Router::follow_browser_context(const Flight& flight, const cdp::Answer& answer) {
    std::string_view browser_context;
    std::string scratch;
    if (flight.method == dispose_context && answer.fate == cdp::Fate::result &&
        find_member(flight.kept_params, "browserContextId", browser_context) == Found::one) {
        const auto gone = browser_contexts_.find(platform::unescape(browser_context, scratch));
        if (gone != browser_contexts_.end()) browser_contexts_.erase(gone);
    }
    if (flight.method != create_context) return;
    if (answer.fate == cdp::Fate::timed_out || answer.fate == cdp::Fate::lost) return list_browser_contexts();
    if (answer.fate != cdp::Fate::result) return;
    if (find_member(answer.text, "browserContextId", browser_context) != Found::one) return;
    browser_contexts_.emplace(platform::unescape(browser_context, scratch));
    send_downloads_to_spool(browser_context);
}

// It goes out before what is relayed next, so that nothing can be downloaded elsewhere.
void Router::send_downloads_to_spool(std::string_view browser_context) {
    if (!directs_downloads()) return;
    std::string params = R"({"behavior":"default")";
    if (!browser_context.empty()) params.append(R"(,"browserContextId":)").append(browser_context);
    params += '}';
    const Command command{"0", "Browser.setDownloadBehavior", params, {}, {}};
    const Surroundings around{.spool = settings_.spool.folder};
    const Judgement judged =
        judge_params(command.method, {command.params, around, settings_.policy.allow_urls, judge_.policy().hosts()});
    browser_.submit({tickets_.next(),
                     {cdp::Destination::Kind::browser, {}},
                     command.method,
                     judged.params,
                     platform::BootClock::now() + settings_.timeout});
    if (browser_context.empty()) browser_.hear_downloads(judged.params);
}

void Router::end_download(const std::string& guid, DownloadStep step) {
    if (step == DownloadStep::cancel) return browser_.cancel_download(guid);
    browser_.close_page_of_download(guid);
}

void Router::list_browser_contexts() {
    context_list_ = tickets_.next();
    browser_.submit({context_list_,
                     {cdp::Destination::Kind::browser, {}},
                     "Target.getBrowserContexts",
                     {},
                     platform::BootClock::now() + settings_.timeout});
}

void Router::on_browser_contexts(const cdp::Answer& answer) {
    context_list_ = 0;
    if (answer.fate == cdp::Fate::timed_out) return list_browser_contexts();
    std::string_view all;
    if (answer.fate != cdp::Fate::result || find_member(answer.text, "browserContextIds", all) != Found::one) return;
    browser_contexts_.clear();
    platform::for_each_element(all, [this](std::string_view context) {
        std::string scratch;
        browser_contexts_.emplace(platform::unescape(context, scratch));
        send_downloads_to_spool(context);
        return true;
    });
}

}  // namespace relay
