// OpenMetrics text. Label values come from closed sets alone.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "agent/control/health_report.hpp"
#include "agent/control/status.hpp"

namespace control {
namespace {

constexpr std::array<realtime::State, 7> states{
    realtime::State::gate,    realtime::State::connecting, realtime::State::joining, realtime::State::joined,
    realtime::State::waiting, realtime::State::draining,   realtime::State::stopped};

std::string number(double value) {
    auto text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text += '0';
    return text;
}

class Text {
  public:
    void gauge(std::string_view name, std::string_view help, double value) {
        head(name, "gauge", help);
        sample(name, "", value);
    }
    void counter(std::string_view name, std::string_view help, std::uint64_t value) {
        head(name, "counter", help);
        sample(std::string(name) + "_total", "", static_cast<double>(value));
    }
    void head(std::string_view name, std::string_view type, std::string_view help) {
        text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
        text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    }
    void sample(std::string_view name, std::string_view labels, double value) {
        text_.append(name).append(labels).append(" ");
        const auto whole = static_cast<long long>(value);
        text_.append(static_cast<double>(whole) == value ? std::to_string(whole) : std::to_string(value)).append("\n");
    }
    std::string end() { return std::move(text_.append("# EOF\n")); }

  private:
    std::string text_;
};

void add_connections(Text& text, const realtime::Counters& c) {
    text.counter("bmc_agent_connections", "Sockets opened", c.connections);
    text.counter("bmc_agent_joins", "Joins of the device channel", c.joins);
    text.head("bmc_agent_reconnects", "counter", "Connections and joins lost or refused and tried again, by reason");
    for (std::size_t i = 0; i < c.failures.size(); ++i) {
        text.sample("bmc_agent_reconnects_total",
                    "{reason=\"" + std::string(to_string(static_cast<realtime::Class>(i))) + "\"}",
                    static_cast<double>(c.failures[i]));
    }
    text.head("bmc_agent_channel_closures", "counter", "Closures of the device channel by the server, by reason");
    text.sample("bmc_agent_channel_closures_total", "{reason=\"rate\"}", static_cast<double>(c.rate_closures));
    text.sample("bmc_agent_channel_closures_total", "{reason=\"other\"}",
                static_cast<double>(c.closes - c.rate_closures));
}

void add_broadcasts(Text& text, const realtime::Counters& c) {
    text.counter("bmc_agent_received_bytes", "Bytes from the backend", c.bytes_in);
    text.counter("bmc_agent_sent_bytes", "Bytes to the backend", c.bytes_out);
    text.counter("bmc_agent_broadcasts_received", "Broadcasts received", c.broadcasts_in);
    text.counter("bmc_agent_broadcasts_sent", "Broadcasts sent, copies included", c.sent);
    text.counter("bmc_agent_broadcasts_resent", "Broadcasts sent once more after the channel was joined again",
                 c.resent);
    text.counter("bmc_agent_broadcasts_acknowledged", "Broadcasts that the server has accepted", c.acknowledged);
    text.counter("bmc_agent_broadcasts_expired",
                 "Broadcasts given up because the server accepted no copy within realtime.result_ttl", c.expired);
    text.counter("bmc_agent_broadcasts_too_large",
                 "Broadcasts not sent, or refused by the server, because they exceed the payload limit", c.too_large);
    text.counter("bmc_agent_broadcasts_dropped",
                 "Refusals of commands that were dropped unsent because the outbox was full", c.dropped);
    text.counter("bmc_agent_broadcasts_by_http", "Results posted over HTTP while the websocket was not connected",
                 c.sent_by_http);
    text.counter("bmc_agent_commands_silenced",
                 "Commands not relayed because another agent of this device was there before", c.silenced);
    text.counter("bmc_agent_frames_too_long",
                 "Messages from the backend that were not read because they exceed realtime.read_limit",
                 c.frames_too_long);
    text.counter("bmc_agent_frames_unreadable", "Messages from the backend that are not in the format of the protocol",
                 c.frames_unreadable);
}

/// One sample a value of a closed set, 1 for the one that holds.
void add_choices(Text& text, const realtime::Status& link) {
    text.head("bmc_agent_budget_why", "gauge", "1 for the reason why the budget is not higher");
    for (const auto why :
         {realtime::Budget::Why::setting, realtime::Budget::Why::closure, realtime::Budget::Why::ceiling}) {
        text.sample("bmc_agent_budget_why", "{why=\"" + std::string(realtime::to_string(why)) + "\"}",
                    why == link.budget_why ? 1 : 0);
    }
    text.head("bmc_agent_twin", "gauge", "1 for what is known of another agent that claims this device");
    for (const auto twin : {realtime::Twin::none, realtime::Twin::yielding, realtime::Twin::empty}) {
        text.sample("bmc_agent_twin", "{state=\"" + std::string(realtime::to_string(twin)) + "\"}",
                    twin == link.twin ? 1 : 0);
    }
}

void add_link(Text& text, const realtime::Status& link) {
    add_connections(text, link.counters);
    add_broadcasts(text, link.counters);
    text.gauge("bmc_agent_outbox_messages", "Messages that wait for their acknowledgement",
               static_cast<double>(link.outbox_messages));
    text.gauge("bmc_agent_outbox_bytes", "Bytes of the messages that wait for their acknowledgement",
               static_cast<double>(link.outbox_bytes));
    text.gauge("bmc_agent_budget", "Broadcasts a second allowed now", link.budget);
    text.gauge("bmc_agent_budget_ceiling", "Broadcasts a second that the budget regains within minutes after a closure",
               link.ceiling);
    add_choices(text, link);
    if (link.round_trip) {
        text.gauge("bmc_agent_heartbeat_seconds", "Round trip of the last heartbeat",
                   std::chrono::duration<double>(*link.round_trip).count());
    }
}

void add_commands(Text& text, const CommandCounters& commands) {
    text.counter("bmc_agent_commands_received", "Commands received", commands.received);
    text.gauge("bmc_agent_commands_in_flight", "Commands whose result is not acknowledged",
               static_cast<double>(commands.in_flight));
    text.head("bmc_agent_commands", "counter", "Commands by outcome");
    for (const auto& [outcome, count] : commands.outcomes) {
        text.sample("bmc_agent_commands_total", "{outcome=\"" + std::string(outcome) + "\"}",
                    static_cast<double>(count));
    }
    if (commands.latency.empty()) return;
    text.head("bmc_agent_command_seconds", "histogram", "From a command's arrival to its answer");
    double total = 0;
    for (const auto& [bound, count] : commands.latency) {
        total += static_cast<double>(count);
        const bool last = &commands.latency.back().first == &bound;
        text.sample("bmc_agent_command_seconds_bucket", last ? "{le=\"+Inf\"}" : "{le=\"" + number(bound) + "\"}",
                    total);
    }
    text.sample("bmc_agent_command_seconds_sum", "", commands.latency_sum);
    text.sample("bmc_agent_command_seconds_count", "", total);
}

void add_clients(Text& text, const ClientCounters& clients) {
    text.gauge("bmc_agent_clients", "Clients: controllers that speak the whole protocol",
               static_cast<double>(clients.count));
    text.gauge("bmc_agent_client_bytes", "Bytes held for clients", static_cast<double>(clients.bytes));
    text.gauge("bmc_agent_client_disk_bytes", "Bytes held for clients in files",
               static_cast<double>(clients.disk_bytes));
    text.counter("bmc_agent_sealed_posts_ignored", "Posts for sealed clients that were none of their streams",
                 clients.sealed_ignored);
    text.head("bmc_agent_clients_ended", "counter", "Clients that have ended, by reason");
    for (const auto& [reason, count] : clients.ended) {
        text.sample("bmc_agent_clients_ended_total", "{reason=\"" + std::string(reason) + "\"}",
                    static_cast<double>(count));
    }
}

void add_health(Text& text, const std::vector<Ailment>& ailments) {
    text.gauge("bmc_agent_healthy", "1 while the agent is healthy: it serves commands, and no health_cause is 1",
               ailments.empty() ? 1 : 0);
    text.head("bmc_agent_health_cause", "gauge", "1 for each reason why the agent is not healthy");
    for (std::size_t i = 0; i < troubles; ++i) {
        const auto cause = static_cast<Trouble>(i);
        const auto is_it = [cause](const Ailment& one) { return one.what == cause; };
        text.sample("bmc_agent_health_cause", fmt::format("{{cause=\"{}\"}}", to_string(cause)),
                    std::any_of(ailments.begin(), ailments.end(), is_it) ? 1 : 0);
    }
}

void add_browser(Text& text, const cdp::BrowserStatus& browser) {
    text.gauge("bmc_agent_browser_attached", "1 while the browser answers",
               browser.state == cdp::BrowserState::attached ? 1 : 0);
    text.counter("bmc_agent_browser_restarts", "Restarts of the browser", browser.restarts);
    text.gauge("bmc_agent_browser_in_flight", "Commands sent to the browser and not yet answered",
               static_cast<double>(browser.in_flight));
    text.counter("bmc_agent_browser_late_answers",
                 "Answers of the browser that came after the deadline of their command", browser.late_answers);
}

void add_hooks(Text& text, const hooks::HookCounters& counters) {
    text.counter("bmc_agent_hooks_started", "Programs of hooks that were started", counters.started);
    text.counter("bmc_agent_hooks_failed",
                 "Programs of hooks that could not be started, ended with an error or were killed at hooks.limit",
                 counters.failed);
    text.counter("bmc_agent_hooks_dropped", "Events whose hook was replaced by a newer one while it waited",
                 counters.dropped);
    text.counter("bmc_agent_hooks_without", "Events for which no hook is configured", counters.without);
}

}  // namespace

std::string metrics_text(const Report& report, TimePoint) {
    Text text;
    const auto now = report.paired && report.link != nullptr ? report.link->state : realtime::State::gate;
    text.head("bmc_agent_state", "gauge", "1 for the state of the cloud link");
    for (const auto state : states) {
        text.sample("bmc_agent_state", "{state=\"" + std::string(to_string(state)) + "\"}", state == now ? 1 : 0);
    }
    add_health(text, examine(vitals_of(report)));
    text.gauge("bmc_agent_uptime_seconds", "Seconds since the agent was started",
               std::chrono::duration<double>(report.uptime).count());
    text.gauge("bmc_agent_resident_bytes", "Resident memory of the agent's process, in bytes",
               static_cast<double>(report.resident_bytes));
    text.gauge("bmc_agent_allocated_bytes",
               "Bytes that the agent has allocated and not freed; 0 where the allocator does not say",
               static_cast<double>(report.allocated_bytes));
    text.gauge("bmc_agent_paused", "1 while the agent is paused", report.paused.empty() ? 0 : 1);
    if (report.link != nullptr) {
        add_link(text, *report.link);
        text.counter("bmc_agent_foreign_results", "Results on the channel that this agent did not send",
                     report.foreign_results);
    }
    if (report.browser != nullptr) add_browser(text, *report.browser);
    if (report.commands) {
        add_commands(text, *report.commands);
        text.counter("bmc_agent_audit_lost", "Lines of the audit trail that could not be written", report.audit_lost);
        text.gauge("bmc_agent_spool_bytes", "Bytes of the files in the spool", static_cast<double>(report.spool_bytes));
        text.gauge("bmc_agent_spool_files", "Files in the spool", static_cast<double>(report.spool_files));
    }
    if (report.clients) add_clients(text, *report.clients);
    if (report.hooks != nullptr) add_hooks(text, *report.hooks);
    text.counter("bmc_agent_events_ignored", "Broadcasts that mean nothing to the agent", report.events_ignored);
    return text.end();
}

}  // namespace control
