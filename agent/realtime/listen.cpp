#include "agent/realtime/listen.hpp"

#include <utility>

#include "agent/credentials/tokens.hpp"
#include "agent/realtime/status.hpp"
#include "agent/realtime/supervisor.hpp"
#include "platform/crypto.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/text.hpp"

namespace realtime {

namespace {

using namespace std::chrono_literals;
using platform::append_quoted;

constexpr auto leave_grace = 1s;
constexpr std::size_t status_line_max = 500;

void append_line_member(std::string& out, std::string_view name, std::string_view text) {
    out += ",\"";
    out += name;
    out += "\":";
    append_quoted(out, text);
}

/// White space between the tokens of a payload may hold line ends: a line is one object.
void append_on_one_line(std::string& out, std::string_view json) {
    const auto begin = out.size();
    out += json;
    for (auto at = begin; at < out.size(); ++at) {
        if (out[at] == '\n' || out[at] == '\r') out[at] = ' ';
    }
}

realtime::Settings settings_for(realtime::Settings of_agent, const ListenOptions& options) {
    std::string problem;
    realtime::Settings settings = realtime::settings_of_visitor(std::move(of_agent));
    settings.main_topic = options.topic;
    settings.main_private = !options.public_channel;
    settings.postgres_changes = subscriptions_of(options, problem).value_or("[]");
    settings.replay_since_ms = options.replay_since_ms;
    return settings;
}

}  // namespace

std::optional<std::string> subscriptions_of(const ListenOptions& options, std::string& problem) {
    std::string out = "[";
    for (const std::string& one : options.postgres_changes) {
        const auto dot = one.find('.');
        const auto colon = one.find(':');
        const auto table_end = colon == std::string::npos ? one.size() : colon;
        if (dot == std::string::npos || dot == 0 || dot + 1 >= table_end || colon == one.size() - 1) {
            problem = "`" + platform::clean(one) + "` is not schema.table or schema.table:column=op.value";
            return std::nullopt;
        }
        if (out.size() > 1) out += ',';
        out += R"({"event":)";
        append_quoted(out, options.event.empty() ? "*" : options.event);
        append_line_member(out, "schema", std::string_view{one}.substr(0, dot));
        append_line_member(out, "table", std::string_view{one}.substr(dot + 1, table_end - dot - 1));
        if (colon != std::string::npos) append_line_member(out, "filter", std::string_view{one}.substr(colon + 1));
        out += '}';
    }
    out += ']';
    return out;
}

struct Listen::Impl final : realtime::Listener {
    Impl(net::any_io_executor executor, platform::Worker& network, realtime::Settings wanted,
         credentials::Tokens& token_source, ListenOptions what, Outputs where)
        : options{std::move(what)},
          outputs{std::move(where)},
          settings{settings_for(std::move(wanted), options)},
          supervisor{std::move(executor), network, settings, token_source, *this} {}

    void on_broadcast(const realtime::Broadcast& broadcast) override {
        if (!options.event.empty() && options.postgres_changes.empty() && broadcast.event != options.event) return;
        std::string line = R"({"topic":)";
        append_quoted(line, broadcast.topic);
        append_line_member(line, "event", broadcast.event);
        if (!broadcast.meta_id.empty()) append_line_member(line, "id", broadcast.meta_id);
        if (broadcast.replayed) line += R"(,"replayed":true)";
        append_payload(line, broadcast.payload, broadcast.raw);
        write(std::move(line));
    }

    void on_event(std::string_view topic, std::string_view event, std::string_view payload) override {
        if (event == "system") {
            outputs.status("server: " + platform::clean(payload, status_line_max));
            return;
        }
        if (event == "phx_reply" || event == "phx_close" || event == "phx_error") return;
        if (event == "presence_state" && payload == "{}") return;  // nobody is there: no news
        if (!options.event.empty() && event != "postgres_changes" && event != options.event) return;
        std::string line = R"({"topic":)";
        append_quoted(line, topic);
        append_line_member(line, "event", event);
        append_payload(line, payload, false);
        write(std::move(line));
    }

    void on_settled(realtime::Ticket, realtime::Settled) override {}

    void on_status(const realtime::Status& status) override {
        std::string line{to_string(status.state)};
        if (!status.reason.empty() && status.state == State::waiting) line += ": " + status.reason;
        line = platform::clean(line, status_line_max);
        if (line != last_status) outputs.status(line);
        last_status = std::move(line);
        // Waiting is of no use to a person at a terminal. The daemon goes on trying, for its token may be replaced.
        if (status.state == State::waiting && permanent(status.cause)) {
            cause = status.cause;
            end(Listened::refused);
        }
    }

    static void append_payload(std::string& line, std::string_view payload, bool raw) {
        if (payload.empty() && !raw) {
            line += R"(,"payload":null})";
        } else if (!raw && platform::check_json(payload).ok()) {
            line += R"(,"payload":)";
            append_on_one_line(line, payload);
            line += '}';
        } else {
            // From anybody who may broadcast: it is no JSON, or raw bytes.
            append_line_member(line, "base64", platform::base64(payload));
            line += '}';
        }
    }

    void write(std::string line) {
        if (ended) return;
        outputs.line(line);
        if (++written == options.count) end(Listened::counted);
    }

    void end(Listened how) {
        if (ended) return;
        ended = how;
        supervisor.stop(leave_grace);
    }

    ListenOptions options;
    Outputs outputs;
    realtime::Settings settings;
    realtime::Supervisor supervisor;
    std::optional<Listened> ended;
    Cause cause = Cause::passing;
    std::uint64_t written = 0;
    std::string last_status;
};

Listen::Listen(net::any_io_executor executor, platform::Worker& network, realtime::Settings settings,
               credentials::Tokens& tokens, ListenOptions options, Outputs outputs)
    : impl_{std::make_unique<Impl>(std::move(executor), network, std::move(settings), tokens, std::move(options),
                                   std::move(outputs))} {}

Listen::~Listen() = default;

awaitable<Listened> Listen::run() {
    co_await impl_->supervisor.run();
    co_return impl_->ended.value_or(Listened::stopped);
}

Cause Listen::cause() const noexcept {
    return impl_->cause;
}

void Listen::stop() {
    impl_->end(Listened::stopped);
}

}  // namespace realtime
