#include "agent/realtime/http_fallback.hpp"

#include "agent/realtime/core/payload_id.hpp"
#include "agent/realtime/endpoint.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/clock.hpp"
#include "platform/http/http.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"

namespace realtime {

namespace log = platform::log;
using namespace std::chrono_literals;

namespace {

/// How often is looked whether something waited for too long.
constexpr auto look_every = 1s;

constexpr int status_accepted = 202;
constexpr int status_bad_request = 400;
constexpr int status_not_found = 404;
constexpr int status_too_large = 413;
constexpr int status_unprocessable = 422;

/// The server does not take this result, and would refuse it again.
bool refuses_content(int status) {
    return status == status_bad_request || status == status_too_large || status == status_unprocessable;
}

}  // namespace

HttpFallback::HttpFallback(const Needs& needs) : with_{needs}, timer_{needs.executor} {}

awaitable<void> HttpFallback::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    for (;;) {
        const Message* message = due(platform::BootClock::now());
        if (message != nullptr) {
            Message copy = *message;
            co_await post(std::move(copy));
        } else {
            const TimePoint again = platform::BootClock::now() + look_every;
            co_await wait_until(timer_, with_.settings.http_fallback ? again : never);
        }
        const bool over = co_await cancelled();
        if (over) co_return;
    }
}

bool HttpFallback::socket_is_away(TimePoint now) {
    const auto state = with_.status.state();
    const bool away = state == State::waiting || state == State::connecting || state == State::joining;
    if (!away) {
        away_since_.reset();
        left_to_socket_.clear();
        return false;
    }
    if (!away_since_) away_since_ = now;
    return now - *away_since_ >= with_.settings.http_fallback_after && is_outage(with_.status.shown().failure);
}

const Message* HttpFallback::due(TimePoint now) {
    if (!with_.settings.http_fallback || unsupported_ || with_.stop_by || with_.status.shown().silenced) return nullptr;
    const bool away = socket_is_away(now);
    if (!away || now < not_before_ || with_.tokens.current() == nullptr) return nullptr;
    if (with_.tokens.generation() == refused_generation_) return nullptr;
    const auto may_go = [&](const Message& message) {
        return !message.streamed && !message.raw && now - message.made >= with_.settings.http_fallback_after &&
               message.payload.size() <= with_.delivery.payload_limit() && !left_to_socket_.contains(message.ticket);
    };
    const Message* message = with_.delivery.outbox().first(Lane::answer, may_go);
    return message != nullptr && with_.delivery.budget().take(Lane::answer, now) ? message : nullptr;
}

awaitable<void> HttpFallback::post(Message message) {
    const auto* credential = with_.tokens.credential();
    const auto* token = with_.tokens.current();
    const Generation used = with_.tokens.generation();
    auto address = broadcast_endpoint(with_.settings.url, "device:" + credential->device_uuid, message.event);
    if (!address) {
        unsupported_ = true;
        co_return;
    }
    const std::string_view key =
        with_.settings.api_key.empty() ? token->api_key : std::string_view{with_.settings.api_key};
    platform::http::Request request;
    request.method = "POST";
    request.url = std::move(*address);
    request.headers = {{"Content-Type", "application/json"},
                       {"Accept", "application/json"},
                       {"apikey", std::string{key}},
                       {"Authorization", "Bearer " + std::string{token->access}}};
    request.body = message.payload.view();
    auto response = co_await platform::http::fetch(with_.network, std::move(request), with_.settings.net);
    const bool over = co_await cancelled();
    if (over) co_return;
    if (!response) {
        const TimePoint now = platform::BootClock::now();
        log::debug("realtime: HTTP does not help either: {}", response.error().message());
        not_before_ = with_.reconnect.post_failed(now);
        co_return;
    }
    answered(message, response->status, response->body, used);
}

void HttpFallback::answered(const Message& message, int status, std::string_view body, Generation used) {
    const TimePoint now = platform::BootClock::now();
    if (status >= 200 && status <= status_accepted) return posted(message);
    const auto judgement = judge({.kind = Signal::Kind::post, .number = status, .text = body});
    if (wants_token(judgement.what)) {
        // A token that came while the request was under way was not refused.
        refused_generation_ = used;
        log::warning("realtime: results may not be posted over HTTP with this token ({}): {}", status,
                     platform::clean(body));
    } else if (status == status_not_found) {
        unsupported_ = true;
        log::warning("realtime: the server is too old to take results over HTTP (404): they wait for the socket");
    } else if (judgement.what == Class::limit) {
        with_.delivery.budget().closed_for_rate(now);
        not_before_ = with_.reconnect.post_limited(now);
    } else if (refuses_content(status)) {
        left_to_socket_.insert(message.ticket);
        // Too large, or the database is away: the socket tells which.
        if (status == status_unprocessable) not_before_ = Reconnect::post_refused(now);
    } else {
        not_before_ = with_.reconnect.post_failed(now);
    }
}

void HttpFallback::posted(const Message& message) {
    with_.reconnect.posted();
    ++with_.status.counters().sent_by_http;
    with_.sent_by_http.add(id_in(message.payload));
    with_.delivery.outbox().delivered(message.ticket);
    with_.delivery.report_settled();
}

}  // namespace realtime
