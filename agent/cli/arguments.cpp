#include "agent/cli/arguments.hpp"

#include <unistd.h>

#include "agent/cli/given.hpp"
#include "agent/cli/help.hpp"
#include "agent/cli/table.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/config/option.hpp"
#include "platform/log/redact.hpp"
#include "platform/process/process.hpp"

namespace cli::arguments {
namespace {

void print_version() {
    if (answers_in_json()) return print_json("{\"version\":\"" BMC_VERSION "\"}\n");
    print_own("agent " BMC_VERSION "\n");
}

Parsed done() {
    return {.command = Done{}};
}

Parsed wrong(std::string_view what) {
    complain(platform::hide_secrets(what));
    say("agent --help lists the arguments.");
    return {.command = Wrong{}};
}

/// Where the configuration comes from, and what of it stands on the command line.
config::ConfigInput config_of(const Given& given, Name command) {
    config::ConfigInput input;
    input.paths = platform::path_input_of_process();
    input.paths.profile = given.profile;
    input.paths.user_scope = given.user_scope;
    if (!given.config_file.empty()) input.file = given.config_file;
    input.environment = platform::pick_environment({"*"});
    for (const auto& option : config::options()) {
        const auto& words = given.settings.at(option.key);
        if (!words.empty()) input.flags.push_back({option.key, words, option.flag()});
    }
    if (!given.callback_port.empty()) {
        input.flags.push_back({"pairing.callback_port", {given.callback_port}, "--callback-port"});
    }
    if (command == Name::run && !given.token.file.empty() && !given.ephemeral) {
        input.flags.push_back({"credentials.token_file", {given.token.file.string()}, "--token-file"});
    }
    return input;
}

Parsed parsed_from(const Given& given) {
    const auto names = commands_in(given);
    if (names.size() > 1) return wrong("more than one command: give one of them");
    const auto name = names.empty() ? Name::run : names.front();
    if (auto what = contradiction(given, name); !what.empty()) return wrong(what);
    std::string problem;
    auto command = command_of(given, name, problem);
    if (!problem.empty()) return wrong(problem);
    return {std::move(command), config_of(given, name), given.json};
}

/// All behind --exec is the command's, its dashes too: it is cut off. False: nothing is behind it.
bool cut_exec(int& argc, char** argv, std::vector<std::string>& exec) {
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) != "--exec") continue;
        exec.assign(argv + i + 1, argv + argc);
        argc = i;
        return !exec.empty();
    }
    return true;
}

}  // namespace

bool asks_for_json(int argc, char** argv) {
    for (int i = 1; i < argc && std::string_view(argv[i]) != "--exec"; ++i) {
        if (std::string_view(argv[i]) == "--json") return true;
    }
    return false;
}

Parsed parse(int argc, char** argv) {
    std::vector<std::string> exec;
    if (!cut_exec(argc, argv, exec)) return wrong("--exec needs a command behind it");
    bool all = false;
    for (int i = 1; i < argc; ++i) all = all || std::string_view(argv[i]) == "--help-all";
    Table table;
    if (all) return print_own(table.app().help()), done();
    try {
        auto given = table.read(argc, argv);
        given.exec = std::move(exec);
        return parsed_from(given);
    } catch (const CLI::ExtrasError&) {
        return wrong(unexpected(table.app().remaining()));
    } catch (const CLI::CallForHelp&) {
        return print_own(short_help), done();
    } catch (const CLI::CallForVersion&) {
        return print_version(), done();
    } catch (const CLI::ParseError& error) {
        return wrong(error.what());
    }
}

}  // namespace cli::arguments
