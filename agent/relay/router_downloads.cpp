// Downloads go to the spool from a browser's first moment, and from that of each browser context: Chrome's own default
// is a folder of the user's. These are commands of the agent's own: nobody waits for their answers, and they have no
// flight.
#include "agent/relay/core/policy_params.hpp"
#include "agent/relay/router.hpp"
#include "platform/clock.hpp"
#include "platform/json_slice.hpp"

namespace relay {
namespace {

constexpr std::string_view create_context = "Target.createBrowserContext";

}  // namespace

bool Router::directs_downloads() const noexcept {
    return browser_ != nullptr && settings_.spool.browser_is_ours && settings_.policy.profile != Profile::full;
}

void Router::on_browser_state() {
    const bool attached = browser_ != nullptr && browser_->status().state == cdp::BrowserState::attached;
    const bool came = attached && !browser_attached_;
    browser_attached_ = attached;
    if (!came) return;
    handles_.clear();
    send_downloads_to_spool({});
}

// A new browser context has download behaviour of its own. One that was not answered in time may be made all the same,
// and the controller can find it: so must we.
void Router::follow_browser_context(const Flight& flight, const cdp::Answer& answer) {
    if (flight.method != create_context) return;
    if (answer.fate == cdp::Fate::timed_out || answer.fate == cdp::Fate::lost) return list_browser_contexts();
    std::string_view browser_context;
    if (answer.fate != cdp::Fate::result) return;
    if (find_member(answer.text, "browserContextId", browser_context) == Found::one)
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
    const Judgement judged = judge_params(command.method, {command.params, around, settings_.policy.allow_urls});
    browser_->submit({++last_ticket_,
                      {cdp::Destination::Kind::browser, {}},
                      command.method,
                      judged.params,
                      platform::BootClock::now() + settings_.timeout});
}

void Router::list_browser_contexts() {
    if (!directs_downloads()) return;
    context_list_ = ++last_ticket_;
    browser_->submit({context_list_,
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
    platform::for_each_element(all, [this](std::string_view context) {
        send_downloads_to_spool(context);
        return true;
    });
}

}  // namespace relay
