// The option table. A new setting is one row here; everything else follows from it.
#include <algorithm>
#include <charconv>

#include "agent/config/option_make.hpp"
#include "platform/json/core/slice.hpp"

namespace config {

template <>
struct Choices<realtime::Vsn> {
    static constexpr std::pair<std::string_view, realtime::Vsn> names[] = {{"1.0.0", realtime::Vsn::v1},
                                                                           {"2.0.0", realtime::Vsn::v2}};
};
template <>
struct Choices<cdp::BrowserMode> {
    static constexpr auto& names = cdp::browser_mode_names;
};
template <>
struct Choices<relay::Profile> {
    static constexpr auto& names = relay::profile_names;
};
template <>
struct Choices<relay::Require> {
    static constexpr auto& names = relay::require_names;
};
template <>
struct Choices<relay::AuditSettings::OnError> {
    static constexpr std::pair<std::string_view, relay::AuditSettings::OnError> names[] = {
        {"continue", relay::AuditSettings::OnError::proceed}, {"refuse", relay::AuditSettings::OnError::refuse}};
};
template <>
struct Choices<relay::AuditSettings::Urls> {
    static constexpr std::pair<std::string_view, relay::AuditSettings::Urls> names[] = {
        {"origin", relay::AuditSettings::Urls::origin}, {"none", relay::AuditSettings::Urls::none}};
};
template <>
struct Choices<platform::log::Level> {
    static constexpr auto& names = platform::log::level_names;
};
template <>
struct Choices<platform::log::Format> {
    static constexpr std::pair<std::string_view, platform::log::Format> names[] = {
        {"automatic", platform::log::Format::automatic},
        {"text", platform::log::Format::text},
        {"json", platform::log::Format::json},
        {"journal", platform::log::Format::journal}};
};

namespace detail {

std::string read_number(const std::string& word, double& value) {
    const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (ec != std::errc{} || end != word.data() + word.size()) return "must be a number";
    return {};
}

}  // namespace detail

namespace {

constexpr double minute = 60, hour = 3600, day = 86400;
constexpr double mib = 1 << 20;
constexpr double gib = 1 << 30;
constexpr double port_most = 65535;

// The setting that a row is about, of a Config or a const Config.
#define AT(member)         \
    [](auto& c) -> auto& { \
        return c.member;   \
    }

using Rows = std::vector<Option>;

void add_backend(Rows& rows) {
    rows.push_back(make_option("api.url", AT(api.url),
                               "Base address of the backend; Realtime and REST are found below it",
                               {.secrecy = Secrecy::parts}));
    rows.push_back(make_option(
        "api.key", AT(api.key),
        "The project's public API key; without one the device's token is sent in its place, as part of the URL",
        {.secrecy = Secrecy::whole}));
    rows.push_back(
        make_option("net.proxy", AT(net.proxy),
                    "Proxy for everything outside this machine; empty: from HTTPS_PROXY and ALL_PROXY; none: no proxy",
                    {.secrecy = Secrecy::parts}));
    rows.push_back(make_option(
        "net.no_proxy", AT(net.no_proxy),
        "Hosts that are reached without a proxy, separated by commas; empty: those of the variable NO_PROXY"));
    rows.push_back(make_option("net.ca_file", AT(net.ca_file), "PEM file of authorities trusted besides the system's"));
    rows.push_back(
        make_option("net.ca_folder", AT(net.ca_folder), "Hashed folder of authorities trusted besides the system's"));
    rows.push_back(make_option("net.connect_timeout", AT(net.connect_timeout),
                               "Time to connect, the proxy's part included", {.least = 1, .most = 5 * minute}));
}

void add_realtime(Rows& rows) {
    rows.push_back(make_option("realtime.url", AT(realtime.url), "Address of Realtime; follows api.url unless given",
                               {.secrecy = Secrecy::parts}));
    rows.push_back(
        make_option("realtime.vsn", AT(realtime.vsn),
                    "Version of the Realtime protocol; with 1.0.0 the server writes results and ids anew (order "
                    "of keys, repeated keys, numbers, escapes), 2.0.0 passes them on as bytes"));
    rows.push_back(make_option("realtime.heartbeat", AT(realtime.heartbeat), "Time between two heartbeats",
                               {.least = 1, .most = 5 * minute}));
    rows.push_back(make_option("realtime.silence", AT(realtime.silence),
                               "Time without a received byte after which the connection counts as dead",
                               {.least = 2, .most = 10 * minute}));
    rows.push_back(make_option("realtime.join_timeout", AT(realtime.join_timeout), "Time for the answer to a join",
                               {.least = 1, .most = 10 * minute}));
    rows.push_back(make_option("realtime.reconnect_spread", AT(realtime.reconnect_spread),
                               "After the server was lost, the first try comes at a random moment within this time; "
                               "for a fleet: one second per 20 devices",
                               {.least = 0, .most = hour}));
}

void add_delivery(Rows& rows) {
    rows.push_back(make_option("realtime.payload_limit", AT(realtime.payload_limit),
                               "Greatest payload of one broadcast", {.least = 4096, .most = gib, .bytes = true}));
    rows.push_back(make_option("realtime.read_limit", AT(realtime.read_limit),
                               "Greatest message read from the socket; a larger command is answered too_large",
                               {.least = 65536, .most = gib, .bytes = true}));
    rows.push_back(make_option("realtime.outbox_bytes", AT(realtime.outbox_bytes), "Bytes that may wait for delivery",
                               {.least = 65536, .most = 4 * gib, .bytes = true}));
    rows.push_back(make_option("realtime.result_ttl", AT(realtime.result_ttl),
                               "How long an unacknowledged result is sent again", {.least = 1, .most = day}));
    rows.push_back(make_option("realtime.http_fallback", AT(realtime.http_fallback),
                               "Post results over HTTP while the socket is away; rounds numbers beyond 53 bits"));
    rows.push_back(make_option("realtime.budget_start", AT(realtime.budget_start),
                               "Broadcasts a second allowed at the start", {.least = 1, .most = 100000}));
    rows.push_back(make_option("realtime.budget_max", AT(realtime.budget_max),
                               "Broadcasts a second allowed at most (a fifth of the backend's events a second, divided "
                               "by the busy machines); 0: any number",
                               {.least = 0, .most = 100000}));
    rows.push_back(make_option("realtime.join_settings_global", AT(realtime.join_settings_global),
                               "Join the channel settings:global, to hear of changed global settings"));
    rows.push_back(make_option(
        "realtime.join_settings_device", AT(realtime.join_settings_device),
        "Join settings_device:all; its traffic grows with the square of the fleet, and a backend that tells a "
        "device of its settings on device:<uuid> has no need of it"));
    rows.push_back(make_option("realtime.join_devices_all", AT(realtime.join_devices_all),
                               "Join devices:all and be seen there as present"));
    rows.push_back(make_option(
        "realtime.optional_spread", AT(realtime.optional_spread),
        "Time after the join of the device's channel within which the other channels are joined, at a random moment",
        {.least = 0, .most = hour}));
    rows.push_back(
        make_option("realtime.settings_spread", AT(realtime.settings_spread),
                    "Time after a change of global settings within which the agent fetches them, at a random moment",
                    {.least = 0, .most = hour}));
}

void add_browser(Rows& rows) {
    rows.push_back(make_option("browser.mode", AT(browser.mode),
                               "launch: the agent starts the browser; attach: it uses a running one (browser.url); "
                               "hosted: it uses that of agent --browser-host (browser.host_socket)"));
    rows.push_back(make_option("browser.path", AT(browser.browser_path), "Chrome or Chromium; empty: found by itself"));
    rows.push_back(make_option("browser.url", AT(browser.browser_url),
                               "DevTools address or profile folder of a running browser; sets browser.mode to attach",
                               {.secrecy = Secrecy::parts}));
    rows.push_back(make_option("browser.allow_remote", AT(browser.allow_remote_browser),
                               "Attach to a browser on another machine, unencrypted"));
    rows.push_back(make_option("browser.host_socket", AT(browser.host_socket), "Unix socket of the browser host"));
    rows.push_back(make_option("browser.headless", AT(browser.headless), "Run the browser without windows"));
    rows.push_back(make_option("browser.profile_folder", AT(browser.profile_folder),
                               "Profile that persists; empty: a temporary one for each start"));
    rows.push_back(make_option("browser.runtime_folder", AT(browser.runtime_folder), "Where temporary profiles lie"));
    rows.push_back(make_option("browser.arguments", AT(browser.extra_arguments), "More arguments for the browser",
                               {.secrecy = Secrecy::parts}));
    rows.push_back(make_option("browser.environment", AT(browser.extra_environment),
                               "More variables for the browser, as NAME=value", {.secrecy = Secrecy::variables}));
    rows.push_back(make_option("browser.start_limit", AT(browser.start_limit),
                               "Time from the browser's start to its first answer", {.least = 1, .most = 10 * minute}));
    rows.push_back(make_option("browser.unavailable_grace", AT(browser.unavailable_grace),
                               "How long a command waits for a browser that is away",
                               {.least = 0, .most = 10 * minute}));
    rows.push_back(make_option("browser.backoff_cap", AT(browser.backoff_cap),
                               "Greatest delay before the browser is started or connected to again",
                               {.least = 0.01, .most = hour}));
}

/// What a browser may be burdened with, and when it is started anew.
void add_browser_bounds(Rows& rows) {
    rows.push_back(
        make_option("browser.max_in_flight", AT(browser.max_in_flight),
                    "Commands of one sender that the browser may be at work on (of all senders: twice as many)",
                    {.least = 1, .most = 1e6}));
    rows.push_back(
        make_option("browser.max_in_flight_per_session", AT(browser.max_in_flight_per_session),
                    "Commands of one sender that may be at work in one session (of all senders: twice as many)",
                    {.least = 1, .most = 1e6}));
    rows.push_back(
        make_option("browser.max_targets", AT(browser.max_pages),
                    "Pages that may be open at a time, and as many browser contexts: a command for one more is "
                    "refused, and what pages open themselves beyond it is closed",
                    {.least = 1, .most = 10000}));
    rows.push_back(make_option("browser.restart_after", AT(browser.restart_after),
                               "Restart an idle browser that has run for this time; 0: never",
                               {.least = 0, .most = 365 * day}));
    rows.push_back(make_option("browser.restart_above", AT(browser.restart_above_bytes),
                               "Restart an idle browser whose processes together use more memory than this; 0: never",
                               {.least = 0, .most = 1024 * gib, .bytes = true}));
    rows.push_back(make_option("browser.restart_when_updated", AT(browser.restart_when_updated),
                               "Restart an idle browser whose program was replaced"));
}

void add_policy(Rows& rows) {
    rows.push_back(make_option("policy.profile", AT(relay.policy.profile), "What may pass: observe, test or full"));
    rows.push_back(
        make_option("policy.allow", AT(relay.policy.allow),
                    "Methods passed although the profile refuses them; new:Domain.name for one that only a newer "
                    "Chrome knows"));
    rows.push_back(make_option("policy.deny", AT(relay.policy.deny),
                               "Methods refused, whatever else allows them; new:Domain.name for one that only a newer "
                               "Chrome knows"));
    rows.push_back(make_option("policy.allow_urls", AT(relay.policy.allow_urls),
                               "URL patterns that are treated like web pages, such as file:///srv/pages/*",
                               {.secrecy = Secrecy::parts}));
    rows.push_back(
        make_option("policy.hosts_deny", AT(relay.policy.hosts_deny),
                    "Hosts that nothing leads to: names such as *.example.org, addresses or ranges such as "
                    "10.0.0.0/8, with :PORT for one port; the cloud's metadata addresses and the agent's own "
                    "ports are refused in any case"));
    rows.push_back(make_option("policy.hosts_allow", AT(relay.policy.hosts_allow),
                               "Exceptions from policy.hosts_deny and from the hosts that are refused by default"));
}

void add_trust(Rows& rows) {
    rows.push_back(make_option(
        "trust.require", AT(relay.trust.require),
        "What must come through a sealed client, that is, from the holder of a listed key; off: nothing; clients: all "
        "clients, and other commands get what the profile observe allows; all: every command",
        {.live = true}));
    rows.push_back(make_option(
        "trust.controllers", AT(relay.trust.controllers),
        "Keys of those who may drive this machine, a line each: as agent --key prints it (ssh-ed25519 KEY NAME)",
        {.live = true}));
    rows.push_back(make_option("trust.controllers_file", AT(relay.trust.controllers_file),
                               "File with more such lines, as in authorized_keys; a reload reads it again",
                               {.live = true}));
    rows.push_back(make_option("trust.policy", AT(relay.trust.policy),
                               "Profile for the keys of a name, in place of policy.profile: NAME=observe, or in a file "
                               "policy.NAME = \"observe\"",
                               {.live = true, .named = true}));
}

void add_relay(Rows& rows) {
    rows.push_back(make_option("relay.timeout", AT(relay.timeout), "Time limit of a command that sets no timeoutMs",
                               {.least = 0.1, .most = hour}));
    rows.push_back(make_option("relay.max_timeout", AT(relay.max_timeout),
                               "Greatest time limit of a command; a greater timeoutMs is lowered to it",
                               {.least = 0.1, .most = day}));
    rows.push_back(make_option("relay.default_page", AT(relay.default_page),
                               "A command without a session goes to the default page; off: to the browser"));
    rows.push_back(make_option("relay.allow_exclusive", AT(relay.clients.allow_exclusive),
                               "A client may have the browser for itself until its lease ends"));
    rows.push_back(make_option("relay.max_in_flight", AT(relay.max_in_flight),
                               "Commands of one sender in flight, from arrival until their result is acknowledged (of "
                               "all senders: twice as many)",
                               {.least = 1, .most = 1e6}));
    rows.push_back(make_option(
        "relay.max_spilled", AT(relay.clients.max_spilled),
        "Bytes in files of what waits for clients that are slower than the browser; 0: it waits in memory alone",
        {.least = 0, .most = 1024 * gib, .bytes = true}));
    rows.push_back(make_option("streams.folder", AT(relay.streams.folder), "Where large results are spilled"));
    rows.push_back(make_option("streams.max_count", AT(relay.streams.max_count), "Large results kept at a time",
                               {.least = 1, .most = 10000}));
    rows.push_back(make_option("streams.max_bytes", AT(relay.streams.max_bytes),
                               "Bytes of all large results kept, in memory and on disk",
                               {.least = mib, .most = 1024 * gib, .bytes = true}));
    rows.push_back(make_option("streams.memory_bytes", AT(relay.streams.memory_bytes),
                               "Greatest size of a large result that is kept in memory; a larger one goes to a file",
                               {.least = 0, .most = gib, .bytes = true}));
}

void add_files(Rows& rows) {
    rows.push_back(
        make_option("audit.file", AT(relay.audit.file), "File of the audit trail, one line a command; empty: none"));
    rows.push_back(
        make_option("audit.journal", AT(relay.audit.journal),
                    "Write the audit trail to the log, one line a command, with fields (BMC_COMMAND_ID and others)"));
    rows.push_back(make_option("audit.max_bytes", AT(relay.audit.max_bytes),
                               "Size at which audit.file is renamed and a new one begun",
                               {.least = 4096, .most = 1024 * gib, .bytes = true}));
    rows.push_back(make_option("audit.keep", AT(relay.audit.keep), "Number of renamed audit files that are kept",
                               {.least = 0, .most = 1000}));
    rows.push_back(
        make_option("audit.on_error", AT(relay.audit.on_error),
                    "When an audit line cannot be written: continue relays the command, refuse refuses commands"));
    rows.push_back(
        make_option("audit.urls", AT(relay.audit.urls),
                    "What the audit trail holds of a navigation's URL: origin (scheme, host, port), or none"));
    rows.push_back(make_option("spool.folder", AT(relay.spool.folder),
                               "Folder shared with the browser for downloads and uploads"));
    rows.push_back(make_option("spool.max_files", AT(relay.spool.max_files),
                               "Number of files in the spool; beyond it the oldest are removed",
                               {.least = 1, .most = 1e6}));
    rows.push_back(make_option("spool.max_downloads", AT(relay.spool.max_downloads),
                               "Number of downloads at a time; beyond it downloads are cancelled",
                               {.least = 1, .most = 10000}));
    rows.push_back(
        make_option("spool.quota", AT(relay.spool.quota),
                    "Bytes of all files in the spool; beyond it the oldest are removed and downloads are cancelled",
                    {.least = mib, .most = 1024 * gib, .bytes = true}));
}

void add_pairing(Rows& rows) {
    rows.push_back(make_option("pairing.resource", AT(pairing.resource),
                               "Address of the protected resource (RFC 9728) whose metadata names the login server",
                               {.secrecy = Secrecy::parts}));
    rows.push_back(make_option("pairing.issuer", AT(pairing.issuer),
                               "The login's issuer; its metadata must say the same", {.secrecy = Secrecy::parts}));
    rows.push_back(
        make_option("pairing.scope", AT(pairing.scope), "Scopes to ask for; empty: what the metadata lists"));
    rows.push_back(make_option("pairing.client_id", AT(pairing.client_id),
                               "OAuth client that was registered by hand; empty: the agent registers one itself"));
    rows.push_back(make_option("pairing.client_name", AT(pairing.client_name), "Name shown on the consent page"));
    rows.push_back(make_option("pairing.callback_port", AT(pairing.callback_port),
                               "Port of 127.0.0.1 that the login redirects to; 0: any free one",
                               {.least = 0, .most = port_most}));
    rows.push_back(make_option("pairing.login_limit", AT(pairing.login_limit), "Time a person has for the login",
                               {.least = 10, .most = day}));
    rows.push_back(
        make_option("pairing.device_token_url", AT(pairing.device_token_url),
                    "Address that exchanges the login's token for a long-lived device token; empty: no exchange",
                    {.secrecy = Secrecy::parts}));
    rows.push_back(make_option("pairing.rest_url", AT(pairing.rest_url),
                               "Address of REST; follows api.url unless given", {.secrecy = Secrecy::parts}));
    rows.push_back(make_option("credentials.bind", AT(credentials.bind),
                               "Bind the credential to this machine; off for containers"));
    rows.push_back(make_option("credentials.key_file", AT(credentials.key_file),
                               "File with the key that encrypts the stored credential: 32 bytes or 64 hexadecimal "
                               "digits; empty: not encrypted"));
    rows.push_back(make_option("credentials.max_offline", AT(credentials.max_offline),
                               "Wipe the credential after this time without a join; 0: never",
                               {.least = 0, .most = 3650 * day}));
    rows.push_back(
        make_option("credentials.token_file", AT(credentials.token_file),
                    "File that another program writes, with the token to use instead of the stored credential"));
}

/// One row a hook: the event as on the channel is the last part of the key.
template <hooks::HookEvent event>
void add_hook(Rows& rows, std::string help) {
    auto where = [](auto& c) -> auto& {
        return c.hooks.commands[static_cast<std::size_t>(event)];
    };
    rows.push_back(make_option(setting_of(event), where, std::move(help), {.live = true, .secrecy = Secrecy::parts}));
}

void add_hooks(Rows& rows) {
    add_hook<hooks::HookEvent::vpn_on>(
        rows, "Argument list run when the event vpn-on arrives: a request to bring the VPN up");
    add_hook<hooks::HookEvent::vpn_off>(
        rows, "Argument list run when the event vpn-off arrives: a request to take the VPN down");
    add_hook<hooks::HookEvent::open_sheet>(rows,
                                           "Argument list run when the event open-sheet arrives: a request to open or "
                                           "close a sheet (settings, cert, pac)");
    add_hook<hooks::HookEvent::live_activity_message>(
        rows, "Argument list run when the event live-activity-message arrives: a text to show, or to clear");
    add_hook<hooks::HookEvent::settings_changed>(
        rows, "Argument list run when the settings that the backend keeps for this device change");
    add_hook<hooks::HookEvent::paired>(rows, "Argument list run after this machine was paired");
    add_hook<hooks::HookEvent::unpaired>(rows, "Argument list run after this machine was unpaired");
    add_hook<hooks::HookEvent::joined>(rows, "Argument list run when the device's channel is joined");
    add_hook<hooks::HookEvent::lost>(rows, "Argument list run when the device's channel is lost");
    add_hook<hooks::HookEvent::device_removed>(rows, "Argument list run when this device was removed at the backend");
    rows.push_back(make_option("hooks.limit", AT(hooks.limit),
                               "Time limit of a hook: its program and what that has started are killed after it",
                               {.least = 0.1, .most = hour, .live = true}));
}

void add_machine(Rows& rows) {
    rows.push_back(
        make_option("control.group", AT(control.group),
                    "Unix group whose members may use --status, --metrics and --policy-check of the running agent"));
    rows.push_back(make_option("control.metrics_port", AT(control.metrics_port),
                               "Port on loopback where scrapers find /metrics; 0: none",
                               {.least = 0, .most = port_most}));
    rows.push_back(
        make_option("log.level", AT(log.level), "Lowest level of the log lines that are written", {.live = true}));
    rows.push_back(make_option("log.format", AT(log.format),
                               "Format of the log lines; automatic: the journal's under systemd, else text",
                               {.live = true}));
    rows.push_back(make_option(
        "service.stop_grace", AT(stop_grace),
        "Time for commands in flight to get their result at an orderly stop, and for the results to be sent",
        {.least = 0, .most = minute, .live = true}));
    rows.push_back(make_option(
        "service.upgrade_grace", AT(upgrade.grace),
        "Longest time from an upgrade to the restart of the agent, which otherwise comes when nobody uses it",
        {.least = 0, .most = day, .live = true}));
    rows.push_back(make_option(
        "service.upgrade_quiet", AT(upgrade.quiet),
        "Time without a command after which nobody counts as using the agent, so that it may restart after an upgrade",
        {.least = 0, .most = hour, .live = true}));
}

#undef AT

Rows make_options() {
    Rows rows;
    add_backend(rows);
    add_realtime(rows);
    add_delivery(rows);
    add_browser(rows);
    add_browser_bounds(rows);
    add_policy(rows);
    add_trust(rows);
    add_relay(rows);
    add_files(rows);
    add_pairing(rows);
    add_hooks(rows);
    add_machine(rows);
    return rows;
}

}  // namespace

const std::vector<Option>& options() {
    static const std::vector<Option> table = make_options();
    return table;
}

const Option* find_option(std::string_view key) {
    const auto& table = options();
    const auto found = std::find_if(table.begin(), table.end(), [&](const Option& o) { return o.key == key; });
    return found == table.end() ? nullptr : &*found;
}

std::string Option::flag() const {
    std::string flag = "--" + key;
    for (auto& c : flag) c = c == '.' || c == '_' ? '-' : c;
    return flag;
}

std::string Option::environment() const {
    std::string name = "BMC_AGENT_" + key;
    for (auto& c : name) c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

std::string toml_quote(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string readable;
    if (!platform::valid_utf8(text)) {  // of a variable or a flag; TOML holds UTF-8 alone
        std::string json;
        platform::append_quoted(json, text);
        platform::append_unescaped(readable, json);
        text = readable;
    }
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.append({'\\', c});
        } else if (byte < 0x20 || byte == 0x7F) {
            out.append("\\u00").append({digits[byte >> 4], digits[byte & 15]});
        } else {
            out += c;
        }
    }
    return out + "\"";
}

}  // namespace config
