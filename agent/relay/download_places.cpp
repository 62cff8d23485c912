#include "agent/relay/download_places.hpp"

#include "agent/relay/core/policy_params.hpp"
#include "platform/clock.hpp"

namespace relay {

void DownloadPlaces::direct(std::string_view browser_context) {
    if (!settings_.spool.browser_is_ours || settings_.policy.profile == Profile::full) return;
    std::string params = R"({"behavior":"default")";
    if (!browser_context.empty()) params.append(R"(,"browserContextId":)").append(browser_context);
    params += '}';
    const Surroundings around{.spool = settings_.spool.folder};
    const Judgement judged =
        judge_params(set_downloads, {params, around, settings_.policy.allow_urls, policy_.hosts()});
    browser_.submit({tickets_.next(),
                     {cdp::Destination::Kind::browser, {}},
                     set_downloads,
                     judged.params,
                     platform::BootClock::now() + settings_.timeout});
    if (browser_context.empty()) browser_.hear_downloads(judged.params);
}

void DownloadPlaces::on_setting(std::string_view params) {
    if (!settings_.spool.browser_is_ours) browser_.hear_downloads(params);
}

void DownloadPlaces::end(const std::string& guid, DownloadStep step) {
    if (step == DownloadStep::cancel) return browser_.cancel_download(guid);
    browser_.close_page_of_download(guid);
}

}  // namespace relay
