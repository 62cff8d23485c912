#include "agent/commands.hpp"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

#include <nlohmann/json.hpp>
#include "agent/credentials/outside.hpp"
#include "agent/credentials/store.hpp"
#include "agent/credentials/token_endpoint.hpp"
#include "agent/listen_command.hpp"
#include "agent/pairing/device.hpp"
#include "agent/pairing/pair.hpp"
#include "agent/service/control.hpp"
#include "agent/service/status.hpp"
#include "platform/file.hpp"
#include "platform/json.hpp"
#include "platform/secret.hpp"
#include "platform/text.hpp"

namespace commands {
namespace {

using arguments::Command;
using arguments::Parsed;
using service::Config;
using service::Exit;

void complain(std::string_view what) {
    std::fprintf(stderr, "agent: %.*s\n", static_cast<int>(what.size()), what.data());
}

credentials::StoreSettings store_settings(const Config& config) {
    return {.folder = config.paths.state, .bind = config.credentials.bind, .key_file = config.credentials.key_file};
}

/// Asks on the terminal; no without one.
bool ask(std::string_view question) {
    std::fprintf(stderr, "%.*s [y/N] ", static_cast<int>(question.size()), question.data());
    std::string answer;
    return std::getline(std::cin, answer) && (answer == "y" || answer == "Y" || answer == "yes");
}

Exit exit_of(pairing::PairOutcome outcome) {
    switch (outcome) {
        case pairing::PairOutcome::paired:
            return Exit::ok;
        case pairing::PairOutcome::refused:
            return Exit::refused;
        case pairing::PairOutcome::unavailable:
            return Exit::unavailable;
        case pairing::PairOutcome::wrong_input:
            return Exit::usage;
        case pairing::PairOutcome::not_stored:
            return Exit::failure;
    }
    return Exit::failure;
}

void say(std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

pairing::PairResult run_pairing(pairing::PairNeeds needs, pairing::PairRequest request, pairing::TokenInput token,
                                net::io_context& io) {
    pairing::PairResult result;
    auto work = [&]() -> awaitable<void> {
        result = co_await pairing::pair(std::move(needs), std::move(request), std::move(token));
    };
    net::co_spawn(io, work, rethrow);
    io.run();
    return result;
}

void print_paired(const Parsed& parsed, const credentials::Credential& credential, bool changed) {
    if (parsed.json) {
        std::printf("{\"changed\":%s,\"device\":\"%s\"}\n", changed ? "true" : "false", credential.device_uuid.c_str());
    } else if (changed) {
        std::printf("Paired: device %s (%s).\n", credential.device_uuid.c_str(), credential.device_name.c_str());
    } else {
        std::printf("Paired already: device %s (%s).\n", credential.device_uuid.c_str(),
                    credential.device_name.c_str());
    }
}

/// Without a token somebody must be there to log in.
std::string why_no_login(const Parsed& parsed) {
    // Who names the account beforehand need not be asked: the login itself may happen elsewhere.
    const bool answerable = ::isatty(STDIN_FILENO) == 1 || !parsed.expect_account.empty();
    if (parsed.if_unpaired || !answerable) {
        return "nobody is here to log in: hand in a token by --token-stdin, --token-file FILE or the service manager's "
               "credential bmc-token, or run  agent --pair  in a terminal";
    }
    return {};
}

Exit pair(const Parsed& parsed, const Config& config) {
    credentials::Store store(store_settings(config));
    if (parsed.if_unpaired) {
        const auto before = store.load();
        if (before) return print_paired(parsed, *before, false), Exit::ok;
    }
    pairing::TokenInput token;
    const bool handed =
        parsed.token_stdin || !parsed.token_file.empty() || credentials::systemd_credential("bmc-token");
    if (handed) {
        std::string problem;
        const auto text = fetch_token(parsed, problem);
        if (!text) return complain(problem), Exit::usage;
        if (store.is_refused(text->reveal()))
            return complain(store.explain(credentials::Errc::refused_token)), Exit::refused;
        if (const auto wrong = pairing::read_token(text->reveal(), token)) return complain(wrong->what), Exit::usage;
    } else if (const auto problem = why_no_login(parsed); !problem.empty()) {
        return complain(problem), Exit::usage;
    }
    net::io_context io{1};
    platform::Worker network{"network"};
    pairing::PairNeeds needs{network, &store, config.pairing, config.realtime, config.api.key, say, {}};
    if (::isatty(STDIN_FILENO) == 1 && !parsed.if_unpaired) needs.confirm = ask;
    pairing::PairRequest request;
    request.device_uuid = parsed.device;
    request.device_name = parsed.name;
    request.force = parsed.force;
    request.ephemeral = parsed.ephemeral;
    request.rotate = parsed.rotate;
    request.login = !handed;
    request.no_browser = parsed.no_browser;
    request.expect_account = parsed.expect_account;
    const auto result = run_pairing(std::move(needs), std::move(request), std::move(token), io);
    if (result.outcome != pairing::PairOutcome::paired) return complain(result.problem), exit_of(result.outcome);
    print_paired(parsed, *result.credential, true);
    return Exit::ok;
}

Exit adopt(const Config& config) {
    credentials::Store store(store_settings(config));
    const Error ec = store.adopt();
    if (ec) return complain(store.explain(ec)), Exit::failure;
    std::puts("This machine has taken over the credential.");
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

Exit status(const Parsed& parsed, const Config& config) {
    const auto asked = service::ask_agent(service::socket_to_read(config.paths), "GET", "/status");
    if (!asked.running) return no_agent(config);
    if (asked.status != 200) return complain(asked.problem), asked.forbidden ? Exit::refused : Exit::unavailable;
    const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto text = parsed.json ? asked.body + "\n" : service::status_for_people(asked.body, now);
    std::fputs(text.c_str(), stdout);
    return service::exit_of_status(asked.body);
}

Exit metrics(const Config& config) {
    const auto asked = service::ask_agent(service::socket_to_read(config.paths), "GET", "/metrics");
    if (!asked.running) return no_agent(config);
    if (asked.status != 200) return complain(asked.problem), asked.forbidden ? Exit::refused : Exit::unavailable;
    std::fputs(asked.body.c_str(), stdout);
    return Exit::ok;
}

/// A command that the running agent carries out, and whose sentence is printed.
Exit tell(const Config& config, std::string target, bool& running) {
    const auto asked = service::ask_agent(control_socket(config), "POST", std::move(target));
    running = asked.running;
    if (!asked.running) return Exit::not_running;
    const auto tree = platform::parse_json(asked.body);
    const auto text = tree ? platform::get_string(*tree, "text").value_or("") : asked.problem;
    const bool ok = asked.status == 200;
    (ok ? say : complain)(text);
    const bool confirmed = !tree || platform::get_bool(*tree, "confirmed").value_or(true);
    if (ok && !confirmed) return Exit::not_revoked;
    return ok ? Exit::ok : Exit::failure;
}

Exit tell(const Config& config, std::string target) {
    bool running = false;
    const auto code = tell(config, std::move(target), running);
    return running ? code : no_agent(config);
}

/// Without a running agent: the same wipe here.
Exit unpair_here(const Config& config) {
    credentials::Store store(store_settings(config));
    const auto before = store.load();
    if (!before && before.error() == credentials::Errc::none) return say("This machine is not paired."), Exit::ok;
    const Error ec = store.wipe();
    if (ec) return complain("the store: " + store.explain(ec)), Exit::failure;
    say("Unpaired: the credential was wiped.");
    if (!before || !before->refresh || before->refresh->revocation_url.empty()) return Exit::ok;
    net::io_context io{1};
    platform::Worker network{"network"};
    Error revoked;
    auto work = [&]() -> awaitable<void> {
        auto revoke = credentials::make_revoke(network, config.net);
        revoked = co_await revoke(*before->refresh);
    };
    net::co_spawn(io, work, rethrow);
    io.run();
    if (!revoked) return say("The server has revoked it."), Exit::ok;
    complain("the server did not confirm the revocation (" + revoked.message() +
             "): revoke this device's access in the dashboard");
    return Exit::not_revoked;
}

Exit unpair(const Config& config) {
    bool running = false;
    const auto code = tell(config, "/unpair", running);
    return running ? code : unpair_here(config);
}

Exit list_profiles(const Parsed& parsed) {
    for (const auto& name : platform::list_profiles(parsed.config.paths)) {
        std::puts(name.empty() ? "(default)" : name.c_str());
    }
    return Exit::ok;
}

}  // namespace

Result<credentials::Secret> fetch_token(const Parsed& parsed, std::string& problem) {
    if (parsed.token_stdin) {
        std::string text;
        char buffer[4096];
        ssize_t n = 0;
        while ((n = ::read(STDIN_FILENO, buffer, sizeof buffer)) > 0 && text.size() <= credentials::outside_bytes) {
            text.append(buffer, static_cast<std::size_t>(n));
        }
        return credentials::Secret(std::move(text));
    }
    const auto given = credentials::systemd_credential("bmc-token");
    const auto file = !parsed.token_file.empty() ? parsed.token_file : given.value_or("");
    auto text = credentials::read_outside(file);
    if (!text) {
        problem = file.string() + ": " + text.error().message();
        if (text.error() == platform::FileErrc::loose_mode) problem = platform::mode_complaint(file);
    }
    return text;
}

Exit pair_in_memory(const Parsed& parsed, const Config& config, std::optional<credentials::Credential>& out,
                    bool& made_row) {
    pairing::TokenInput token;
    std::string problem;
    const auto text = fetch_token(parsed, problem);
    if (!text) return complain(problem), Exit::usage;
    if (const auto wrong = pairing::read_token(text->reveal(), token)) return complain(wrong->what), Exit::usage;
    net::io_context io{1};
    platform::Worker network{"network"};
    pairing::PairNeeds needs{network, nullptr, config.pairing, config.realtime, config.api.key, say, {}};
    pairing::PairRequest request;
    request.device_uuid = parsed.device;
    request.device_name = parsed.name;
    request.ephemeral = true;
    request.prove = false;
    auto result = run_pairing(std::move(needs), std::move(request), std::move(token), io);
    if (result.outcome != pairing::PairOutcome::paired) return complain(result.problem), exit_of(result.outcome);
    out = std::move(result.credential);
    made_row = result.made_row;
    out->origin = credentials::Origin::ephemeral;
    return Exit::ok;
}

void delete_row(const Config& config, const credentials::Credential& credential) {
    net::io_context io{1};
    platform::Worker network{"network"};
    const pairing::RestAccess rest{network, config.net, config.pairing.rest_url, credential.api_key,
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
            return unpair(config);
        case Command::pause:
            return tell(config, "/pause");
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
