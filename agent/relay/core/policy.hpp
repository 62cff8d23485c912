// The machine owner's judgement on each command: pass it, pass it rewritten, or refuse it and say by which rule.
// Source: the device channel's contract, "Policy". Pure: it asks nobody. It keeps what it said of
// the last page, which is what it would say again.
// Thread rule: a Policy is used in one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/relay/core/command.hpp"
#include "agent/relay/core/policy_hosts.hpp"
#include "agent/relay/core/policy_table.hpp"

namespace relay {

/// What the owner wrote. A rule is a method pattern (`Page.navigate`, `SystemInfo.*`, `*`), optionally followed by
/// conditions on top-level parameters, all of which must hold: `Page.navigate url=http://10.*`. `*` stands for any
/// text. `new:` before the pattern says that a Chrome newer than this program knows the command: `new:Page.later`.
inline constexpr std::string_view newer_chrome = "new:";

struct PolicySettings {
    Profile profile = Profile::test;
    /// Lifts the profile's refusal of a method. With conditions it lifts the parameter rules of the method as well.
    std::vector<std::string> allow = {};
    /// Refuses; wins over everything else.
    std::vector<std::string> deny = {};
    /// URLs that count as the web's (`file:///srv/pages/*`), in parameters and as where a page stands.
    std::vector<std::string> allow_urls = {};
    /// Hosts refused besides the cloud's metadata addresses and our own ports (patterns: policy_hosts.hpp).
    std::vector<std::string> hosts_deny = {};
    /// Exceptions from hosts_deny and from what is refused by default.
    std::vector<std::string> hosts_allow = {};
    /// Ports of loopback that are the agent's: of metrics, of a login, of the browser that it attaches to.
    std::vector<std::uint16_t> own_ports = {};
};

/// The target that a command names by its id, as the browser reported it last.
struct NamedTarget {
    std::string_view url = {};
    std::string_view type = {};
    bool unknown = false;  // the browser has reported no such target
};

/// What a judgement depends on besides the command.
struct Surroundings {
    std::string_view page_url = {};  // where the target of the session stands
    std::string_view page_type = {};  // "page", "browser_ui", …; empty with no URL: no page, or one that is found later
    std::string_view spool = {};      // the absolute folder for downloads and uploads; empty: files are refused
    bool has_window = false;          // the browser shows windows, or may: its clipboard is a person's
    bool browser_target = false;      // it goes to the browser target, or to a session of it
    bool page_unknown = false;        // there is a target, and nothing is known of it: counts as refused
    NamedTarget named = {};           // of a command with a `targetId`
};

struct Judgement {
    enum class Kind : std::uint8_t {
        pass,         // as it came
        rewrite,      // with `params` in place of what came
        deny,         // refused by `rule`
        bad_request,  // a parameter that decides is ambiguous
    };
    Kind kind = Kind::pass;
    std::string_view rule;  // for the audit trail; lives as long as the Policy
    std::string message;    // for the sender: a sentence. A refusal's says "the policy", by which clients tell it
    std::string params;     // JSON text of an object
    bool gated = false;     // it registers a script: what goes to the browser is made by gate_script()
};

/// A rule, parsed.
struct PolicyRule {
    struct Condition {
        std::string name;
        std::string glob;
    };
    std::string text;  // as the owner wrote it
    std::string method;
    std::vector<Condition> conditions;
};

class Policy {
  public:
    /// Parses the settings. If they cannot be parsed, error() says why, and every command is refused.
    explicit Policy(PolicySettings settings);

    /// Empty when the settings are good, else a sentence that names the setting and the remedy.
    const std::string& error() const noexcept { return error_; }

    Judgement judge(const Command& command, const Surroundings& around) const;

    /// Whether the page is one that must not be read or changed, the owner's `allow_urls` considered.
    bool refuses_page(std::string_view url, std::string_view type) const;

    /// Whether the method reads or writes what a page shows, so that the page's place counts when it is carried out.
    bool guards_content(std::string_view method) const;

    /// Whether policy.allow_urls lets anything be read that has the scheme of this URL.
    bool allows_scheme_of(std::string_view url) const;

    const PolicySettings& settings() const noexcept { return settings_; }
    const HostRules& hosts() const noexcept { return hosts_; }

  private:
    enum class Match : std::uint8_t { no, yes, ambiguous };

    struct JudgedPage {
        std::string url;
        std::string type;
        bool refused = false;
    };

    Judgement judge_nested(const Command& command, const Surroundings& around, int depth) const;
    Judgement judge_message(const Command& command, const Surroundings& around, int depth) const;
    Judgement judge_profile(const Command& command, const Surroundings& around, const PolicyRule* allowed) const;
    Match matches(const PolicyRule& rule, const Command& command, bool lifts) const;
    bool stands_refused(const Surroundings& around) const;
    /// Of a session whose page stands at a refused place.
    Judgement judge_place(const Command& command, const Surroundings& around, const Placement* placement) const;

    PolicySettings settings_;
    std::vector<PolicyRule> allow_;
    std::vector<PolicyRule> deny_;
    HostRules hosts_;
    std::string error_;
    // Command after command goes to the same page; the rules never change.
    mutable std::optional<JudgedPage> last_page_;
};

/// What `agent --policy-check METHOD [PARAMS]` prints, and whether the command would pass.
struct PolicyAnswer {
    bool passes = false;
    std::string text;  // lines, each ended by a newline
};
PolicyAnswer policy_check(const Policy& policy, std::string_view method, std::string_view params,
                          std::string_view spool, bool has_window = false);

}  // namespace relay
