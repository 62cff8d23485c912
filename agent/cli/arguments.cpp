#include "agent/cli/arguments.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "agent/cli/arguments_check.hpp"
#include "agent/cli/command_line.hpp"
#include "agent/cli/help.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/config/option.hpp"
#include "agent/config/values.hpp"
#include "agent/control/exit_code.hpp"
#include "agent/pairing/device.hpp"
#include "agent/pairing/renewal.hpp"
#include "agent/relay/pause.hpp"
#include "platform/log/redact.hpp"

namespace cli::arguments {
namespace {

/// Flags of settings keep their words here until they become assignments.
using Words = std::map<std::string, std::vector<std::string>>;

void add_settings(CLI::App& app, Words& words, bool shown) {
    for (const auto& option : config::options()) {
        const auto section = option.key.substr(0, option.key.find('.'));
        auto& into = words[option.key];
        auto help = option.help;
        if (!option.range.empty()) help += " (" + option.range + ")";
        CLI::Option* added = nullptr;
        if (option.kind == config::Kind::boolean) {
            // --browser-headless, --browser-headless=false
            added = app.add_flag(option.flag(), into, help)->expected(0, 1)->allow_extra_args(false);
        } else {
            added = app.add_option(option.flag(), into, help)->allow_extra_args(false);
            if (option.kind == config::Kind::list) added->take_all();
            if (option.kind != config::Kind::list) added->take_last();
            if (!option.choices.empty()) added->check(CLI::IsMember(option.choices));
        }
        added->group(shown ? "Settings [" + section + "]" : "");
    }
}

std::string footer() {
    std::string text = "Exit codes:\n";
    for (const auto& [code, meaning] : control::exit_meanings) {
        auto number = std::to_string(static_cast<int>(code));
        text.append("  ").append(number).append(4 - number.size(), ' ').append(meaning).append("\n");
    }
    return text +
           "\nEvery setting of the configuration is a flag too. Files: agent.toml and\n"
           "agent.toml.d/*.toml in /etc/bmc-agent (root) or ~/.config/bmc-agent; --config-check prints what is in "
           "force.";
}

void collect(Parsed& parsed, const Words& words) {
    for (const auto& option : config::options()) {
        const auto& given = words.at(option.key);
        if (!given.empty()) parsed.config.flags.push_back({option.key, given, option.flag()});
    }
}

std::vector<std::string> whole_environment() {
    std::vector<std::string> all;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) all.emplace_back(*entry);
    return all;
}

struct Flags {
    std::map<Command, bool> commands;
    bool help_all = false;  // looked for by hand: it decides how the table is made
    std::string join_timeout = "60s";
    std::string config_file;
    std::string callback_port;
    CLI::Option* pause = nullptr;
    std::string pause_time;
    CLI::Option* renew_before = nullptr;
    std::string renew_before_time;
    Words words;
    CLI::Option* name = nullptr;    // likewise a name
    CLI::Option* listen = nullptr;  // a topic may be empty, which is wrong and must be said
};

void add_commands(CLI::App& app, Flags& flags, Parsed& parsed) {
    const auto* group = "Commands (one of them; without any the agent runs in the foreground)";
    const auto command = [&](const char* flag, Command which, const char* help) {
        app.add_flag(flag, flags.commands[which], help)->group(group);
    };
    command("--pair", Command::pair, "Pair this machine: log in, or hand in a token");
    command("--unpair", Command::unpair, "Wipe the credential; the agent goes to its activation gate");
    command("--adopt", Command::adopt, "Take over a credential that was made on another machine (a moved disk)");
    command("--status", Command::status, "Whether the running agent serves commands now, and why not");
    command("--metrics", Command::metrics, "The running agent's metrics, as OpenMetrics");
    flags.pause = app.add_option("--pause", flags.pause_time,
                                 "Answer commands with busy for so long (30m, 2h), or until --resume")
                      ->type_name("[TIME]")
                      ->expected(0, 1)
                      ->group(group);
    command("--resume", Command::resume, "Relay again");
    command("--reload", Command::reload, "Read the configuration again");
    command("--doctor", Command::doctor, "Check everything that the agent needs, with remedies");
    command("--profiles", Command::profiles, "List the profiles of this machine");
    command("--browser-host", Command::browser_host, "Run a browser and offer it to an agent on a unix socket");
    command("--config-check", Command::config_check, "Check the configuration and print it with its origins");
    app.add_option("--support-bundle", parsed.bundle_file, "Write what support needs to FILE, without secrets")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--hand-to", parsed.hand_to, "As a hook: hand the event on standard input to the unix socket FILE")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--policy-check", parsed.policy_check, "Say what the policy would do with a command; PARAMS is JSON")
        ->type_name("METHOD [PARAMS]")
        ->expected(1, 2)
        ->group(group);
    app.add_option("--generate", parsed.generate_what, "Print a file made from the tables of arguments and settings")
        ->check(CLI::IsMember({"man", "man-config", "bash", "zsh", "fish", "config", "chrome-policy"}))
        ->type_name("WHAT")
        ->group(group);
}

void add_listening(CLI::App& app, Flags& flags, Parsed& parsed) {
    const auto* group = "Listening";
    auto& listen = parsed.listen;
    flags.listen = app.add_option("--listen", listen.topic,
                                  "Join a channel and print what comes, one JSON object a line, until Ctrl-C");
    flags.listen->type_name("TOPIC")->group(group);
    app.add_flag("--public", listen.public_channel, "Join it as a public channel")->group(group);
    app.add_option("--event", listen.event, "Only broadcasts of that name, or changes of that kind")
        ->type_name("EVENT")
        ->group(group);
    app.add_option("--postgres-changes", listen.postgres_changes,
                   "Subscribe to changes of a table too; may be given again")
        ->type_name("SCHEMA.TABLE[:FILTER]")
        ->allow_extra_args(false)
        ->group(group);
    app.add_option(
           "--replay-since", listen.replay_since,
           "First the messages that the database stored since then, the newest 25 at most: a time ago (10min) or "
           "Unix milliseconds. Without it no stored message is printed")
        ->type_name("TIME")
        ->group(group);
    app.add_option("--count", listen.count, "End after so many lines")->type_name("N")->group(group);
}

void add_pairing(CLI::App& app, Flags& flags, Parsed& parsed) {
    const auto* group = "Pairing";
    app.add_flag("--token-stdin", parsed.token_stdin,
                 "Read the token from standard input: bare, or JSON with its refresh token")
        ->group(group);
    app.add_option("--token-file", parsed.token_file,
                   "Read the token from a file; for the daemon: use and follow that file")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--device", parsed.device, "The device to pair as; without it the token's, else a new one")
        ->type_name("UUID")
        ->group(group);
    flags.name = app.add_option("--name", parsed.name, "The device's name; without it this machine's");
    flags.name->type_name("NAME")->group(group);
    app.add_flag("--force", parsed.force, "Replace an existing pairing without asking")->group(group);
    app.add_flag("--rotate", parsed.rotate, "Swap the credential, keep the device")->group(group);
    app.add_flag("--if-unpaired", parsed.if_unpaired,
                 "Do nothing when this machine is paired already and the server takes its credential")
        ->group(group);
    flags.renew_before =
        app.add_option(
               "--renew-before", flags.renew_before_time,
               "As --if-unpaired, and replace a credential that ends within that time (30d), by the token that is "
               "handed in")
            ->type_name("TIME")
            ->group(group);
    app.add_flag("--no-browser", parsed.no_browser, "Print the login's address instead of opening it")->group(group);
    app.add_option("--callback-port", flags.callback_port,
                   "Port of 127.0.0.1 that the login comes back to, for ssh -L; without it any free one")
        ->type_name("PORT")
        ->group(group);
    app.add_flag("--delete-device", parsed.delete_device, "With --unpair: remove the device at the backend too")
        ->group(group);
    app.add_option("--expect-account", parsed.expect_account, "Refuse a login of any other account")
        ->type_name("ACCOUNT")
        ->group(group);
    app.add_flag("--ephemeral", parsed.ephemeral, "Keep the credential in memory alone, for CI")->group(group);
    app.add_option("--exec", parsed.exec,
                   "Run CMD once joined, pass signals on to it, end with it and its exit code; the last flag")
        ->type_name("CMD...")
        ->expected(-1)
        ->group(group);
    app.add_option("--join-timeout", flags.join_timeout, "With --exec: give up after so long")
        ->type_name("TIME")
        ->group(group);
}

void add_general(CLI::App& app, Flags& flags, Parsed& parsed) {
    const auto* group = "General";
    app.set_help_flag("-h,--help", "The commands, on one screen")->group(group);
    app.add_flag("--help-all", flags.help_all, "This text: every argument and every setting")->group(group);
    app.set_version_flag("--version", "agent " BMC_VERSION)->group(group);
    app.add_option("--config", flags.config_file, "Read this file in place of agent.toml and its drop-ins")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--profile", parsed.config.paths.profile,
                   "One of several devices on this machine, with its own files")
        ->type_name("NAME")
        ->envname("BMC_AGENT_PROFILE")
        ->group(group);
    app.add_flag("--user", parsed.config.paths.user_scope, "Use the calling user's own files, for root too")
        ->group(group);
    app.add_flag("--json", parsed.json,
                 "Print one JSON document, for tools: {\"error\": {code, message, remedy, exit}} for what failed")
        ->group(group);
}

std::string describe_program() {
    return "Puts a browser on this machine under remote control through Busymate's Realtime channels.";
}

void print_version() {
    if (answers_in_json()) return print_json("{\"version\":\"" BMC_VERSION "\"}\n");
    print_own("agent " BMC_VERSION "\n");
}

void build(CLI::App& app, Flags& flags, Parsed& parsed, bool with_settings) {
    app.get_formatter()->column_width(36);
    add_general(app, flags, parsed);
    add_commands(app, flags, parsed);
    add_listening(app, flags, parsed);
    add_pairing(app, flags, parsed);
    add_settings(app, flags.words, with_settings);
    app.footer(footer());
}

Parsed wrong(std::string_view what) {
    complain(platform::hide_secrets(what));
    say("agent --help lists the arguments.");
    Parsed parsed;
    parsed.command = Command::wrong;
    return parsed;
}

/// How many commands were given: at most one may be.
std::size_t count_commands(const Flags& flags, const Parsed& parsed) {
    std::size_t count = (parsed.bundle_file.empty() ? 0 : 1) + (parsed.generate_what.empty() ? 0 : 1) +
                        (parsed.policy_check.empty() ? 0 : 1) + (parsed.hand_to.empty() ? 0 : 1) +
                        flags.listen->count() + (flags.pause->count() == 0 ? 0 : 1);
    for (const auto& [command, given] : flags.commands) count += given ? 1 : 0;
    return count;
}

Command chosen(const Flags& flags, const Parsed& parsed) {
    for (const auto& [command, given] : flags.commands) {
        if (given) return command;
    }
    if (flags.listen->count() > 0) return Command::listen;
    if (flags.pause->count() > 0) return Command::pause;
    if (!parsed.bundle_file.empty()) return Command::support_bundle;
    if (!parsed.generate_what.empty()) return Command::generate;
    if (!parsed.policy_check.empty()) return Command::policy_check;
    if (!parsed.hand_to.empty()) return Command::hand_over;
    return Command::run;
}

/// What is wrong with --renew-before; empty: nothing.
std::string take_renewal(const Flags& flags, Parsed& parsed) {
    if (flags.renew_before->count() == 0) return {};
    if (parsed.command != Command::pair) return "--renew-before belongs to --pair";
    if (parsed.rotate || parsed.force) return "--renew-before decides by itself: leave --rotate and --force out";
    const auto time = config::parse_duration(flags.renew_before_time);
    if (!time || *time < std::chrono::seconds{1} || *time > pairing::longest_renew_before) {
        return "--renew-before must be a time with its unit, such as 30d or 12h, 3650d at most";
    }
    parsed.renew_before = std::chrono::floor<std::chrono::seconds>(*time);
    parsed.if_unpaired = true;
    return {};
}

/// Where the configuration comes from, and what of it stands on the command line.
void configure(Parsed& parsed, const Flags& flags) {
    auto paths = platform::path_input_of_process();
    paths.profile = parsed.config.paths.profile;
    paths.user_scope = parsed.config.paths.user_scope;
    parsed.config.paths = std::move(paths);
    if (!flags.config_file.empty()) parsed.config.file = flags.config_file;
    parsed.config.environment = whole_environment();
    collect(parsed, flags.words);
    if (!flags.callback_port.empty()) {
        parsed.config.flags.push_back({"pairing.callback_port", {flags.callback_port}, "--callback-port"});
    }
    if (parsed.command == Command::run && !parsed.token_file.empty() && !parsed.ephemeral) {
        parsed.config.flags.push_back({"credentials.token_file", {parsed.token_file.string()}, "--token-file"});
    }
}

}  // namespace

void with_command_line(const std::function<void(const CLI::App&)>& look) {
    CLI::App app{describe_program(), "agent"};
    Flags flags;
    Parsed parsed;
    build(app, flags, parsed, true);
    look(app);
}

bool asks_for_json(int argc, char** argv) {
    for (int i = 1; i < argc && std::string_view(argv[i]) != "--exec"; ++i) {
        if (std::string_view(argv[i]) == "--json") return true;
    }
    return false;
}

Parsed parse(int argc, char** argv) {
    // All behind --exec is the command's, its dashes too.
    std::vector<std::string> exec;
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) != "--exec") continue;
        exec.assign(argv + i + 1, argv + argc);
        if (exec.empty()) return wrong("--exec needs a command behind it");
        argc = i;
    }
    bool all = false;
    for (int i = 1; i < argc; ++i) all = all || std::string_view(argv[i]) == "--help-all";
    CLI::App app{describe_program(), "agent"};
    Flags flags;
    Parsed parsed;
    build(app, flags, parsed, all);
    if (all) {
        print_own(app.help());
        parsed.command = Command::done;
        return parsed;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ExtrasError&) {
        return wrong(unexpected(app.remaining()));
    } catch (const CLI::CallForHelp&) {
        print_own(short_help);
        parsed.command = Command::done;
        return parsed;
    } catch (const CLI::CallForVersion&) {
        print_version();
        parsed.command = Command::done;
        return parsed;
    } catch (const CLI::ParseError& error) {
        return wrong(error.what());
    }
    parsed.exec = std::move(exec);
    if (count_commands(flags, parsed) > 1) return wrong("more than one command: give one of them");
    parsed.command = chosen(flags, parsed);
    if (auto what = contradiction(parsed); !what.empty()) return wrong(what);
    if (flags.name->count() > 0) {
        if (auto what = pairing::what_is_wrong_with_name(parsed.name); !what.empty()) return wrong("--name: " + what);
    }
    const auto limit = config::parse_duration(flags.join_timeout);
    if (!limit || *limit <= Duration::zero()) return wrong("--join-timeout must be a time with its unit, such as 60s");
    parsed.join_timeout = *limit;
    if (auto what = take_renewal(flags, parsed); !what.empty()) return wrong(what);
    if (!flags.pause_time.empty()) {
        parsed.pause_time = relay::read_pause_time(flags.pause_time);
        if (!parsed.pause_time) return wrong("--pause: a time such as 90s, 30m, 2h or 1d, 30 days at most");
    }
    configure(parsed, flags);
    return parsed;
}

}  // namespace cli::arguments
