#include "agent/control/status.hpp"

#include <unistd.h>
#ifdef __linux__
#include <malloc.h>
#endif

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "agent/control/health.hpp"
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

std::string_view name_of_browser(cdp::BrowserState state) {
    switch (state) {
        case cdp::BrowserState::absent:
            return "absent";
        case cdp::BrowserState::launching:
            return "launching";
        case cdp::BrowserState::attached:
            return "attached";
        case cdp::BrowserState::lost:
            return "lost";
    }
    return "absent";
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
    json tree = {{"state", name_of_browser(browser.state)}, {"reason", clean(browser.reason, reason_bytes)},
                 {"product", clean(browser.product)},       {"in_flight", browser.in_flight},
                 {"bytes_held", browser.bytes_held},        {"restarts", browser.restarts},
                 {"late_answers", browser.late_answers},    {"sessions", browser.sessions},
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

/// From so many on it is a crash loop, and no bad moment.
constexpr std::int64_t crash_loop = 3;

std::string word(const json& tree, const char* key) {
    return platform::get_string(tree, key).value_or("");
}

std::string link_line(const json& link) {
    std::string line = word(link, "state");
    if (const auto since = platform::get_integer(link, "joined_for_s")) line += " for " + platform::for_people(*since);
    if (const auto trip = platform::get_integer(link, "round_trip_ms"))
        line += ", round trip " + std::to_string(*trip) + " ms";
    if (!word(link, "reason").empty()) line += ": " + word(link, "reason");
    if (const auto next = platform::get_integer(link, "next_try_s"))
        line += "; next try in " + platform::for_people(*next);
    return line;
}

double number_of(const json& tree, const char* key) {
    const auto* value = platform::find(tree, key);
    return value != nullptr && value->is_number() ? value->get<double>() : 0;
}

/// Results a second that may be sent, and why no more.
std::string pace_line(const json& link) {
    const double pace = number_of(link, "budget");
    if (pace <= 0) return {};
    std::string line = fmt::format("{:.1f} results a second", pace);
    const auto why = word(link, "budget_why");
    if (why == "closure") {
        line += fmt::format(", on its way back to {:.1f}", number_of(link, "budget_ceiling"));
    }
    if (why == "ceiling") line += ", the ceiling; it rises while nothing closes";
    if (const auto ago = platform::get_integer(link, "rate_closed_s_ago"); ago && why != "setting") {
        line += "; the project's limit of messages closed the channel " + platform::for_people(*ago) + " ago";
    }
    return line;
}

/// Empty where nobody else claims to be this device.
std::string twin_line(const json& link) {
    const auto twin = word(link, "twin");
    if (twin == "yielding") return "another agent of this device was there before: this one relays nothing";
    if (twin == "empty") return "a member of the channel claims to be this device and answers nothing: this one relays";
    if (platform::get_bool(link, "younger_twin").value_or(false)) {
        return "another agent of this device came later and gives way to this one";
    }
    return {};
}

std::string browser_line(const json& browser) {
    std::string line = word(browser, "mode") + ", " + word(browser, "state");
    if (!word(browser, "product").empty()) line += ", " + word(browser, "product");
    if (!word(browser, "reason").empty()) line += ": " + word(browser, "reason");
    const auto failures = platform::get_integer(browser, "failures_in_a_row").value_or(0);
    if (failures >= crash_loop) line += "; it ended " + std::to_string(failures) + " times in a row";
    if (const auto next = platform::get_integer(browser, "next_try_s"))
        line += "; next try in " + platform::for_people(*next);
    return line;
}

std::string token_line(const json& token, credentials::WallTime now) {
    std::string line;
    if (const auto expires = platform::get_integer(token, "expires_at")) {
        const auto left = *expires - now.time_since_epoch().count();
        line = left > 0 ? "valid for " + platform::for_people(left) : "ran out " + platform::for_people(-left) + " ago";
    } else {
        line = "does not say until when it lives";
    }
    line += platform::get_bool(token, "refreshable").value_or(false) ? ", refreshed by itself" : ", not refreshable";
    if (!word(token, "trouble").empty()) line += "; " + word(token, "trouble");
    if (platform::get_bool(token, "in_address").value_or(false)) {
        line += "; it travels in the address since no api.key is set";
    }
    return line;
}

/// What fits on a line; --json has all of them.
std::string settings_line(const json& settings) {
    constexpr std::size_t settings_bytes = 300;
    return settings.empty() ? "none" : clean(platform::to_text(settings), settings_bytes);
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
    if (report.paired) {
        tree["device"] = {
            {"uuid", report.device_uuid}, {"name", clean(report.device_name)}, {"account", clean(report.account)}};
        tree["device"]["removed"] = report.device_removed;
        json token = {{"refreshable", report.token_refreshable},
                      {"in_address", report.token_in_address},
                      {"trouble", clean(report.token_trouble)}};
        if (report.token_expires) token["expires_at"] = report.token_expires->time_since_epoch().count();
        tree["token"] = std::move(token);
        if (auto settings = platform::parse_json(report.settings)) tree["settings"] = std::move(*settings);
    }
    tree["notices"] = json::array();
    for (const auto& notice : report.notices) tree["notices"].push_back(clean(notice, reason_bytes));
    if (report.link != nullptr) {
        tree["link"] = link_json(*report.link, now);
        tree["link"]["foreign_results"] = report.foreign_results;
    }
    if (report.browser != nullptr) {
        tree["browser"] = browser_json(*report.browser, now);
        tree["browser"]["mode"] = report.browser_mode;
        tree["browser"]["policy"] = report.open_port ? "advisory" : "enforced";
    }
    if (report.hooks != nullptr) tree["hooks"] = hooks_json(*report.hooks);
    if (report.commands) {
        json commands = {{"received", report.commands->received},
                         {"in_flight", report.commands->in_flight},
                         {"streams", report.commands->streams}};
        for (const auto& [outcome, count] : report.commands->outcomes)
            commands["outcomes"][std::string(outcome)] = count;
        tree["commands"] = std::move(commands);
    }
    return platform::to_text(tree);
}

std::string status_for_people(std::string_view text, credentials::WallTime now) {
    const auto parsed = platform::parse_json(text);
    if (!parsed) return "the agent's answer cannot be read\n";
    const auto& tree = *parsed;
    std::string out;
    const auto line = [&](std::string_view name, const std::string& value) {
        if (value.empty()) return;
        out.append(name).append(name.size() < 10 ? 10 - name.size() : 1, ' ').append(value).append("\n");
    };
    line("agent", word(tree, "version") + ", pid " + std::to_string(platform::get_integer(tree, "pid").value_or(0)) +
                      ", up " + platform::for_people(platform::get_integer(tree, "uptime_s").value_or(0)));
    for (const auto& health : health_lines(tree)) line("health", health);
    line("profile", word(tree, "profile"));
    if (!platform::get_bool(tree, "paired").value_or(false)) {
        const auto remedy = word(tree, "remedy");
        line("gate", word(tree, "reason") + (remedy.empty() ? "" : "; " + remedy));
        line("backend", word(tree, "backend"));
        return out;
    }
    if (const auto* device = platform::find(tree, "device")) {
        line("device", word(*device, "uuid") + " (" + word(*device, "name") + ")");
        line("account", word(*device, "account"));
    }
    line("backend", word(tree, "backend"));
    if (const auto* link = platform::find(tree, "link")) {
        line("channel", link_line(*link));
        line("twin", twin_line(*link));
        line("pace", pace_line(*link));
        line("warning", word(*link, "warning"));
    }
    if (const auto* token = platform::find(tree, "token")) line("token", token_line(*token, now));
    if (const auto* browser = platform::find(tree, "browser")) {
        line("browser", browser_line(*browser));
        if (word(*browser, "policy") == "advisory") {
            line("policy", "advisory: through the open DevTools port others can go around it");
        }
        if (const auto* fence = platform::find(*browser, "fence")) line("fence", word(*fence, "problem"));
    }
    line("paused", word(tree, "paused"));
    line("message", word(tree, "message"));
    if (const auto* settings = platform::find(tree, "settings")) line("settings", settings_line(*settings));
    if (const auto* notices = platform::find(tree, "notices")) {
        for (const auto& notice : *notices) line("notice", notice.is_string() ? notice.get<std::string>() : "");
    }
    return out;
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
    return told.uordblks + told.hblkhd;  // of the heaps, and what has a mapping of its own
#else
    return 0;
#endif
}

}  // namespace control
