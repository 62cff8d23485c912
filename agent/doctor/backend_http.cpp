#include "agent/doctor/backend_http.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include "agent/doctor/clock.hpp"
#include "agent/pairing/device.hpp"
#include "platform/http/date.hpp"
#include "platform/text.hpp"
#include "platform/url.hpp"

namespace doctor {
namespace {

/// The backend's REST service speaks JSON: a page is of somebody who stands in its place.
bool is_page(const platform::http::Response& answer) {
    return boost::algorithm::istarts_with(answer.header("content-type"), "text/html") ||
           platform::trim(answer.body).starts_with('<');
}

}  // namespace

Finding judge_http(const std::string& name, const platform::http::Response& answer) {
    const auto text = name + " answers (" + std::to_string(answer.status) + ")";
    if (answer.status >= 500) {
        return {"http", Outcome::failed, text,
                "the backend, or a gateway before it, is in trouble: see its status page"};
    }
    if (answer.status >= 300 && answer.status < 400) {
        return {"http", Outcome::failed, text + " with a redirect", "log in to the network's portal, or mend api.url"};
    }
    if (answer.is_success() && is_page(answer)) {
        return {"http", Outcome::failed, text + " with an ordinary page, which the backend does not",
                "log in to the network's portal if it has one, else mend api.url or pairing.rest_url"};
    }
    return {"http", Outcome::ok, text};
}

awaitable<void> look_at_http(platform::Worker& worker, const config::Config& config, Report& report) {
    platform::http::Request request;
    request.url = config.pairing.rest_url + "/";
    if (!config.api.key.empty()) request.headers = {{"apikey", config.api.key}};
    const auto answered = co_await platform::http::fetch(worker, std::move(request), config.net);
    const auto where = platform::parse_url(config.pairing.rest_url);
    const auto name = where ? where->origin() : platform::clean(config.pairing.rest_url);
    if (!answered) {
        report.add("http", Outcome::failed, name + ": " + answered.error().message(),
                   "the lines above say how far the way is open; pairing.rest_url follows api.url");
        co_return report.skip({"clock"}, "the backend did not answer");
    }
    report.add(judge_http(name, *answered));
    const auto theirs = platform::http::parse_date(std::string{answered->header("date")});
    report.add(judge_clock(theirs, std::chrono::system_clock::now()));
}

}  // namespace doctor
