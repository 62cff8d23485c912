#include "agent/realtime/socket.hpp"

#include <fmt/core.h>

#include <utility>

#include "agent/realtime/connect_failure.hpp"
#include "agent/realtime/endpoint.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/http/date.hpp"
#include "platform/log/log.hpp"
#include "platform/tunnel.hpp"

namespace realtime {

namespace {

constexpr int lost_without_a_frame = 1006;

platform::WebSocketOptions options_of(const Settings& settings, platform::SkippedMessage& skipped) {
    platform::WebSocketOptions options;
    options.max_message = settings.read_limit;
    options.handshake_timeout = settings.upgrade_timeout;
    options.skipped = &skipped;
    return options;
}

/// What can be done without the payload: a command is refused by its id, an unpair says all by its name.
bool needs_no_payload(std::string_view event) {
    return event == "cdp-command" || event == "unpair";
}

End refused_upgrade(int status, std::string body, Generation used) {
    End end;
    end.kind = Signal::Kind::upgrade;
    end.number = status;
    end.text = std::move(body);
    end.used = used;
    return end;
}

End no_connection(const platform::NetFailure& ec) {
    End end;
    end.text = ec.message();
    end.kind = kind_of(ec);
    end.offline = ec == platform::TunnelErrc::resolve_failed || ec == platform::TunnelErrc::unreachable ||
                  ec == platform::TunnelErrc::timed_out || ec == platform::WebSocketErrc::handshake_timeout;
    return end;
}

End end_of(const platform::WebSocket& socket, Error ec) {
    End end;
    end.kind = Signal::Kind::socket;
    end.number = lost_without_a_frame;
    if (ec == platform::WebSocketErrc::closed) end.number = socket.peer_close_code();
    if (ec == platform::WebSocketErrc::invalid_utf8) end.number = platform::close_code::invalid_payload;
    if (ec == platform::WebSocketErrc::protocol) end.number = platform::close_code::protocol_error;
    end.text = ec.message();
    return end;
}

/// The server's clock, from the Date header of its answer.
void learn_time(credentials::Tokens& tokens, std::string_view date) {
    if (const auto theirs = platform::http::parse_date(std::string{date})) tokens.learn_time(*theirs);
}

}  // namespace

Socket::Socket(const net::any_io_executor& executor, const Needs& needs, FrameSink& sink, ConnectionEnd& ending)
    : with_{needs},
      sink_{sink},
      ending_{ending},
      executor_{executor},
      turns_{platform::Turns::of(executor)},
      socket_{executor, options_of(needs.settings, overlong_)},
      decoder_{needs.settings.vsn} {}

awaitable<std::optional<End>> Socket::open(Duration connect_timeout) {
    co_await net::this_coro::throw_if_cancelled(false);
    auto endpoint = socket_endpoint(with_.settings.url);
    if (!endpoint) co_return no_connection(endpoint.error());
    platform::NetOptions way = with_.settings.net;
    way.connect_timeout = connect_timeout;
    std::optional<platform::TlsContext> tls;
    if (endpoint->secure()) {
        auto made = platform::TlsContext::make(way);
        if (!made) co_return no_connection(made.error());
        tls.emplace(std::move(*made));
    }
    auto tunnel = co_await platform::open_tunnel(with_.network, endpoint->host, endpoint->port, std::move(way));
    if (!tunnel) co_return no_connection(tunnel.error());
    const platform::TlsContext* context = tls ? &*tls : nullptr;
    auto failed = co_await upgrade(std::move(*tunnel), std::move(*endpoint), context);
    co_return failed;
}

awaitable<std::optional<End>> Socket::upgrade(net::ip::tcp::socket tunnel, platform::Url endpoint,
                                              const platform::TlsContext* tls) {
    const auto* token = with_.tokens.current();
    if (token == nullptr) co_return End{.cause = End::Cause::unpaired};
    const std::string_view key =
        with_.settings.api_key.empty() ? token->api_key : std::string_view{with_.settings.api_key};
    const Generation used = with_.tokens.generation();
    auto asked = upgrade_for(endpoint, with_.settings.vsn, key, token->access);
    auto names = platform::way_of(tunnel, endpoint.host, endpoint.port, with_.settings.net);
    const Error ec = co_await socket_.connect(std::move(tunnel), std::move(asked), tls);
    learn_time(with_.tokens, ec ? socket_.refusal().header("date") : socket_.response_header("date"));
    if (ec == platform::WebSocketErrc::refused || ec == platform::WebSocketErrc::upgrade_stripped) {
        co_return refused_upgrade(socket_.refusal().status, text_of_refusal(socket_.refusal()), used);
    }
    if (ec) {
        names.peer = socket_.tls_peer();
        names.limit = with_.settings.upgrade_timeout;
        co_return no_connection(platform::explain_way(ec, names));
    }
    ++with_.counters.connections;
    co_return std::nullopt;
}

awaitable<void> Socket::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    for (;;) {
        auto message = co_await socket_.read();
        const bool over = co_await cancelled();
        if (over) co_return;
        if (!message) {
            ended(message.error());
            co_return;
        }
        const int handled = take_all(*message);
        if (handled == messages_a_turn) co_await net::post(executor_, no_throw);
    }
}

void Socket::ended(Error ec) {
    if (ec == platform::WebSocketErrc::invalid_utf8) ++with_.counters.frames_unreadable;
    ending_.finish(ending_.is_closing() ? End{.cause = End::Cause::stopped} : end_of(socket_, ec));
}

/// The first one, and those that came with it. Returns how many.
int Socket::take_all(const platform::Incoming& first) {
    const platform::Turn turn{turns_};
    take(first);
    int handled = 1;
    while (handled < messages_a_turn) {
        const auto more = socket_.poll();
        if (!more || !*more) break;  // an error comes again with the next read()
        take(**more);
        ++handled;
    }
    sink_.on_read();
    return handled;
}

void Socket::take(const platform::Incoming& message) {
    sink_.on_message();
    ++with_.counters.frames_in;
    if (message.too_long()) return take_overlong(message);
    Frame frame;
    const auto why = decoder_.decode(message.data, message.binary, frame);
    if (why == Unreadable::none) return sink_.on_frame(frame);
    ++with_.counters.frames_unreadable;
    platform::log::debug("realtime: skipped a frame of {} bytes: {}", message.size, to_string(why));
}

/// A command is handed on to be refused, all else is skipped.
void Socket::take_overlong(const platform::Incoming& message) {
    const bool first = with_.counters.frames_too_long++ == 0;
    Frame frame;
    const auto why = decoder_.decode(overlong_.outline().text(), message.binary, frame);
    const bool wanted = why == Unreadable::none && frame.kind == FrameKind::broadcast && needs_no_payload(frame.event);
    const auto text =
        fmt::format("realtime: a message of {} bytes is beyond realtime.read_limit ({} bytes): {}", message.size,
                    with_.settings.read_limit, wanted ? "its command is refused" : "it is skipped");
    if (first) {
        platform::log::warning("{}", text);
    } else {
        platform::log::debug("{}", text);
    }
    if (!wanted) return;
    frame.overlong = message.size;
    sink_.on_frame(frame);
}

}  // namespace realtime
