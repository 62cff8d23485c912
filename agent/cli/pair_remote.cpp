// The terminal's end of a pairing that the running agent carries out (agent/pairing/remote_terminal).
#include <algorithm>
#include <cstdio>
#include <deque>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/cli/pair.hpp"
#include "agent/cli/screen.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/pairing/binding.hpp"
#include "agent/pairing/remote_terminal.hpp"
#include "platform/http/server.hpp"
#include "platform/json/tree.hpp"
#include "platform/loop.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

using namespace net::experimental::awaitable_operators;

namespace cli::commands {

using arguments::Pair;
using arguments::Parsed;
using config::Config;
using control::Exit;
using pairing::Event;

namespace {

/// A login takes as long as the person does; the agent has its own limit, and ends sooner.
constexpr std::chrono::hours longest_pairing{25};
constexpr int http_ok = 200;
constexpr int http_not_found = 404;

struct Remote {
    std::filesystem::path socket;
    pairing::RemoteRequest request;
    Terminal& terminal;

    std::size_t seen = 0;  // events that were fetched
    bool over = false;
    std::deque<std::pair<std::size_t, Event>> wanted = {};  // what the terminal is to do, with the event's number
    platform::Timer news;                                   // never expires: cancelled when `wanted` grows
    platform::UnixResponse result = {};
    std::string problem = {};

    awaitable<void> begin();
    awaitable<void> follow();
    awaitable<void> serve_terminal();
    awaitable<bool> carry_out(std::size_t number, Event event);
    awaitable<void> reply(std::size_t number, std::string text);
    void take(std::size_t number, Event event);
};

/// The whole pairing is one request: it ends with the result.
awaitable<void> Remote::begin() {
    platform::UnixRequest asking{socket, "POST", "/pair", pairing::to_json(request), longest_pairing};
    auto answered = co_await platform::fetch_unix(std::move(asking));
    if (answered)
        result = std::move(*answered);
    else
        problem = socket.string() + ": " + answered.error().message();
    if (result.status != http_ok) over = true;
    news.cancel();
}

awaitable<void> Remote::follow() {
    while (!over) {
        const auto target = "/pair/events?id=" + request.id + "&seen=" + std::to_string(seen);
        platform::UnixRequest asking{socket, "GET", target, {}, pairing::patience};
        const auto answered = co_await platform::fetch_unix(std::move(asking));
        if (!answered || answered->status != http_ok) break;
        for (auto& event : pairing::read_events(answered->body)) take(seen++, std::move(event));
    }
    over = true;
    news.cancel();
}

void Remote::take(std::size_t number, Event event) {
    if (event.kind == Event::Kind::say) return say(event.text);
    if (event.kind == Event::Kind::wait) return count_down(event.text);
    if (event.kind == Event::Kind::end) over = true;
    if (event.kind != Event::Kind::end) wanted.emplace_back(number, std::move(event));
    news.cancel();
}

/// One thing at a time, and a new one ends the one before: a line that was waited for is not the answer to a question.
awaitable<void> Remote::serve_terminal() {
    while (!over) {
        if (wanted.empty()) {
            co_await platform::expiry(news);
            continue;
        }
        auto [number, event] = std::move(wanted.front());
        wanted.pop_front();
        auto doing = carry_out(number, std::move(event));
        auto answering = platform::within(news, std::move(doing));
        const auto done = co_await std::move(answering);
        // Nothing more to be typed or opened: only news can come.
        if (done && !*done && wanted.empty()) co_await platform::expiry(news);
    }
}

awaitable<bool> Remote::carry_out(std::size_t number, Event event) {
    if (event.kind == Event::Kind::ask) {
        const bool yes = co_await terminal.confirm(std::move(event.text));
        co_await reply(number, yes ? "yes" : "no");
        co_return true;
    }
    if (event.kind == Event::Kind::open) {
        const auto wrong = co_await browse(std::move(event.text));
        if (wrong) say("The browser was not opened (" + *wrong + "): open the address by hand.");
        co_return false;
    }
    auto line = co_await terminal.read_line();
    if (!line) co_return false;
    co_await reply(number, std::move(*line));
    co_return true;
}

awaitable<void> Remote::reply(std::size_t number, std::string text) {
    const auto target = "/pair/answer?id=" + request.id + "&to=" + std::to_string(number);
    platform::UnixRequest asking{socket, "POST", target, std::move(text)};
    (void)co_await platform::fetch_unix(std::move(asking));
}

/// Settings on this command line would not count: the agent has its own.
std::string why_not_these_settings(const Parsed& parsed, const std::filesystem::path& socket) {
    std::string flags;
    for (const auto& flag : parsed.config.flags) {
        if (flag.key.starts_with("log.") || flag.key == "pairing.callback_port") continue;
        flags.append(flags.empty() ? "" : ", ").append(flag.origin);
    }
    if (flags.empty()) return {};
    return "an agent runs for this profile (" + socket.string() + ") and pairs with its own settings, so " + flags +
           " would not count: set it in agent.toml and restart the agent, or stop the agent first";
}

/// What the person and the token need of this process; the exit code where nothing can be begun.
std::optional<Exit> prepare(const Pair& wished, const Parsed& parsed, const Config& config,
                            const std::filesystem::path& socket, pairing::RemoteRequest& request) {
    if (const auto wrong = why_not_these_settings(parsed, socket); !wrong.empty()) return complain(wrong), Exit::usage;
    request.id = credentials::make_uuid();
    request.what = request_of(wished);
    request.if_unpaired = wished.if_unpaired;
    request.can_ask = Terminal::is_interactive() && !wished.if_unpaired;
    request.counts_down = Terminal::shows_progress();
    request.has_screen = has_screen() && !wished.no_browser;
    request.callback_port = config.pairing.callback_port;
    request.backend = pairing::named_backend(config);
    if (is_handed_in(wished.token)) {
        std::string problem;
        auto text = fetch_token(wished.token, problem);
        if (!text) return complain(problem), Exit::usage;
        pairing::TokenInput token;
        if (const auto wrong = pairing::read_token(text->reveal(), token)) return complain(wrong->what), Exit::usage;
        request.token = std::move(*text);
    } else if (const auto problem = why_no_login(wished); !problem.empty() && !wished.if_unpaired) {
        return complain(problem), Exit::usage;
    }
    return std::nullopt;
}

Exit report(bool json, const Remote& remote) {
    if (!remote.problem.empty()) return complain(remote.problem), Exit::unavailable;
    if (remote.result.status == http_not_found) {
        return complain("the running agent is of an earlier release: restart it first"), Exit::failure;
    }
    const auto result = pairing::read_result(remote.result.body);
    if (!result) {
        const auto tree = platform::parse_json(remote.result.body);
        const auto text = tree ? platform::get_string(*tree, "text").value_or("") : std::string();
        complain(text.empty() ? "the agent's answer cannot be read" : text);
        return Exit::refused;
    }
    if (result->outcome != pairing::PairOutcome::paired) return complain(result->problem), exit_of(result->outcome);
    print_paired(json, result->device_uuid, result->device_name, result->changed);
    if (result->joined) {
        say("The running agent has joined device:" + result->device_uuid + ".");
    } else {
        say("The running agent has not joined yet: " + result->waiting + " (agent --status follows it)");
    }
    return Exit::ok;
}

}  // namespace

Exit pair_remotely(const Pair& wished, const Parsed& parsed, const Config& config,
                   const std::filesystem::path& socket) {
    pairing::RemoteRequest request;
    if (const auto wrong = prepare(wished, parsed, config, socket, request)) return *wrong;
    platform::Loop io;
    Terminal terminal(io.get_executor());
    say("The running agent pairs (" + socket.string() + "): its connections, its store.");
    Remote remote{socket, std::move(request), terminal, 0, false, {}, platform::Timer(io, TimePoint::max())};
    auto work = [&]() -> awaitable<void> { co_await (remote.begin() && remote.follow() && remote.serve_terminal()); };
    net::co_spawn(io, work, rethrow);
    io.run();
    return report(parsed.json, remote);
}

}  // namespace cli::commands
