#include "agent/realtime/session.hpp"

#include "agent/realtime/endpoint.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/log.hpp"
#include "platform/tunnel.hpp"

namespace realtime {

namespace log = platform::log;
using namespace std::chrono_literals;
using namespace net::experimental::awaitable_operators;

namespace {

constexpr std::string_view all_devices = "devices:all";

platform::WebSocketOptions options_of(const Settings& settings) {
    platform::WebSocketOptions options;
    options.max_message = settings.read_limit;
    options.handshake_timeout = settings.upgrade_timeout;
    return options;
}

JoinConfig main_config(const Settings& settings) {
    JoinConfig config;
    config.private_channel = settings.main_private;
    config.postgres_changes = settings.postgres_changes;
    config.presence = settings.track_presence || !settings.main_topic.empty();
    config.presence_key = settings.instance;
    return config;
}

End no_connection(Error ec) {
    End end;
    end.text = ec.message();
    if (ec.category() == platform::tls_category()) end.kind = core::Signal::Kind::trust;
    end.offline = ec == platform::TunnelErrc::resolve_failed || ec == platform::TunnelErrc::unreachable ||
                  ec == platform::TunnelErrc::timed_out || ec == platform::WebSocketErrc::handshake_timeout;
    return end;
}

}  // namespace

Session::Session(Link& link)
    : TurnEnd{platform::Turns::of(link.executor)},
      link_{link},
      socket_{link.executor, options_of(link.settings)},
      decoder_{link.settings.vsn},
      writer_{link.executor},
      joiner_{link.executor},
      heart_{link.executor},
      token_{link.executor},
      twin_{link.executor},
      stop_{link.executor},
      ender_{link.executor},
      standstills_{platform::Standstills::of(link.executor)},
      standstills_seen_{standstills_.count()} {}

awaitable<std::optional<End>> Session::open(Duration connect_timeout) {
    co_await net::this_coro::throw_if_cancelled(false);
    const auto endpoint = socket_endpoint(link_.settings.url);
    if (!endpoint) {
        End end;
        end.kind = core::Signal::Kind::upgrade;
        end.number = 404;
        end.text = endpoint.error().message();
        co_return end;
    }
    platform::NetOptions way = link_.settings.net;
    way.connect_timeout = connect_timeout;
    std::optional<platform::TlsContext> tls;
    if (endpoint->secure()) {
        auto made = platform::TlsContext::make(way);
        if (!made) co_return no_connection(made.error());
        tls.emplace(std::move(*made));
    }
    auto tunnel = co_await platform::open_tunnel(link_.network, endpoint->host, endpoint->port, std::move(way));
    if (!tunnel) co_return no_connection(tunnel.error());
    const auto* token = link_.tokens.current();
    const auto* credential = link_.tokens.credential();
    if (token == nullptr || credential == nullptr) co_return End{.cause = End::Cause::unpaired};
    const std::string& uuid = link_.settings.device_uuid.empty() ? credential->device_uuid : link_.settings.device_uuid;
    seats_.push_back(
        {.channel = Channel{link_.settings.main_topic.empty() ? "device:" + uuid : link_.settings.main_topic},
         .config = main_config(link_.settings),
         .device = true,
         .tracks = link_.settings.track_presence && link_.settings.main_topic.empty()});
    const std::string_view key =
        link_.settings.api_key.empty() ? token->api_key : std::string_view{link_.settings.api_key};
    const Generation used = link_.tokens.generation();
    auto upgrade = upgrade_for(*endpoint, link_.settings.vsn, key, token->access);
    const platform::TlsContext* context = tls ? &*tls : nullptr;
    const Error ec = co_await socket_.connect(std::move(*tunnel), std::move(upgrade), context);
    link_.learn_time(ec ? socket_.refusal().header("date") : socket_.response_header("date"));
    if (ec == platform::WebSocketErrc::refused || ec == platform::WebSocketErrc::upgrade_stripped) {
        End end;
        end.kind = core::Signal::Kind::upgrade;
        end.number = socket_.refusal().status;
        end.text = socket_.refusal().body;
        end.used = used;
        co_return end;
    }
    if (ec) co_return no_connection(ec);
    ++link_.status.counters.connections;
    co_return std::nullopt;
}

awaitable<End> Session::serve() {
    const TimePoint now = platform::BootClock::now();
    seat_others(now);
    co_await (read_loop() || write_loop() || heartbeat_loop() || join_loop() || token_loop() || twin_loop() ||
              stop_loop() || end_loop());
    socket_.drop();
    link_.link_lost(end_ && end_->number == platform::close_code::too_big);
    link_.tell_settled();
    for (Seat& seat : seats_) {
        seat.channel.reset();
        if (!seat.device) show(seat);
    }
    co_return end_.value_or(End{.cause = End::Cause::stopped});
}

void Session::seat_others(TimePoint now) {
    link_.status.channels.clear();
    std::vector<std::string> topics;
    if (link_.settings.join_settings_global) topics.emplace_back("settings:global");
    if (link_.settings.join_settings_device) topics.emplace_back("settings_device:all");
    if (link_.settings.join_devices_all) topics.emplace_back(all_devices);
    topics.insert(topics.end(), link_.settings.extra_topics.begin(), link_.settings.extra_topics.end());
    seats_.reserve(1 + topics.size());
    for (const auto& topic : topics) {
        Seat seat{.channel = Channel{topic}, .config = {}};
        if (topic == all_devices && link_.settings.track_presence) {
            // Without presence_state and diffs of everybody: only its own place in the list is wanted.
            seat.tracks = link_.presence_closures < presence_closures_max;
            if (const auto* credential = link_.tokens.credential()) seat.config.presence_key = credential->device_uuid;
        }
        seat.not_before = now + core::spread(0s, link_.settings.optional_spread, link_.random());
        recall_refusal(seat);
        seat.shown = link_.status.channels.size();
        link_.status.channels.push_back({topic, false, seat.trouble ? seat.trouble->sentence : "not joined yet"});
        seats_.push_back(std::move(seat));
    }
}

void Session::wake() {
    const bool in_turn = turns_.at_end(*this);
    if (!in_turn && writer_waits_) writer_.cancel();
    if (!link_.stop_by) return;
    stop_.cancel();
    if (wants_last_join()) joiner_.cancel();
}

/// What is read after a standstill may have waited for as long as it lasted.
void Session::look_for_standstill() {
    const auto count = standstills_.count();
    if (std::exchange(standstills_seen_, count) != count) resumed();
}

void Session::resumed() {
    const TimePoint now = platform::BootClock::now();
    link_.twins.missed();
    stale_ = true;
    constexpr auto answer_within = 10s;
    heartbeat_ref_ = no_ref;  // only what is sent from now on proves anything
    send_heartbeat(now);
    check_by_ = now + answer_within;
    heart_.cancel();
    token_.cancel();
}

void Session::finish(End end) {
    if (!end_) end_ = std::move(end);
    ender_.cancel();
}

awaitable<void> Session::end_loop() {
    co_await net::this_coro::throw_if_cancelled(false);
    while (!end_) {
        const bool go_on = co_await wait_until(ender_, never);
        if (!go_on) co_return;
    }
}

bool Session::device_joined() const {
    return !seats_.empty() && seats_.front().channel.state() == Channel::State::joined;
}

bool Session::can_deliver() const {
    return device_joined() || (!seats_.empty() && seats_.front().channel.state() == Channel::State::joining) ||
           wants_last_join();
}

bool Session::joining() const {
    for (const Seat& seat : seats_) {
        if (seat.channel.state() == Channel::State::joining) return true;
    }
    return false;
}

void Session::leave_all() {
    for (Seat& seat : seats_) {
        if (seat.channel.state() != Channel::State::joined && seat.channel.state() != Channel::State::joining) continue;
        untrack(seat);
        push(seat.channel.join_ref(), seat.channel.topic(), "phx_leave", "{}");
        seat.channel.leave_sent();
    }
}

/// Drains what waits, leaves, closes; all before Link::stop_by.
awaitable<void> Session::stop_loop() {
    co_await net::this_coro::throw_if_cancelled(false);
    while (!link_.stop_by) {
        const bool go_on = co_await wait_until(stop_, never);
        if (!go_on) co_return;
    }
    const TimePoint until = *link_.stop_by;
    // A part of the grace is for the close itself.
    const TimePoint drained_by = until - (until - platform::BootClock::now()) / 4;
    while (can_deliver() && !link_.outbox.empty() && platform::BootClock::now() < drained_by) {
        const bool go_on = co_await wait_until(stop_, drained_by);
        if (!go_on) co_return;
    }
    leave_all();
    closing_ = true;
    wake();
    // The reader sees the server's close frame and finishes.
    while (!end_ && platform::BootClock::now() < until) {
        const bool go_on = co_await wait_until(stop_, until);
        if (!go_on) co_return;
    }
    finish({.cause = End::Cause::stopped});
}

}  // namespace realtime
