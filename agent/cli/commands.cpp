#include "agent/cli/commands.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "agent/cli/bridge.hpp"
#include "agent/cli/call.hpp"
#include "agent/cli/devices.hpp"
#include "agent/cli/key.hpp"
#include "agent/cli/listen.hpp"
#include "agent/cli/login.hpp"
#include "agent/cli/pair.hpp"
#include "agent/cli/store_owner.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/cli/unpair.hpp"
#include "agent/cli/watch.hpp"
#include "agent/control/control.hpp"
#include "agent/control/running_agent.hpp"
#include "agent/control/status.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/store_files.hpp"
#include "agent/pairing/bound_credential.hpp"
#include "agent/pairing/device.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/json/tree.hpp"
#include "platform/loop.hpp"
#include "platform/text.hpp"

namespace cli::commands {
namespace {

using arguments::Parsed;
using config::Config;
using control::Exit;

Exit adopt(const Config& config) {
    const auto agent = control::running::find(config, control::running::Need::pair);
    if (!agent.problem.empty()) return complain(agent.problem, agent.remedy), Exit::refused;
    if (const auto wrong = become_store_owner(config)) return *wrong;
    credentials::Store store(pairing::store_settings(config));
    credentials::StoreSettings anywhere = pairing::store_settings(config);
    anywhere.bind = false;
    auto foreign = credentials::Store(anywhere).load();
    if (foreign) {
        const auto bound = pairing::bind_stored(config, store, *foreign, false);
        if (!bound.problem.empty()) return complain(bound.problem), Exit::bad_configuration;
    }
    Error ec = store.adopt();
    if (ec == boost::system::errc::no_such_file_or_directory) ec = credentials::Errc::none;
    if (ec == credentials::Errc::none) return complain(store.explain(ec), "agent --pair"), Exit::failure;
    if (ec) return complain(store.explain(ec)), Exit::failure;
    print("This machine has taken over the credential.\n");
    return Exit::ok;
}

/// The agent of this profile that runs without a control socket, which its log has told of.
std::optional<pid_t> deaf_agent(const Config& config) {
    const auto holder = credentials::Lock::present_holder(config.paths.state / credentials::files::agent_lock);
    return holder ? std::optional{static_cast<pid_t>(holder->pid)} : std::nullopt;
}

Exit no_agent(const Config& config) {
    if (const auto pid = deaf_agent(config)) {
        complain(
            fmt::format("an agent runs for this profile (pid {}) and has no control socket ({}): its log says why; "
                        "mend that, and restart it",
                        *pid, control::socket_of(config.paths).string()),
            "journalctl -u bmc-agent, or what the agent prints, says why the socket could not be made");
        return Exit::unavailable;
    }
    complain(fmt::format("no agent runs for this profile ({}): start it by  systemctl start bmc-agent  or run  agent",
                         control::socket_of(config.paths).string()));
    return Exit::not_running;
}

/// The running agent's answer; the exit code where none is reached, which was said then.
std::variant<control::ControlReply, Exit> ask(const Config& config, control::running::Need need, std::string method,
                                              std::string target) {
    const auto agent = control::running::find(config, need);
    if (!agent.problem.empty()) return complain(agent.problem, agent.remedy), Exit::refused;
    if (agent.socket.empty()) return no_agent(config);
    auto asked = control::ask_agent(agent.socket, std::move(method), std::move(target));
    if (!asked.running) return no_agent(config);
    return asked;
}

/// Somebody listens and gave no answer.
Exit exit_of_silence(const control::ControlReply& asked) {
    return asked.forbidden || asked.stranger ? Exit::refused : Exit::unavailable;
}

Exit status(const Config& config, bool json) {
    const auto reply = ask(config, control::running::Need::read, "GET", "/status");
    if (const auto* failed = std::get_if<Exit>(&reply)) return *failed;
    const auto& asked = std::get<control::ControlReply>(reply);
    if (asked.status != 200) return complain(asked.problem, asked.remedy), exit_of_silence(asked);
    const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    if (json) print_json(asked.body + "\n");
    if (!json) print(control::status_for_people(asked.body, now));
    return control::exit_of_status(asked.body);
}

Exit metrics(const Config& config) {
    const auto reply = ask(config, control::running::Need::read, "GET", "/metrics");
    if (const auto* failed = std::get_if<Exit>(&reply)) return *failed;
    const auto& asked = std::get<control::ControlReply>(reply);
    if (asked.status != 200) return complain(asked.problem, asked.remedy), exit_of_silence(asked);
    print(asked.body);
    return Exit::ok;
}

/// The running agent was asked by somebody who may ask, and could not do it.
constexpr int http_conflict = 409;

/// A command that the running agent carries out, and whose sentence is printed. `undone`: the code where it could not.
Exit send_to_agent(const Config& config, std::string target, Exit undone = Exit::failure) {
    const auto reply = ask(config, control::running::Need::change, "POST", std::move(target));
    if (const auto* failed = std::get_if<Exit>(&reply)) return *failed;
    const auto& asked = std::get<control::ControlReply>(reply);
    const auto tree = platform::parse_json(asked.body);
    const auto text = tree ? platform::get_string(*tree, "text").value_or("") : asked.problem;
    const bool ok = asked.status == 200;
    if (asked.stranger) return complain(asked.problem), Exit::refused;
    if (ok) return say(text), Exit::ok;
    complain(text, asked.remedy);
    if (asked.status == 0) return exit_of_silence(asked);
    return asked.status == http_conflict ? undone : Exit::failure;
}

Exit list_profiles(const Parsed& parsed) {
    const auto names = platform::list_profiles(parsed.config.paths);
    if (parsed.json) print_json(platform::to_text(nlohmann::json{{"profiles", names}}) + "\n");
    for (const auto& name : names) {
        if (!parsed.json) print((name.empty() ? "(default)" : name) + "\n");
    }
    return Exit::ok;
}

}  // namespace

void delete_row(const Config& config, const credentials::Credential& credential) {
    platform::Loop io;
    platform::Worker network{"network"};
    const pairing::RestAccess rest{network, config.net, credential.backend.rest_url, credential.api_key,
                                   credential.access_token};
    auto work = [&]() -> awaitable<void> {
        const auto failed = co_await pairing::delete_device(rest, credential.device_uuid);
        if (failed) complain("the device's row was not deleted: " + failed->what);
    };
    net::co_spawn(io, work, rethrow);
    io.run();
}

namespace {

/// What each command of this room does.
struct Runner {
    const Parsed& parsed;
    const Config& config;

    Exit operator()(const arguments::Pair& wished) const { return pair(wished, parsed, config); }
    Exit operator()(const arguments::Unpair& wished) const { return unpair(wished, config); }
    Exit operator()(const arguments::Listen& wished) const { return listen_command::run(wished, config); }
    Exit operator()(const arguments::Call& wished) const { return call_command::run(wished, config); }
    Exit operator()(const arguments::Bridge& wished) const { return bridge_command::run(wished, config, parsed.json); }
    Exit operator()(const arguments::Devices& wished) const {
        return devices_command::run(wished, config, parsed.json);
    }
    Exit operator()(const arguments::Watch& wished) const { return watch_command::run(wished, config, parsed.json); }
    Exit operator()(const arguments::Login& wished) const { return login_command::log_in(wished, config); }
    Exit operator()(const arguments::Logout&) const { return login_command::log_out(config); }
    Exit operator()(const arguments::Key& wished) const { return key_command::print(wished, config, parsed.json); }
    Exit operator()(const arguments::ForgetDevice& wished) const { return key_command::forget(wished, config); }
    Exit operator()(const arguments::Pause& wished) const {
        return send_to_agent(config, wished.time ? "/pause?for=" + std::to_string(wished.time->count()) : "/pause");
    }
    Exit operator()(const arguments::Adopt&) const { return adopt(config); }
    Exit operator()(const arguments::Profiles&) const { return list_profiles(parsed); }
    Exit operator()(const arguments::Status&) const { return status(config, parsed.json); }
    Exit operator()(const arguments::Metrics&) const { return metrics(config); }
    Exit operator()(const arguments::Resume&) const { return send_to_agent(config, "/resume"); }
    Exit operator()(const arguments::Reload&) const { return send_to_agent(config, "/reload", Exit::not_reloaded); }
    template <class Other>
    Exit operator()(const Other&) const {
        return complain("this command is not there on this system"), Exit::usage;
    }
};

}  // namespace

Exit run(const Parsed& parsed, const Config& config) {
    return std::visit(Runner{parsed, config}, parsed.command);
}

}  // namespace cli::commands
