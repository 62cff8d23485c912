#include "agent/cli/table.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/cli/command_line.hpp"
#include "agent/cli/table_trust.hpp"
#include "agent/config/option.hpp"
#include "agent/control/exit_code.hpp"

namespace cli::arguments {
namespace {

void add_settings(CLI::App& app, std::map<std::string, std::vector<std::string>>& words) {
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
            if (option.kind != config::Kind::list) added->expected(1)->take_last();
            if (!option.choices.empty()) added->check(CLI::IsMember(option.choices));
        }
        // CLI11 hides an option without a group, and leaves its name out of errors.
        added->group("Settings [" + section + "]");
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

void add_commands(CLI::App& app, Given& given, Marks& marks) {
    const auto* group = "Commands (one of them; without any the agent runs in the foreground)";
    const auto command = [&](const char* flag, Name which, const char* help) {
        app.add_flag(flag, given.flags[which], help)->group(group);
    };
    command("--pair", Name::pair, "Pair this machine: log in, or hand in a token");
    command("--unpair", Name::unpair, "Wipe the credential; a running agent stops relaying and waits at its gate");
    command("--adopt", Name::adopt, "Take over a credential that was made on another machine (a moved disk)");
    command("--status", Name::status, "Say whether the running agent serves commands now, and if not, why");
    command("--metrics", Name::metrics, "The running agent's metrics, as OpenMetrics");
    marks.pause = app.add_option("--pause", given.pause.value,
                                 "Answer commands with busy for this time (30m, 2h), or until --resume")
                      ->type_name("[TIME]")
                      ->expected(0, 1)
                      ->group(group);
    command("--resume", Name::resume, "End a pause: relay commands again");
    command("--reload", Name::reload, "Make the running agent read its configuration again");
    command("--doctor", Name::doctor, "Check everything that the agent needs, with remedies");
    command("--profiles", Name::profiles, "List the profiles of this machine");
    command("--browser-host", Name::browser_host, "Run a browser and offer it to an agent on a unix socket");
    command("--config-check", Name::config_check, "Check the configuration and print it with its origins");
    app.add_option("--support-bundle", given.bundle_file, "Write what support needs to FILE, without secrets")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--hand-to", given.hand_to, "As a hook: hand the event on standard input to the unix socket FILE")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--policy-check", given.policy_check, "Say what the policy would do with a command; PARAMS is JSON")
        ->type_name("METHOD [PARAMS]")
        ->expected(1, 2)
        ->group(group);
    app.add_option("--generate", given.generate_what, "Print a file made from the tables of arguments and settings")
        ->check(CLI::IsMember({"man", "man-config", "bash", "zsh", "fish", "config", "chrome-policy"}))
        ->type_name("WHAT")
        ->group(group);
}

void add_listening(CLI::App& app, Given& given, Marks& marks) {
    const auto* group = "Listening";
    auto& listen = given.listen;
    marks.topic = app.add_option("--listen", given.listens,
                                 "Join a channel and print what comes, one JSON object a line, until Ctrl-C; with "
                                 "--bridge: the loopback address and port that it serves on (127.0.0.1:9333)");
    marks.topic->type_name("TOPIC")->allow_extra_args(false)->group(group);
    app.add_flag("--public", listen.public_channel, "With --listen: join TOPIC as a public channel")->group(group);
    app.add_option("--event", listen.event,
                   "With --listen: print only broadcasts of this name, or table changes of this kind")
        ->type_name("EVENT")
        ->group(group);
    app.add_option("--postgres-changes", listen.postgres_changes,
                   "With --listen: also print changes of this table; may be given again")
        ->type_name("SCHEMA.TABLE[:FILTER]")
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("--replay-since", listen.replay_since,
                   "With --listen: first print the messages stored since TIME, at most the newest 25. TIME is an age "
                   "(10min) or Unix milliseconds; without this flag no stored message is printed")
        ->type_name("TIME")
        ->group(group);
    app.add_option("--count", listen.count, "With --listen: end after N lines")->type_name("N")->group(group);
}

void add_watching(CLI::App& app, Given& given, Marks& marks) {
    const auto* group = "Far browsers";
    marks.watch =
        app.add_option("--watch", given.watch.value,
                       "Print what passes between controllers and the browser of a device, by its uuid or name, until "
                       "Ctrl-C: commands with their answers and times, and events. --watch sends nothing on the "
                       "channel; what it hears counts as deliveries in the backend's limit of events")
            ->type_name("DEVICE")
            ->allow_extra_args(false)
            ->group(group);
}

void add_calling(CLI::App& app, Given& given) {
    const auto* group = "Far browsers";
    auto& call = given.calling;
    app.add_option("--call", given.call,
                   "Send one command to the browser of a device, by its uuid or name, and print the result; PARAMS is "
                   "JSON, or - to read it from standard input. --token-stdin or --token-file: as another account")
        ->type_name("DEVICE [METHOD [PARAMS]]")
        ->expected(1, 3)
        ->group(group);
    app.add_flag("--devices", given.flags[Name::devices], "List the devices that the token may see, and who is online")
        ->group(group);
    app.add_flag("--login", given.flags[Name::login],
                 "Log in to send commands, without pairing this machine; --no-browser, --callback-port and "
                 "--expect-account as with --pair")
        ->group(group);
    app.add_flag("--logout", given.flags[Name::logout], "Wipe what --login stored, and revoke it")->group(group);
    app.add_option("--session", call.session, "With --call: the session that the command is for")
        ->type_name("ID")
        ->group(group);
    app.add_option("--timeout", given.call_timeout, "With --call: give up after this time")
        ->type_name("TIME")
        ->group(group);
    app.add_option("--open", call.open, "With --call, in METHOD's place: open the page and wait until it has loaded")
        ->type_name("URL")
        ->group(group);
    app.add_option("--screenshot", call.screenshot,
                   "With --call, in METHOD's place: keep a picture of the page (.png, .jpg, .webp)")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--pdf", call.pdf, "With --call, in METHOD's place: keep the page as a PDF")
        ->type_name("FILE")
        ->group(group);
}

void add_bridging(CLI::App& app, Given& given, Marks& marks) {
    const auto* group = "Far browsers";
    marks.bridge =
        app.add_option(
               "--bridge", given.bridge.devices,
               "Offer the browser of a device, by its uuid or name, as a local DevTools endpoint for Puppeteer, "
               "Playwright and others, and on a page to look at and to drive it by hand, until Ctrl-C; may be "
               "given again. Without a device: all that the token may see. With --exec: run CMD with the "
               "address in BMC_CDP_URL")
            ->type_name("[DEVICE]")
            ->expected(0, 1)
            ->take_all()
            ->allow_extra_args(false)
            ->group(group);
    app.add_flag("--print-url", given.bridge.print_url,
                 "With --bridge: print the WebSocket's address alone on standard output; without a device the page's")
        ->group(group);
    app.add_flag(
           "--open-to-local-users", given.bridge.open_to_local_users,
           "With --bridge: want no secret in addresses, so that every user of this machine can drive the browser; "
           "ChromeDriver, chrome://inspect and Puppeteer's browserURL need it")
        ->group(group);
    app.add_option("--allow-origin", given.bridge.allowed_origins,
                   "With --bridge: let pages of this origin connect; may be given again")
        ->type_name("ORIGIN")
        ->allow_extra_args(false)
        ->group(group);
}

void add_pairing(CLI::App& app, Given& given, Marks& marks) {
    const auto* group = "Pairing";
    app.add_flag("--token-stdin", given.token.standard_input,
                 "Read the token from standard input: bare, or JSON with its refresh token")
        ->group(group);
    app.add_option("--token-file", given.token.file,
                   "Read the token from a file; for the daemon: use and follow that file")
        ->type_name("FILE")
        ->group(group);
    app.add_option(
           "--device", given.device,
           "With --pair: the device to pair as; without it the token's, else the one paired before, else a new one")
        ->type_name("UUID")
        ->group(group);
    marks.name = app.add_option("--name", given.name.value,
                                "With --pair or --ephemeral: the name of a new device; without it this machine's name");
    marks.name->type_name("NAME")->group(group);
    app.add_flag("--force", given.force, "With --pair: replace an existing pairing without asking")->group(group);
    app.add_flag("--rotate", given.rotate, "With --pair: replace the credential and keep the device")->group(group);
    app.add_flag("--if-unpaired", given.if_unpaired,
                 "With --pair: do nothing if this machine is paired and the server accepts its credential")
        ->group(group);
    marks.renew_before = app.add_option("--renew-before", given.renew_before.value,
                                        "With --pair: like --if-unpaired, but also replace a credential that ends "
                                        "within TIME (30d) by the token that is handed in")
                             ->type_name("TIME")
                             ->group(group);
    app.add_flag("--no-browser", given.no_browser, "Print the login's address instead of opening it")->group(group);
    app.add_option("--callback-port", given.callback_port,
                   "Port of 127.0.0.1 that the login comes back to, for ssh -L; without it any free one")
        ->type_name("PORT")
        ->group(group);
    app.add_flag("--delete-device", given.delete_device, "With --unpair: remove the device at the backend too")
        ->group(group);
    app.add_option("--expect-account", given.expect_account, "Refuse a login of any other account")
        ->type_name("ACCOUNT")
        ->group(group);
}

void add_running(CLI::App& app, Given& given) {
    const auto* group = "Pairing";
    app.add_flag("--ephemeral", given.ephemeral, "Keep the credential in memory alone, for CI")->group(group);
    app.add_option("--exec", given.exec,
                   "Run CMD when the agent has joined, pass signals on to it, and end with its exit code; must be the "
                   "last flag")
        ->type_name("CMD...")
        ->expected(-1)
        ->group(group);
    app.add_option("--join-timeout", given.join_timeout, "With --exec: give up if the agent has not joined within TIME")
        ->type_name("TIME")
        ->group(group);
}

void add_general(CLI::App& app, Given& given) {
    const auto* group = "General";
    app.set_help_flag("-h,--help", "The commands, on one screen")->group(group);
    app.add_flag("--help-all", given.help_all, "This text: every argument and every setting")->group(group);
    app.set_version_flag("--version", "agent " BMC_VERSION)->group(group);
    app.add_option("--config", given.config_file, "Read this file in place of agent.toml and its drop-ins")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--profile", given.profile, "One of several devices on this machine, with its own files")
        ->type_name("NAME")
        ->envname("BMC_AGENT_PROFILE")
        ->group(group);
    app.add_flag("--user", given.user_scope,
                 "Use the files of the calling user instead of the machine's, even for root")
        ->group(group);
    app.add_flag("--json", given.json,
                 "Print one JSON document, for tools: {\"error\": {code, message, remedy, exit}} for what failed")
        ->group(group);
}

void build(CLI::App& app, Given& given, Marks& marks) {
    app.get_formatter()->column_width(36);
    add_general(app, given);
    add_commands(app, given, marks);
    add_listening(app, given, marks);
    add_calling(app, given);
    add_watching(app, given, marks);
    add_recording(app, given, marks);
    add_bridging(app, given, marks);
    add_trusting(app, given, marks);
    add_pairing(app, given, marks);
    add_running(app, given);
    add_settings(app, given.settings);
    app.footer(footer());
}

/// Whether no value follows the flag. To CLI11 an empty value is the same.
bool stands_alone(std::string_view flag, int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        if (flag == argv[i] && (i + 1 == argc || argv[i + 1][0] == '-')) return true;
    }
    return false;
}

}  // namespace

Table::Table()
    : app_{"Puts a browser on this machine under remote control through Busymate's Realtime channels.", "agent"} {
    build(app_, given_, marks_);
}

Given Table::read(int argc, char** argv) {
    app_.parse(argc, argv);
    given_.pause.given = marks_.pause->count() > 0;
    given_.renew_before.given = marks_.renew_before->count() > 0;
    given_.watch.given = marks_.watch->count() > 0;
    given_.replay.given = marks_.replay->count() > 0;
    given_.name.given = marks_.name->count() > 0;
    given_.forget_device.given = marks_.forget_device->count() > 0;
    const bool bridged = marks_.bridge->count() > 0;
    given_.bridge.all = bridged && stands_alone("--bridge", argc, argv);
    if (given_.bridge.all) std::erase(given_.bridge.devices, "");
    // With --bridge its words are addresses, and no command.
    given_.topic.given = marks_.topic->count() > 0 && !bridged;
    if (given_.topic.given && !given_.listens.empty()) given_.topic.value = given_.listens.front();
    return std::move(given_);
}

void with_command_line(const std::function<void(const CLI::App&)>& look) {
    const Table table;
    look(table.app());
}

}  // namespace cli::arguments
