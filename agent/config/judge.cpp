#include "agent/config/judge.hpp"

#include <algorithm>

#include "agent/config/judge_address.hpp"
#include "agent/config/judge_machine.hpp"
#include "agent/config/judge_policy.hpp"
#include "agent/config/judge_text.hpp"
#include "agent/config/option.hpp"
#include "agent/relay/core/policy.hpp"
#include "agent/relay/core/policy_hosts.hpp"
#include "agent/relay/core/trust.hpp"
#include "cdp/discover.hpp"
#include "platform/authorities.hpp"
#include "platform/process/program.hpp"
#include "platform/proxy_text.hpp"
#include "platform/text.hpp"
#include "platform/url.hpp"

namespace config {
namespace {

class Judge {
  public:
    Judge(Loaded& loaded, const std::vector<std::string>& environment)
        : loaded_(loaded), config_(loaded.config), environment_(environment) {}

    void addresses();
    void key();
    void proxy();
    void authorities();
    void browser();
    void browsers_address();
    void browsers_words();
    void machine();
    void hooks();
    void policy();
    void trust();
    void sizes();

  private:
    bool given(std::string_view key) const { return loaded_.origins.find(key) != loaded_.origins.end(); }

    /// `what` begins with a verb; an empty one is no error.
    void refuse(std::string_view key, const std::string& what) {
        if (!what.empty()) loaded_.errors.push_back({where(key), std::string(key) + " " + what});
    }

    std::string where(std::string_view key) const {
        const auto origin = loaded_.origins.find(key);
        return origin == loaded_.origins.end() ? std::string("default") : origin->second;
    }

    void hosts(std::string_view key, const relay::HostRules& rules);
    void rules(std::string_view key, const relay::PolicySettings& alone, const std::vector<std::string>& texts);

    /// What follows from another address is judged with that one.
    void address(std::string_view key, const std::string& text, AddressUse use) {
        if (!given(key) || where(key).starts_with("follows from")) return;
        refuse(key, what_is_wrong_with_address(text, use));
    }

    /// Refuses a path that is not absolute. On the command line it is the person's own, from the folder that he is in.
    bool misplaced(std::string_view key, const std::filesystem::path& path) {
        if (where(key).starts_with("--")) return false;
        const auto wrong = what_is_wrong_with_path(path);
        refuse(key, wrong);
        return !wrong.empty();
    }

    /// A program may also be a bare name, which is looked for in PATH.
    bool misplaced_program(std::string_view key, const std::string& program) {
        const bool bare = program.find('/') == std::string::npos && !program.starts_with('~');
        return !bare && misplaced(key, program);
    }

    /// Not at its default, which printed and read back is given too.
    bool changed(std::string_view key) const {
        static const Config defaults;
        return find_option(key)->get(config_) != find_option(key)->get(defaults);
    }

    /// Both changed, `less` may not be greater than `more`. One alone is bounded by the other's default in silence.
    template <class T>
    void not_above(std::string_view less, const T& value, std::string_view more, const T& bound) {
        if (value <= bound || !changed(less) || !changed(more)) return;
        refuse(less, "= " + text_of(less) + " is greater than " + std::string(more) + " = " + text_of(more));
    }

    std::string text_of(std::string_view key) const { return find_option(key)->get(config_); }

    std::string_view variable(std::string_view name) const { return value_in(environment_, name); }

    std::string_view path() const {
        const auto given_path = variable("PATH");
        return given_path.empty() ? platform::usual_path : given_path;
    }

    Loaded& loaded_;
    const Config& config_;
    const std::vector<std::string>& environment_;
};

void Judge::addresses() {
    address("api.url", config_.api.url, AddressUse::base);
    address("realtime.url", config_.realtime.url, AddressUse::realtime);
    address("pairing.rest_url", config_.pairing.rest_url, AddressUse::plain);
    address("pairing.resource", config_.pairing.resource, AddressUse::plain);
    address("pairing.issuer", config_.pairing.issuer, AddressUse::plain);
    if (!config_.pairing.device_token_url.empty()) {
        address("pairing.device_token_url", config_.pairing.device_token_url, AddressUse::plain);
    }
}

void Judge::key() {
    refuse("api.key", what_is_wrong_with_key(config_.api.key));
}

void Judge::proxy() {
    refuse("net.no_proxy", what_is_wrong_with_no_proxy(config_.net.no_proxy));
    if (!config_.net.proxy.empty()) return refuse("net.proxy", what_is_wrong_with_proxy(config_.net.proxy));
    // What is on this machine needs none, whatever the environment says.
    if (variable("NO_PROXY") == "*" || variable("no_proxy") == "*") return;
    const auto realtime = platform::parse_url(config_.realtime.url);
    if (realtime && platform::is_loopback(realtime->host)) return;
    for (const char* name : platform::proxy_variables) {
        const auto text = std::string(variable(name));
        const auto proxy = platform::normal_proxy(text);
        if (proxy.empty()) continue;
        const auto wrong = what_is_wrong_with_proxy(proxy);
        if (!wrong.empty()) {
            loaded_.errors.push_back({name, "the proxy " + wrong + " (net.proxy wins over the environment)"});
        } else if (proxy != text) {
            loaded_.notices.push_back({name, "is read as " + proxy.substr(0, proxy.find("://")) + "://…"});
        }
        return;
    }
}

void Judge::authorities() {
    const auto file = config_.net.ca_file, folder = config_.net.ca_folder;
    const auto said = [](std::string wrong) { return wrong.empty() ? wrong : "cannot be used: " + wrong; };
    if (!file.empty() && !misplaced("net.ca_file", file)) {
        refuse("net.ca_file", said(platform::what_is_wrong_with_ca_file(file)));
    }
    if (!folder.empty() && !misplaced("net.ca_folder", folder)) {
        refuse("net.ca_folder", said(platform::what_is_wrong_with_ca_folder(folder)));
    }
}

void Judge::browsers_address() {
    const auto& browser = config_.browser;
    // A profile's folder; one without a / or a . in front is taken for a host's name where it is not there.
    const bool folder = browser.browser_url.starts_with('.') || browser.browser_url.starts_with('~');
    if (folder && misplaced("browser.url", browser.browser_url)) return;
    const auto address = cdp::parse_browser_address(browser.browser_url);
    if (browser.browser_url.empty()) return;  // said where the file is read
    const auto part = what_is_wrong_with_host_and_port(browser.browser_url);
    if (!address && !part.empty()) return refuse("browser.url", part);
    if (!address) {
        return refuse("browser.url",
                      "is no DevTools address: it must read like http://127.0.0.1:9222, or be a profile's folder");
    }
    const bool here = address->kind == cdp::BrowserAddress::Kind::folder || platform::is_loopback(address->host);
    if (here || browser.allow_remote_browser) return;
    refuse("browser.url", "is another machine's, which nothing encrypts: set browser.allow_remote to mean that");
}

void Judge::browsers_words() {
    for (const auto& argument : config_.browser.extra_arguments) {
        refuse("browser.arguments", what_is_wrong_with_argument(argument));
    }
    for (const auto& variable : config_.browser.extra_environment) {
        refuse("browser.environment", what_is_wrong_with_variable(variable));
    }
}

void Judge::browser() {
    const auto& browser = config_.browser;
    const bool launch = browser.mode == cdp::BrowserMode::launch;
    if (browser.mode == cdp::BrowserMode::attach) {
        browsers_address();
    } else {
        if (!browser.browser_path.empty() && !misplaced_program("browser.path", browser.browser_path)) {
            refuse("browser.path", what_is_wrong_with_program(browser.browser_path, path()));
        }
        const std::string instead = launch ? "launch starts a browser" : "hosted uses the host's browser";
        if (given("browser.url") && !browser.browser_url.empty()) {
            refuse("browser.url", "is set, and browser.mode = " + instead + " instead: take one of them away");
        }
    }
    browsers_words();
    refuse("browser.host_socket", what_is_wrong_with_socket(browser.host_socket));
    if (!browser.profile_folder.empty()) {
        refuse("browser.profile_folder", what_is_wrong_with_folder(browser.profile_folder));
    }
    if (!browser.runtime_folder.empty()) {
        refuse("browser.runtime_folder", what_is_wrong_with_folder(browser.runtime_folder));
    }
}

void Judge::machine() {
    const auto& relay = config_.relay;
    if (!relay.audit.file.empty() && !misplaced("audit.file", relay.audit.file))
        refuse("audit.file", what_is_wrong_with_written_file(relay.audit.file));
    if (!relay.spool.folder.empty()) refuse("spool.folder", what_is_wrong_with_folder(relay.spool.folder));
    if (!relay.streams.folder.empty()) refuse("streams.folder", what_is_wrong_with_folder(relay.streams.folder));
    const auto& credentials = config_.credentials;
    if (!credentials.key_file.empty() && !misplaced("credentials.key_file", credentials.key_file))
        refuse("credentials.key_file", what_is_wrong_with_key_file(credentials.key_file));
    if (!credentials.token_file.empty() && !misplaced("credentials.token_file", credentials.token_file)) {
        refuse("credentials.token_file", what_is_wrong_with_token_file(credentials.token_file));
    }
    // The default one is the package's, and by hand nobody has it.
    if (changed("control.group")) refuse("control.group", what_is_wrong_with_group(config_.control.group));
}

void Judge::hooks() {
    for (std::size_t i = 0; i < hooks::hook_events; ++i) {
        const auto event = static_cast<hooks::HookEvent>(i);
        const auto& words = config_.hooks.command(event);
        if (!words.empty() && misplaced_program(setting_of(event), words.front())) continue;
        refuse(setting_of(event), what_is_wrong_with_hook(words, path()));
    }
}

void Judge::rules(std::string_view key, const relay::PolicySettings& alone, const std::vector<std::string>& texts) {
    const relay::Policy policy{alone};
    if (!policy.error().empty()) {
        loaded_.errors.push_back({where(key), policy.error()});  // the sentence names setting and rule itself
        return;
    }
    for (const auto& rule : texts) {
        const auto wrong = what_matches_nothing(rule);
        if (!wrong.empty()) refuse(key, "holds \"" + platform::clean(rule) + "\", which " + wrong);
    }
}

void Judge::policy() {
    const auto& settings = config_.relay.policy;
    relay::PolicySettings denied, allowed;
    denied.deny = settings.deny;
    allowed.allow = settings.allow;
    rules("policy.deny", denied, settings.deny);
    rules("policy.allow", allowed, settings.allow);
    hosts("policy.hosts_deny", {settings.hosts_deny, {}, {}});
    hosts("policy.hosts_allow", {{}, settings.hosts_allow, {}});
    for (const auto& pattern : settings.allow_urls)
        refuse("policy.allow_urls", what_is_wrong_with_url_pattern(pattern));
}

void Judge::trust() {
    const auto& settings = config_.relay.trust;
    if (!settings.controllers_file.empty() && misplaced("trust.controllers_file", settings.controllers_file)) return;
    const relay::Trust trust{settings};
    if (const auto& wrong = trust.wrong()) return refuse(wrong->setting, platform::clean(wrong->what));
    const bool anybody = trust.offers() || !settings.controllers_file.empty();
    if (settings.require == relay::Require::off || anybody) return;
    refuse("trust.require", "= " + text_of("trust.require") +
                                " shuts everybody out: list the keys of controllers in trust.controllers "
                                "(agent --key prints one)");
}

void Judge::hosts(std::string_view key, const relay::HostRules& rules) {
    if (!rules.error().empty())
        loaded_.errors.push_back({where(key), rules.error()});  // the sentence names the setting
}

void Judge::sizes() {
    const auto& c = config_;
    not_above("realtime.payload_limit", c.realtime.payload_limit, "realtime.outbox_bytes", c.realtime.outbox_bytes);
    if (c.realtime.budget_max > 0) {
        not_above("realtime.budget_start", c.realtime.budget_start, "realtime.budget_max", c.realtime.budget_max);
    }
    not_above("streams.memory_bytes", c.relay.streams.memory_bytes, "streams.max_bytes", c.relay.streams.max_bytes);
    not_above("browser.max_in_flight_per_session", c.browser.max_in_flight_per_session, "browser.max_in_flight",
              c.browser.max_in_flight);
}

}  // namespace

void judge(Loaded& loaded, const std::vector<std::string>& environment) {
    Judge judge(loaded, environment);
    judge.addresses();
    judge.key();
    judge.proxy();
    judge.authorities();
    judge.browser();
    judge.machine();
    judge.hooks();
    judge.policy();
    judge.trust();
    judge.sizes();
}

}  // namespace config
