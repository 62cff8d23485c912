// Man pages and completions, made from the command line's table and the option table, so that they cannot drift.
#include <CLI/CLI.hpp>
#include <cctype>
#include <string>
#include <vector>

#include "agent/cli/arguments.hpp"
#include "agent/cli/command_line.hpp"
#include "agent/cli/man_sections.hpp"
#include "agent/config/option.hpp"
#include "agent/control/exit_code.hpp"
#include "agent/relay/core/browser_policy.hpp"

namespace cli::arguments {
namespace {

/// The day of this version, from the change log.
constexpr const char* released = BMC_RELEASED;

struct Row {
    std::string flag;   // "--pair"
    std::string value;  // "FILE"; empty where it takes none
    std::string help;
    std::string group;
    std::vector<std::string> choices;

    bool value_optional() const { return value.starts_with('['); }
};

std::vector<std::string> choices_of(const std::string& flag) {
    for (const auto& option : config::options()) {
        if (option.flag() == flag) return option.choices;
    }
    return {};
}

std::vector<Row> rows() {
    std::vector<Row> all;
    with_command_line([&](const CLI::App& app) {
        for (const auto* option : app.get_options()) {
            for (const auto& name : option->get_lnames()) {
                const auto flag = "--" + name;
                const bool takes = option->get_type_size() != 0;
                all.push_back({flag, takes ? option->get_type_name() : "", option->get_description(),
                               option->get_group(), choices_of(flag)});
            }
        }
    });
    return all;
}

/// roff: a line that begins with a dot or a quote is a request, a dash is a hyphen, a backslash an escape.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '-' || c == '\\') out += '\\';
        out += c == '\\' ? 'e' : c;
    }
    if (!out.empty() && (out.front() == '.' || out.front() == '\'')) out.insert(0, "\\&");
    return out;
}

/// The page's first lines; text is not justified: addresses and paths would tear holes into it. From groff 1.23 on each
/// .TP sets the adjustment anew, to that of the string AD.
std::string man_head(std::string_view title) {
    return ".TH " + std::string{title} + " " + released + " \"bmc\\-agent " BMC_VERSION "\"\n.ds AD l\n.ad l\n.nh\n";
}

/// "Commands (one of them; …)" as a heading.
std::string heading(std::string_view group) {
    std::string text{group.substr(0, group.find(" ("))};
    for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return ".SH " + roff(text) + "\n";
}

constexpr const char* signals =
    ".SH SIGNALS\n.TP\nSIGTERM, SIGINT\nan orderly stop; a second one ends it at once\n"
    ".TP\nSIGHUP\nunder a service manager the configuration is read again, as by \\-\\-reload; anywhere else the agent "
    "stops, as "
    "its terminal is gone (started by nohup it goes on)\n"
    ".TP\nSIGUSR1\nthe log tells everything, and again: as much as before\n"
    ".TP\nSIGUSR2\nunder a service manager: it ends when nobody uses it, at the latest after service.upgrade_grace, "
    "and\n"
    "the manager starts it anew\n";

std::string man_page() {
    std::string page =
        man_head("AGENT 1") +
        ".SH NAME\nagent \\- put a browser under remote control through Realtime channels\n.SH SYNOPSIS\n"
        ".B agent\n[\\fIarguments\\fR]\n.SH DESCRIPTION\n"
        "Without a command the agent runs in the foreground until SIGINT or SIGTERM. Without a credential it stands at "
        "its activation gate and says how to pair.\n";
    std::string group;
    for (const auto& row : rows()) {
        if (row.group.starts_with("Settings")) continue;
        if (row.group != group) page += heading(group = row.group);
        page += ".TP\n\\fB" + roff(row.flag) + "\\fR";
        if (!row.value.empty()) page += " \\fI" + roff(row.value) + "\\fR";
        page += "\n" + roff(row.help) + "\n";
    }
    page += ".PP\nEvery setting of agent.toml(5) is a flag too: \\-\\-realtime\\-heartbeat for realtime.heartbeat.\n";
    page += ".SH EXIT STATUS\n";
    for (const auto& [code, meaning] : control::exit_meanings) {
        page += ".TP\n" + std::to_string(static_cast<int>(code)) + "\n" + roff(meaning) + "\n";
    }
    return page + signals + man_sections;
}

std::string man_config() {
    const config::Config defaults;
    std::string page =
        man_head("AGENT.TOML 5") +
        ".SH NAME\nagent.toml \\- configuration of bmc\\-agent\n.SH DESCRIPTION\nTOML: a table a section. Later "
        "wins: "
        "defaults, agent.toml, agent.toml.d/*.toml in the order of their names, the environment, the command line. "
        "Unknown keys are errors. agent \\-\\-config\\-check prints what is in force, and where it came from.\n";
    std::string section;
    for (const auto& option : config::options()) {
        const auto here = option.key.substr(0, option.key.find('.'));
        if (here != section) page += ".SH [" + (section = here) + "]\n";
        page +=
            ".TP\n\\fB" + roff(option.key) + "\\fR = " + roff(option.get(defaults)) + "\n" + roff(option.help) + ".";
        if (!option.range.empty()) page += " " + roff(option.range) + ".";
        for (const auto& choice : option.choices)
            page += (&choice == &option.choices.front() ? " One of " : ", ") + roff(choice);
        if (!option.choices.empty()) page += ".";
        page += option.live ? " Applied by a reload." : " Applied by a restart.";
        page += "\n.br\n" + roff(option.environment()) + ", " + roff(option.flag()) + "\n";
    }
    return page + man_config_sections;
}

std::string bash() {
    std::string flags, cases, files;
    for (const auto& row : rows()) {
        flags += " " + row.flag;
        if (row.value == "FILE") files += (files.empty() ? "" : "|") + row.flag;
        if (row.choices.empty()) continue;
        cases += "        " + row.flag + ") words='";
        for (const auto& choice : row.choices) cases += choice + " ";
        cases += "' ;;\n";
    }
    return "# bash completion for agent\n_agent() {\n    local cur=${COMP_WORDS[COMP_CWORD]} "
           "prev=${COMP_WORDS[COMP_CWORD-1]} words=\n    case $prev in\n" +
           cases + "        " + files +
           ") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
           "        *) words='" +
           flags.substr(1) +
           "' ;;\n    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -F _agent agent "
           "bmc-agent\n";
}

std::string quoted(std::string_view text, std::string_view specials) {
    std::string out;
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            if (specials.find(c) != std::string_view::npos) out += '\\';
            out += c;
        }
    }
    return out;
}

std::string zsh() {
    std::string text = "#compdef agent bmc-agent\n_arguments";
    for (const auto& row : rows()) {
        text += " \\\n    '" + row.flag + (row.value.empty() ? "" : "=") + "[" + quoted(row.help, "[]:\\") + "]";
        if (!row.value.empty()) text += (row.value_optional() ? "::" : ":") + quoted(row.value, ":\\") + ":";
        if (!row.choices.empty()) {
            text += "(";
            for (const auto& choice : row.choices) text += (&choice == &row.choices.front() ? "" : " ") + choice;
            text += ")";
        } else if (row.value == "FILE") {
            text += "_files";
        }
        text += "'";
    }
    return text + "\n";
}

std::string fish() {
    std::string text = "# fish completion for agent\ncomplete -c agent -c bmc-agent -f\n";
    for (const auto& row : rows()) {
        text += "complete -c agent -c bmc-agent -l " + row.flag.substr(2) + " -d '" + quoted(row.help, "") + "'";
        if (!row.value.empty() && !row.value_optional()) text += row.value == "FILE" ? " -r -F" : " -x";
        if (!row.choices.empty()) {
            text += " -a '";
            for (const auto& choice : row.choices) text += choice + " ";
            text += "'";
        }
        text += "\n";
    }
    return text;
}

}  // namespace

std::optional<std::string> generate(std::string_view what) {
    if (what == "man") return man_page();
    if (what == "man-config") return man_config();
    if (what == "bash") return bash();
    if (what == "zsh") return zsh();
    if (what == "fish") return fish();
    if (what == "config") return config::default_file();
    if (what == "chrome-policy") return relay::browser_policy(relay::Policy{{}});
    return std::nullopt;
}

}  // namespace cli::arguments
