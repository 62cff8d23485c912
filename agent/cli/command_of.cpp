// From the command line as it was given to one command with its arguments.
#include "agent/cli/bridge.hpp"
#include "agent/cli/call.hpp"
#include "agent/cli/given.hpp"
#include "agent/cli/listen.hpp"
#include "agent/config/values.hpp"
#include "agent/pairing/device.hpp"
#include "agent/pairing/renewal.hpp"
#include "agent/relay/pause.hpp"

namespace cli::arguments {
namespace {

std::string take_renewal(const Given& given, Name command, Pair& pair) {
    if (!given.renew_before.given) return {};
    if (command != Name::pair) return "--renew-before belongs to --pair";
    if (given.rotate || given.force) return "--renew-before decides by itself: leave --rotate and --force out";
    const auto time = config::parse_duration(given.renew_before.value);
    if (!time || *time < std::chrono::seconds{1} || *time > pairing::longest_renew_before) {
        return "--renew-before must be a time with its unit, such as 30d or 12h, 3650d at most";
    }
    pair.renew_before = std::chrono::floor<std::chrono::seconds>(*time);
    pair.if_unpaired = true;
    return {};
}

Pair pair_of(const Given& given) {
    Pair pair;
    pair.token = given.token;
    pair.device = given.device;
    pair.name = given.name.value;
    pair.force = given.force;
    pair.rotate = given.rotate;
    pair.if_unpaired = given.if_unpaired;
    pair.no_browser = given.no_browser;
    pair.expect_account = given.expect_account;
    return pair;
}

/// The values that are read here whatever the command is.
struct Values {
    Pair pair;
    Duration join_timeout{};
    Pause pause;
};

std::string take_values(const Given& given, Name command, Values& values) {
    if (given.name.given) {
        if (auto what = pairing::what_is_wrong_with_name(given.name.value); !what.empty()) return "--name: " + what;
    }
    const auto limit = config::parse_duration(given.join_timeout);
    if (!limit || *limit <= Duration::zero()) return "--join-timeout must be a time with its unit, such as 60s";
    values.join_timeout = *limit;
    values.pair = pair_of(given);
    if (auto what = take_renewal(given, command, values.pair); !what.empty()) return what;
    if (given.pause.value.empty()) return {};
    values.pause.time = relay::read_pause_time(given.pause.value);
    return values.pause.time ? "" : "--pause: a time such as 90s, 30m, 2h or 1d, 30 days at most";
}

Listen listen_of(const Given& given) {
    Listen listen = given.listen;
    listen.topic = given.topic.value;
    listen.token = given.token;
    return listen;
}

Command call_of(const Given& given, std::string& problem) {
    constexpr std::size_t device = 0, method = 1, params = 2;
    Call call = given.calling;
    call.token = given.token;
    call.trust = given.trust;
    call.device = given.call[device];
    if (given.call.size() > method) call.method = given.call[method];
    if (given.call.size() > params) call.params = given.call[params];
    const auto timeout = config::parse_duration(given.call_timeout);
    if (!timeout || *timeout < std::chrono::milliseconds{1}) {
        problem = "--timeout must be a time with its unit, such as 30s";
        return Wrong{};
    }
    call.timeout = *timeout;
    problem = call_command::what_is_wrong(call);
    return problem.empty() ? Command{std::move(call)} : Command{Wrong{}};
}

Command watch_of(const Given& given, std::string& problem) {
    if (given.watch.value.empty()) {
        problem = "--watch needs a device: its uuid or its name (agent --devices lists them)";
        return Wrong{};
    }
    return Watch{given.token, given.watch.value, given.record};
}

Command replay_of(const Given& given, std::string& problem) {
    if (given.replay.value.empty()) {
        problem = "--replay needs a file that --record wrote";
        return Wrong{};
    }
    return Replay{given.replay.value};
}

Command bridge_of(const Given& given, std::string& problem) {
    Bridge bridge = given.bridge;
    bridge.token = given.token;
    bridge.trust = given.trust;
    bridge.listen = given.listens;
    bridge.exec = given.exec;
    bridge.record = given.record;
    problem = bridge_command::what_is_wrong(bridge);
    return problem.empty() ? Command{std::move(bridge)} : Command{Wrong{}};
}

Run run_of(const Given& given, Values values) {
    Run run;
    if (given.ephemeral) run.ephemeral = std::move(values.pair);
    run.device = given.device;
    run.exec = given.exec;
    run.join_timeout = values.join_timeout;
    return run;
}

/// One without arguments.
Command bare(Name command) {
    switch (command) {
        case Name::status:
            return Status{};
        case Name::metrics:
            return Metrics{};
        case Name::resume:
            return Resume{};
        case Name::reload:
            return Reload{};
        case Name::adopt:
            return Adopt{};
        case Name::profiles:
            return Profiles{};
        case Name::browser_host:
            return BrowserHost{};
        case Name::logout:
            return Logout{};
        default:
            return Wrong{};
    }
}

/// One whose arguments are as they were given.
Command plain(const Given& given, Name command) {
    switch (command) {
        case Name::unpair:
            return Unpair{given.delete_device};
        case Name::support_bundle:
            return SupportBundle{given.bundle_file};
        case Name::config_check:
            return ConfigCheck{given.device};
        case Name::policy_check:
            return PolicyCheck{given.policy_check};
        case Name::generate:
            return Generate{given.generate_what};
        case Name::hand_over:
            return HandOver{given.hand_to};
        case Name::doctor:
            return Doctor{given.device};
        case Name::devices:
            return Devices{given.token};
        case Name::login:
            return Login{given.no_browser, given.expect_account};
        case Name::key:
            return Key{given.trust.key_file};
        case Name::forget_device:
            return ForgetDevice{given.forget_device.value};
        default:
            return bare(command);
    }
}

}  // namespace

Command command_of(const Given& given, Name command, std::string& problem) {
    if (command == Name::listen) {
        problem = listen_command::what_is_wrong(listen_of(given));
        if (!problem.empty()) return Wrong{};
    }
    if (command == Name::call) return call_of(given, problem);
    if (command == Name::watch) return watch_of(given, problem);
    if (command == Name::bridge) return bridge_of(given, problem);
    if (command == Name::replay) return replay_of(given, problem);
    Values values;
    problem = take_values(given, command, values);
    if (!problem.empty()) return Wrong{};
    if (command == Name::run) return run_of(given, std::move(values));
    if (command == Name::pair) return std::move(values.pair);
    if (command == Name::pause) return values.pause;
    if (command == Name::listen) return listen_of(given);
    return plain(given, command);
}

}  // namespace cli::arguments
