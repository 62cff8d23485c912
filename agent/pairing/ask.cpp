#include "agent/pairing/ask.hpp"

#include <fmt/format.h>

#include <utility>

#include "platform/text.hpp"

namespace pairing {
namespace {

using platform::NetResult;
using platform::http::Request;
using platform::http::Response;

constexpr int request_timeout = 408, too_early = 425, too_many = 429, first_of_server = 500;

bool is_trouble(const Response& response) {
    const int status = response.status;
    return status == request_timeout || status == too_early || status == too_many || status >= first_of_server;
}

/// Tells of the trouble and waits; false: it is given up.
awaitable<bool> wait_patiently(AskNeeds needs, Patience& patience, std::string why, std::chrono::seconds wanted) {
    const auto wait = patience.again(wanted, platform::BootClock::now());
    if (!wait) co_return false;
    if (needs.say) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
        needs.say(fmt::format("{}: trying again in {} s", why, seconds));
    }
    const auto executor = co_await net::this_coro::executor;
    platform::Timer timer(executor);
    timer.expires_after(*wait);
    const auto [cancelled] = co_await timer.async_wait(no_throw);
    co_return !cancelled;
}

}  // namespace

realtime::Judgement judge_answer(const Response& response) {
    return realtime::judge({realtime::Signal::Kind::request, response.status, response.body});
}

awaitable<NetResult<Response>> ask_patiently(AskNeeds needs, Request request) {
    Patience patience(platform::BootClock::now());
    for (;;) {
        Request asking = request;
        auto answered = co_await platform::http::fetch(needs.network, std::move(asking), needs.net);
        const bool broken = !answered && answered.error() == platform::http::Errc::broken;
        if (!broken && (!answered || !is_trouble(*answered))) co_return answered;
        auto why =
            broken ? answered.error().message() : request.url + " " + platform::clean(judge_answer(*answered).sentence);
        const auto wanted = broken ? std::chrono::seconds{0} : answered->retry_after;
        const bool again = co_await wait_patiently(needs, patience, std::move(why), wanted);
        if (!again) co_return answered;
    }
}

awaitable<credentials::TokenAnswer> ask_token_patiently(AskNeeds needs, std::string url, credentials::Form form) {
    Patience patience(platform::BootClock::now());
    for (;;) {
        credentials::Form asking = form;
        auto answer = co_await credentials::ask_token(needs.network, needs.net, url, std::move(asking));
        const bool trouble = answer.passing() && (answer.status != 0 || answer.failure == platform::http::Errc::broken);
        if (!trouble) {
            for (auto& [name, value] : form) platform::cleanse(value);
            co_return answer;
        }
        const bool again =
            co_await wait_patiently(needs, patience, url + ": " + answer.description, answer.retry_after);
        if (!again) co_return answer;
    }
}

}  // namespace pairing
