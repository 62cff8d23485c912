#include "tests/loop/realtime/cloud.hpp"

#include <algorithm>

#include "platform/clock.hpp"

namespace cloud {

void Recorder::on_broadcast(const realtime::Broadcast& broadcast) {
    heard.push_back({std::string{broadcast.topic}, std::string{broadcast.event}, std::string{broadcast.payload},
                     std::string{broadcast.meta_id}, broadcast.raw, broadcast.replayed, broadcast.stale,
                     broadcast.overlong});
    if (also) also(broadcast);
}

void Recorder::on_settled(realtime::Ticket ticket, realtime::Settled how) {
    settled.emplace_back(ticket, how);
}

void Recorder::on_status(const realtime::Status& status) {
    if (!states.empty() && states.back() == status.state) return;
    states.push_back(status.state);
    if (status.state == realtime::State::waiting) reasons.push_back(status.reason);
}

std::size_t Recorder::settled_as(realtime::Settled how) const {
    const auto is_it = [how](const auto& one) { return one.second == how; };
    return static_cast<std::size_t>(std::count_if(settled.begin(), settled.end(), is_it));
}

realtime::Settings quick_settings(std::string url) {
    realtime::Settings settings;
    settings.url = std::move(url);
    settings.instance = "test";
    settings.heartbeat = 300ms;
    settings.silence = 1500ms;
    settings.silence_joining = 4s;
    settings.join_timeout = 5s;
    settings.upgrade_timeout = 5s;
    settings.net.proxy = "none";
    settings.net.connect_timeout = 5s;
    settings.backoff_base = 10ms;
    settings.backoff_cap = 200ms;
    settings.reconnect_spread = 50ms;
    settings.budget_max = 0;
    settings.join_settings_global = false;
    settings.join_devices_all = false;
    settings.track_presence = false;
    return settings;
}

Agent::Agent(net::io_context& io, realtime::Settings wanted, std::string token, std::string api_key,
             credentials::Fetch fetch)
    : settings{std::move(wanted)}, tokens{io.get_executor(), nullptr, std::move(fetch)}, io_{io} {
    give_token(std::move(token), std::move(api_key));
    supervisor = std::make_unique<realtime::Supervisor>(io.get_executor(), worker_, settings, tokens, recorder);
}

Agent::~Agent() {
    stop(100ms);
}

void Agent::give_token(std::string token, std::string api_key) {
    credentials::Credential credential;
    credential.device_uuid = device_uuid;
    credential.device_name = "a test";
    if (const auto claims = credentials::claims_of(token)) credential.expires_at = claims->expires;
    credential.access_token = platform::Secret{std::string_view{token}};
    credential.api_key = platform::Secret{std::string_view{api_key}};
    credential.origin = credentials::Origin::ephemeral;
    tokens.adopt(std::move(credential));
}

void Agent::give_refreshable_token(const std::string& token, const std::string& api_key) {
    credentials::Credential credential;
    credential.device_uuid = device_uuid;
    credential.access_token = platform::Secret{std::string_view{token}};
    credential.api_key = platform::Secret{std::string_view{api_key}};
    credential.expires_at = credentials::claims_of(token)->expires;
    credential.refresh = credentials::RefreshGrant{platform::Secret{"r"}, "client", "https://localhost/token"};
    credential.origin = credentials::Origin::ephemeral;
    tokens.adopt(std::move(credential));
}

void Agent::start() {
    finished_ = tokens_finished_ = false;
    const auto run = [this]() -> awaitable<void> {
        co_await supervisor->run();
        finished_ = true;
    };
    const auto run_tokens = [this]() -> awaitable<void> {
        co_await tokens.run();
        tokens_finished_ = true;
    };
    net::co_spawn(io_, run, rethrow);
    net::co_spawn(io_, run_tokens, rethrow);
}

bool Agent::stop(std::chrono::milliseconds grace) {
    supervisor->stop(grace);
    tokens.stop();
    const auto both = [this] { return finished_ && tokens_finished_; };
    return run_until(io_, both, grace + 5s);
}

bool Agent::publish(realtime::Ticket ticket, std::string payload, realtime::Lane lane) {
    return supervisor->publish({ticket, lane, "cdp-result", std::move(payload)});
}

bool run_until(net::io_context& io, const std::function<bool()>& done, std::chrono::milliseconds limit) {
    const TimePoint end = platform::BootClock::now() + limit;
    io.restart();
    while (!done()) {
        const TimePoint now = platform::BootClock::now();
        if (now >= end) return false;
        io.run_one_for(std::min<Duration>(end - now, 50ms));
        if (io.stopped()) io.restart();
    }
    return true;
}

namespace {
std::string base64url(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out;
    unsigned bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        held += 8;
        while (held >= 6) {
            held -= 6;
            out += alphabet[(bits >> held) & 63U];
        }
    }
    if (held > 0) out += alphabet[(bits << (6 - held)) & 63U];
    return out;
}
}  // namespace

std::string unsigned_token(std::chrono::seconds life, int number) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto expires = std::chrono::duration_cast<std::chrono::seconds>(now) + life;
    return base64url(R"({"alg":"HS256","typ":"JWT"})") + "." +
           base64url(R"({"role":"authenticated","exp":)" + std::to_string(expires.count()) + R"(,"n":)" +
                     std::to_string(number) + "}") +
           ".signature";
}

}  // namespace cloud
