#include "agent/control/status.hpp"

#include <unistd.h>
#ifdef __linux__
#include <malloc.h>
#endif

#include <nlohmann/json.hpp>

#include "agent/control/health_report.hpp"
#include "platform/file.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace control {
namespace {

using nlohmann::json;
using platform::clean;

constexpr std::size_t reason_bytes = 400;

std::int64_t seconds_of(Duration duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

json link_json(const realtime::Status& link, TimePoint now) {
    const auto& c = link.counters;
    json tree = {{"state", to_string(link.state)},
                 {"reason", clean(link.reason, reason_bytes)},
                 {"warning", clean(link.warning, reason_bytes)},
                 {"twin", realtime::to_string(link.twin)},
                 {"silenced", link.silenced},
                 {"younger_twin", link.younger_twin},
                 {"budget", link.budget},
                 {"budget_ceiling", link.ceiling},
                 {"budget_why", realtime::to_string(link.budget_why)},
                 {"outbox_messages", link.outbox_messages},
                 {"outbox_bytes", link.outbox_bytes},
                 {"payload_limit", link.payload_limit},
                 {"connections", c.connections},
                 {"joins", c.joins},
                 {"closes", c.closes},
                 {"rate_closures", c.rate_closures},
                 {"bytes_in", c.bytes_in},
                 {"bytes_out", c.bytes_out},
                 {"sent", c.sent},
                 {"resent", c.resent},
                 {"acknowledged", c.acknowledged},
                 {"expired", c.expired},
                 {"too_large", c.too_large},
                 {"dropped", c.dropped},
                 {"sent_by_http", c.sent_by_http},
                 {"frames_too_long", c.frames_too_long},
                 {"frames_unreadable", c.frames_unreadable}};
    if (link.next_try) tree["next_try_s"] = std::max<std::int64_t>(0, seconds_of(*link.next_try - now));
    if (link.joined_since) tree["joined_for_s"] = seconds_of(now - *link.joined_since);
    if (link.rate_closed_at) tree["rate_closed_s_ago"] = seconds_of(now - *link.rate_closed_at);
    if (link.round_trip) tree["round_trip_ms"] = *link.round_trip / std::chrono::milliseconds(1);
    tree["channels"] = json::array();
    for (const auto& channel : link.channels) {
        tree["channels"].push_back(
            {{"topic", clean(channel.topic)}, {"joined", channel.joined}, {"reason", clean(channel.reason)}});
    }
    return tree;
}

json browser_json(const cdp::BrowserStatus& browser, TimePoint now) {
    json tree = {{"state", cdp::name_of(browser.state)},      {"reason", clean(browser.reason, reason_bytes)},
                 {"product", clean(browser.version.product)}, {"in_flight", browser.in_flight},
                 {"bytes_held", browser.bytes_held},          {"restarts", browser.restarts},
                 {"late_answers", browser.late_answers},      {"sessions", browser.sessions},
                 {"failures_in_a_row", browser.failures}};
    if (browser.next_try) tree["next_try_s"] = std::max<std::int64_t>(0, seconds_of(*browser.next_try - now));
    if (browser.fence.wanted) {
        tree["fence"] = {{"policy", browser.fence.policy},
                         {"hidden", browser.fence.hidden},
                         {"problem", clean(browser.fence.problem, reason_bytes)}};
    }
    return tree;
}

json hooks_json(const hooks::HookCounters& hooks) {
    return {
        {"started", hooks.started}, {"failed", hooks.failed}, {"dropped", hooks.dropped}, {"without", hooks.without}};
}

/// Of an agent that is paired.
void add_device(json& tree, const Report& report) {
    tree["device"] = {
        {"uuid", report.device_uuid}, {"name", clean(report.device_name)}, {"account", clean(report.account)}};
    tree["device"]["removed"] = report.device_removed;
    if (!report.fingerprint.empty()) tree["device"]["fingerprint"] = report.fingerprint;
    tree["trust"] = {{"require", report.trust_require}, {"keys", report.trusted_keys}};
    json token = {{"refreshable", report.token_refreshable},
                  {"in_address", report.token_in_address},
                  {"trouble", clean(report.token_trouble)}};
    if (report.token_expires) token["expires_at"] = report.token_expires->time_since_epoch().count();
    tree["token"] = std::move(token);
    if (auto settings = platform::parse_json(report.settings)) tree["settings"] = std::move(*settings);
}

json commands_json(const CommandCounters& counted) {
    json commands = {{"received", counted.received}, {"in_flight", counted.in_flight}, {"streams", counted.streams}};
    for (const auto& [outcome, count] : counted.outcomes) commands["outcomes"][std::string(outcome)] = count;
    return commands;
}

json clients_json(const ClientCounters& clients) {
    json tree = {{"count", clients.count},
                 {"bytes", clients.bytes},
                 {"disk_bytes", clients.disk_bytes},
                 {"ended", json::object()}};
    if (clients.sealed_ignored > 0) tree["sealed_ignored"] = clients.sealed_ignored;
    for (const auto& [reason, count] : clients.ended) tree["ended"][std::string(reason)] = count;
    return tree;
}

}  // namespace

std::string status_json(const Report& report, TimePoint now) {
    json tree = {{"version", BMC_VERSION},
                 {"profile", report.profile},
                 {"pid", report.pid},
                 {"uptime_s", seconds_of(report.uptime)},
                 {"paired", report.paired},
                 {"state", report.paired && report.link != nullptr ? to_string(report.link->state) : "gate"},
                 {"paused", report.paused},
                 {"message", report.message},
                 {"resident_bytes", report.resident_bytes},
                 {"allocated_bytes", report.allocated_bytes},
                 {"events_ignored", report.events_ignored}};
    tree["health"] = health_json(examine(vitals_of(report)));
    if (!report.paired) tree["reason"] = clean(report.gate_reason, reason_bytes);
    if (!report.paired) tree["remedy"] = clean(report.gate_remedy, reason_bytes);
    tree["backend"] = clean(report.backend, reason_bytes);
    if (report.paired) add_device(tree, report);
    tree["notices"] = json::array();
    for (const auto& notice : report.notices) tree["notices"].push_back(clean(notice, reason_bytes));
    if (report.link != nullptr) {
        tree["link"] = link_json(*report.link, now);
        tree["link"]["foreign_results"] = report.foreign_results;
    }
    if (report.browser != nullptr) {
        tree["browser"] = browser_json(*report.browser, now);
        tree["browser"]["mode"] = name_of(report.browser_mode);
        tree["browser"]["policy"] = report.open_port ? "advisory" : "enforced";
    }
    if (report.hooks != nullptr) tree["hooks"] = hooks_json(*report.hooks);
    if (report.commands) tree["commands"] = commands_json(*report.commands);
    if (report.clients) tree["clients"] = clients_json(*report.clients);
    return platform::to_text(tree);
}

std::uint64_t resident_bytes() {
    const auto text = platform::read_file("/proc/self/statm", 4096);
    if (!text) return 0;
    const auto parts = platform::split(*text, ' ');
    if (parts.size() < 2) return 0;
    return std::strtoull(parts[1].c_str(), nullptr, 10) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t allocated_bytes() {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    const auto told = ::mallinfo2();
    return told.uordblks + told.hblkhd;  // of the heaps, and what has its own mapping
#else
    return 0;
#endif
}

}  // namespace control
