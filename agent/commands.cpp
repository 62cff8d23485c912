#include "agent/commands.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "agent/bound_credential.hpp"
#include "agent/credentials/store.hpp"
#include "agent/listen_command.hpp"
#include "agent/pair_command.hpp"
#include "agent/pairing/device.hpp"
#include "agent/running_agent.hpp"
#include "agent/service/control.hpp"
#include "agent/service/status.hpp"
#include "agent/store_settings.hpp"
#include "agent/terminal.hpp"
#include "agent/unpair_command.hpp"
#include "platform/json.hpp"
#include "platform/text.hpp"

namespace commands {
namespace {

using arguments::Command;
using arguments::Parsed;
using service::Config;
using service::Exit;

Exit adopt(const Config& config) {
    if (const Error ec = running::become_owner_of(config.paths.state)) {
        return complain(config.paths.state.string() + ": " + ec.message()), Exit::failure;
    }
    credentials::Store store(store_settings(config));
    credentials::StoreSettings anywhere = store_settings(config);
    anywhere.bind = false;
    auto foreign = credentials::Store(anywhere).load();
    if (foreign) {
        const auto bound = bind_stored(config, store, *foreign, false);
        if (!bound.problem.empty()) return complain(bound.problem), Exit::bad_configuration;
    }
    const Error ec = store.adopt();
    if (ec) return complain(store.explain(ec)), Exit::failure;
    print("This machine has taken over the credential.\n");
    return Exit::ok;
}

std::filesystem::path control_socket(const Config& config) {
    return service::socket_of(config.paths);
}

Exit no_agent(const Config& config) {
    complain("no agent runs for this profile (" + control_socket(config).string() +
             "): start it by  systemctl start bmc-agent  or run  agent");
    return Exit::not_running;
}

/// Somebody listens and gave no answer.
Exit exit_of_silence(const service::ControlReply& asked) {
    return asked.forbidden || asked.stranger ? Exit::refused : Exit::unavailable;
}

Exit status(const Parsed& parsed, const Config& config) {
    const auto asked = service::ask_agent(service::socket_to_read(config.paths), "GET", "/status");
    if (!asked.running) return no_agent(config);
    if (asked.status != 200) return complain(asked.problem), exit_of_silence(asked);
    const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    if (parsed.json) print_json(asked.body + "\n");
    if (!parsed.json) print(service::status_for_people(asked.body, now));
    return service::exit_of_status(asked.body);
}

Exit metrics(const Config& config) {
    const auto asked = service::ask_agent(service::socket_to_read(config.paths), "GET", "/metrics");
    if (!asked.running) return no_agent(config);
    if (asked.status != 200) return complain(asked.problem), exit_of_silence(asked);
    print(asked.body);
    return Exit::ok;
}

/// A command that the running agent carries out, and whose sentence is printed.
Exit tell(const Config& config, std::string target) {
    const auto asked = service::ask_agent(control_socket(config), "POST", std::move(target));
    if (!asked.running) return no_agent(config);
    const auto tree = platform::parse_json(asked.body);
    const auto text = tree ? platform::get_string(*tree, "text").value_or("") : asked.problem;
    const bool ok = asked.status == 200;
    if (asked.stranger) return complain(asked.problem), Exit::refused;
    (ok ? say : complain)(text);
    return ok ? Exit::ok : Exit::failure;
}

Exit list_profiles(const Parsed& parsed) {
    for (const auto& name : platform::list_profiles(parsed.config.paths)) {
        print((name.empty() ? "(default)" : name) + "\n");
    }
    return Exit::ok;
}

}  // namespace

void delete_row(const Config& config, const credentials::Credential& credential) {
    net::io_context io{1};
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

Exit run(const Parsed& parsed, const Config& config) {
    switch (parsed.command) {
        case Command::pair:
            return pair(parsed, config);
        case Command::adopt:
            return adopt(config);
        case Command::profiles:
            return list_profiles(parsed);
        case Command::status:
            return status(parsed, config);
        case Command::metrics:
            return metrics(config);
        case Command::unpair:
            return unpair(parsed, config);
        case Command::pause:
            return tell(config,
                        parsed.pause_time ? "/pause?for=" + std::to_string(parsed.pause_time->count()) : "/pause");
        case Command::resume:
            return tell(config, "/resume");
        case Command::reload:
            return tell(config, "/reload");
        case Command::listen:
            return listen_command::run(parsed, config);
        default:
            complain("this command is not there on this system");
            return Exit::usage;
    }
}

}  // namespace commands
