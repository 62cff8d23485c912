// Arguments in, exit codes out. Everything else is in the rooms below.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include <algorithm>
#include <csignal>
#include <exception>
#include <new>
#include <utility>

#include "agent/cli/arguments.hpp"
#include "agent/cli/browser_host.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/config_check.hpp"
#include "agent/cli/doctor.hpp"
#include "agent/cli/ephemeral_place.hpp"
#include "agent/cli/hand_over.hpp"
#include "agent/cli/pair.hpp"
#include "agent/cli/policy_check.hpp"
#include "agent/cli/replay.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/config/option.hpp"
#include "agent/control/exit_code.hpp"
#include "agent/daemon/daemon.hpp"
#include "platform/log/log.hpp"
#include "platform/no_memory.hpp"
#include "platform/process/inherited.hpp"
#include "platform/process/keeper.hpp"
#include "platform/service_manager.hpp"
#include "platform/standstill.hpp"
#include "platform/wiped_memory.hpp"

namespace {

using namespace cli::arguments;
using control::Exit;

/// Secrets live in our memory: no core file, and no debugger of another process of the same user.
void keep_memory_private() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
#ifdef PR_SET_DUMPABLE
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
    platform::wipe_memory_of_openssl();
}

/// What a large result took goes back to the system when it is freed. Left alone, glibc keeps blocks of up to 32 MiB
/// once it has seen them come and go.
void give_memory_back() {
#ifdef M_MMAP_THRESHOLD
    constexpr int large = 1024 * 1024;
    ::mallopt(M_MMAP_THRESHOLD, large);
    ::mallopt(M_TRIM_THRESHOLD, 4 * large);
#endif
}

int say_errors(const config::Loaded& loaded) {
    for (const auto& [where, what] : loaded.errors) cli::complain(where + ": " + what);
    const auto& first = loaded.errors.front();
    platform::service_manager::failed("bad configuration: " + first.where + ": " + first.what);
    return static_cast<int>(Exit::bad_configuration);
}

/// Notices are harmless: --config-check prints them, and a running agent logs them.
void say_notices(const Command& command, const config::Loaded& loaded) {
    for (const auto& [where, what] : loaded.notices) {
        if (is<ConfigCheck>(command)) std::fprintf(stderr, "agent: note: %s %s\n", where.c_str(), what.c_str());
        if (is<Run>(command)) platform::log::info("{} {}", where, what);
    }
}

/// A one-shot command tells its own story: the log adds to it only what went wrong, unless asked for more.
void set_up_log(const Command& command, const config::Loaded& loaded) {
    const bool told = loaded.origins.contains("log.level") || is<Run, BrowserHost>(command);
    platform::log::set_level(told ? loaded.config.log.level : platform::log::Level::error);
    platform::log::set_format(loaded.config.log.format);
}

int print_or_usage(const std::optional<std::string>& text) {
    if (!text) return static_cast<int>(Exit::usage);
    cli::print_own(*text);
    return static_cast<int>(Exit::ok);
}

/// They need to know where things lie, and nothing else: a configuration that is wrong must not keep a credential here.
bool needs_places_alone(const Command& command) {
    return is<Unpair, Profiles>(command);
}

/// These need no more of the configuration than where the socket is: a file that is wrong does not keep them from
/// asking.
bool asks_the_running_agent(const Command& command) {
    return is<Status, Metrics, Pause, Resume, Reload, Doctor, SupportBundle>(command);
}

int run_daemon(const Run& wished, config::ConfigInput input, const config::Config& config) {
    agent::daemon::DaemonExtras extras;
    extras.command = wished.exec;
    extras.command_ran = cli::give_output_away;
    extras.join_timeout = wished.join_timeout;
    extras.device = wished.device;
    if (!wished.ephemeral) {
        agent::daemon::Daemon daemon(config, std::move(input), std::move(extras));
        return daemon.run();
    }
    bool made_row = false;
    const Exit paired = cli::commands::pair_in_memory(*wished.ephemeral, config, extras.credential, made_row);
    if (paired != Exit::ok) return static_cast<int>(paired);
    const auto credential = extras.credential->clone();
    int code = 0;
    {
        // Its lock is free again before the row is deleted, which the network may make long.
        agent::daemon::Daemon daemon(config, std::move(input), std::move(extras));
        code = daemon.run();
    }
    if (made_row) cli::commands::delete_row(config, credential);
    return code;
}

/// Those that look at the configuration and do nothing with it; nothing: it is another command.
std::optional<int> run_check(const Command& command, const config::Loaded& loaded, bool json) {
    if (const auto* check = std::get_if<ConfigCheck>(&command)) {
        return static_cast<int>(cli::config_check::run(loaded, check->device));
    }
    if (const auto* check = std::get_if<PolicyCheck>(&command)) {
        return static_cast<int>(cli::policy_command::run(loaded.config, check->words));
    }
    if (const auto* doctor = std::get_if<Doctor>(&command)) {
        return cli::doctor_command::run_doctor(loaded, doctor->device, json);
    }
    if (const auto* bundle = std::get_if<SupportBundle>(&command)) {
        return cli::doctor_command::write_bundle(bundle->file, loaded);
    }
    return std::nullopt;
}

int run(Parsed parsed) {
    const auto& command = parsed.command;
    if (is<Wrong>(command)) return static_cast<int>(Exit::usage);
    if (is<Done>(command)) return static_cast<int>(Exit::ok);
    if (const auto* made = std::get_if<Generate>(&command)) return print_or_usage(generate(made->what));
    if (const auto* handed = std::get_if<HandOver>(&command)) return cli::hand_over::run(handed->socket);
    if (const auto* replay = std::get_if<Replay>(&command)) {
        return static_cast<int>(cli::replay_command::run(*replay, parsed.json));
    }
    const auto* daemon = std::get_if<Run>(&command);
    cli::EphemeralPlace place;
    if (daemon != nullptr && daemon->ephemeral) {
        if (const auto wrong = place.find(parsed.config.paths); !wrong.empty()) {
            return cli::complain(wrong), static_cast<int>(Exit::bad_configuration);
        }
    }
    const auto loaded = config::load_config(parsed.config);
    const auto typed = [](const config::ConfigError& error) { return error.where.starts_with("--"); };
    if (needs_places_alone(command) && std::none_of(loaded.errors.begin(), loaded.errors.end(), typed)) {
        for (const auto& error : loaded.errors) cli::say(fmt::format("note: {}: {}", error.where, error.what));
    } else if (!loaded.errors.empty() && !asks_the_running_agent(command)) {
        return say_errors(loaded);
    }
    set_up_log(command, loaded);
    say_notices(command, loaded);
    if (const auto code = run_check(command, loaded, parsed.json)) return *code;
    if (daemon != nullptr) return run_daemon(*daemon, std::move(parsed.config), loaded.config);
    if (is<BrowserHost>(command)) return cli::host_command::run(loaded.config);
    return static_cast<int>(cli::commands::run(parsed, loaded.config));
}

}  // namespace

int main(int argc, char** argv) {
    platform::be_keeper_where_named(argc, argv);
    platform::be_init_where_first();
    platform::shed_inherited();
    platform::Standstills::keep_continues();
    platform::end_in_words_without_memory();
    keep_memory_private();
    give_memory_back();
    // A peer that goes away is an error of the write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    // Likewise a file beyond the limit of its size.
    std::signal(SIGXFSZ, SIG_IGN);
    if (cli::arguments::asks_for_json(argc, argv)) cli::answer_in_json();
    int code = static_cast<int>(Exit::failure);
    try {
        auto parsed = cli::arguments::parse(argc, argv);
        config::hide_in_command_line(argc, argv);
        code = run(std::move(parsed));
    } catch (const std::bad_alloc&) {
        cli::complain(platform::no_memory_words);
    } catch (const std::exception& error) {
        cli::complain(std::string("this should not have happened: ") + error.what());
    }
    cli::finish_answer(code);
    return code;
}
