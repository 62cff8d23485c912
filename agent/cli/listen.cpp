#include "agent/cli/listen.hpp"

#include <fmt/core.h>

#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <csignal>

#include "agent/cli/identity.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/config/values.hpp"
#include "agent/credentials/token_endpoint.hpp"
#include "agent/realtime/listen.hpp"
#include "platform/loop.hpp"
#include "platform/text.hpp"

namespace cli::listen_command {
namespace {

using control::Exit;

/// Topics are names in a database's policies; the binary frames have one byte for their length.
constexpr std::size_t topic_bytes = 255 - std::string_view{"realtime:"}.size();

realtime::ListenOptions options_of(const arguments::Listen& listen) {
    realtime::ListenOptions options;
    options.topic = listen.topic;
    options.public_channel = listen.public_channel;
    options.postgres_changes = listen.postgres_changes;
    options.event = listen.event;
    options.count = listen.count;
    if (!listen.replay_since.empty()) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
        options.replay_since_ms = replay_since(listen.replay_since, now_ms).value_or(-1);
    }
    return options;
}

/// One object a line; the reader may have gone.
bool write_line(std::string_view line) {
    return print_json_line(std::string(line) + "\n");
}

Exit listen(const arguments::Listen& wished, bridge::Identity identity) {
    const config::Config& config = identity.config;
    platform::Loop io;
    platform::Worker network{"network"};
    credentials::Tokens tokens{io.get_executor(), identity.store.get(), credentials::make_fetch(network, config.net)};
    tokens.adopt(std::move(identity.credential));
    bool reader_is_gone = false;
    realtime::Listen* listening = nullptr;
    const auto line = [&](std::string_view text) {
        if (write_line(text)) return;
        reader_is_gone = true;
        listening->stop();
    };
    std::string last;
    const auto status = [&last](std::string_view text) {
        last = text;
        say(fmt::format("agent: {}", text));
    };
    realtime::Listen made{io.get_executor(), network, config.realtime, tokens, options_of(wished), {line, status}};
    listening = &made;
    net::signal_set signals{io, SIGINT, SIGTERM};
    signals.async_wait([&](const Error& ec, int) {
        if (!ec) made.stop();
    });
    auto ended = realtime::Listened::stopped;
    const auto serve = [&]() -> awaitable<void> {
        ended = co_await made.run();
        tokens.stop();
        signals.cancel();
    };
    const auto refresh = [&]() -> awaitable<void> { co_await tokens.run(); };
    net::co_spawn(io, serve, rethrow);
    net::co_spawn(io, refresh, rethrow);
    io.run();
    if (reader_is_gone) return complain("nobody reads standard output any more"), Exit::failure;
    if (ended != realtime::Listened::refused) return Exit::ok;
    blame(last);
    return control::exit_of(made.cause());
}

}  // namespace

std::optional<std::int64_t> replay_since(const std::string& text, std::int64_t now_ms) {
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec == std::errc{} && end == text.data() + text.size()) {
        return number >= 0 ? std::optional{number} : std::nullopt;
    }
    const auto ago = config::parse_duration(text);
    if (!ago) return std::nullopt;
    return std::max<std::int64_t>(0, now_ms - *ago / std::chrono::milliseconds{1});
}

std::string what_is_wrong(const arguments::Listen& listen) {
    if (listen.topic.empty()) return "--listen needs the name of a channel, such as settings:global";
    if (listen.topic.size() > topic_bytes) return "--listen: a channel's name has at most 246 bytes";
    if (listen.topic.starts_with("realtime:")) {
        return "--listen: leave \"realtime:\" out of the channel's name; the agent puts it in front";
    }
    if (!listen.replay_since.empty()) {
        if (listen.public_channel)
            return "--replay-since: stored messages are of private channels alone; drop --public";
        if (!replay_since(listen.replay_since, 0)) {
            return "--replay-since takes a time ago, such as 10min, or Unix milliseconds";
        }
    }
    std::string problem;
    realtime::ListenOptions options;
    options.postgres_changes = listen.postgres_changes;
    if (!realtime::subscriptions_of(options, problem)) return "--postgres-changes: " + problem;
    return {};
}

Exit run(const arguments::Listen& wished, const config::Config& config) {
    Exit wrong = Exit::failure;
    auto identity = find_identity(wished.token, config, wrong);
    return identity ? listen(wished, std::move(*identity)) : wrong;
}

}  // namespace cli::listen_command
