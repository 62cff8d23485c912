#include "agent/cli/pair.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "agent/cli/screen.hpp"
#include "agent/cli/store_owner.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/control/running_agent.hpp"
#include "agent/credentials/outside_secrets.hpp"
#include "agent/credentials/store.hpp"
#include "agent/pairing/bound_credential.hpp"
#include "agent/pairing/device.hpp"
#include "agent/pairing/proof.hpp"
#include "agent/pairing/renewal.hpp"
#include "agent/pairing/store_settings.hpp"
#include "platform/clock.hpp"
#include "platform/file.hpp"
#include "platform/json/tree.hpp"
#include "platform/loop.hpp"
#include "platform/text.hpp"

namespace cli::commands {

using arguments::Pair;
using arguments::Parsed;
using arguments::TokenFrom;
using config::Config;
using control::Exit;

namespace {

pairing::PairResult run_pairing(pairing::PairNeeds needs, pairing::PairRequest request, pairing::TokenInput token,
                                platform::Loop& io) {
    pairing::PairResult result;
    auto work = [&]() -> awaitable<void> {
        result = co_await pairing::pair(std::move(needs), std::move(request), std::move(token));
        // The terminal may still wait for a line that nobody needs any more.
        io.stop();
    };
    net::co_spawn(io, work, rethrow);
    io.run();
    return result;
}

/// Reads what was handed in. Nothing: it was taken.
std::optional<Exit> take_token(const TokenFrom& from, const Config& config, const credentials::Store* store,
                               pairing::TokenInput& token) {
    std::string problem;
    const auto text = fetch_token(from, problem);
    if (!text) return complain(problem), Exit::usage;
    if (store != nullptr && store->is_refused(text->reveal())) {
        return complain(store->explain(credentials::Errc::refused_token)), Exit::refused;
    }
    if (const auto wrong = pairing::read_token(text->reveal(), token)) return complain(wrong->what), Exit::usage;
    if (store != nullptr && store->is_refused(token.access_token.reveal())) {
        return complain(store->explain(credentials::Errc::refused_token)), Exit::refused;
    }
    if (const auto wrong = pairing::why_not_there(config, token); !wrong.empty()) return complain(wrong), Exit::usage;
    return std::nullopt;
}

/// Hears what is done, and is asked nothing.
struct Hearer final : pairing::Person {
    void say(std::string_view line) override { cli::say(line); }
};

pairing::PairNeeds needs_of(platform::Worker& network, credentials::Store* store, const Config& config,
                            pairing::Person& person) {
    return {
        network, network, store, config.pairing, config.realtime, config.api.key, pairing::configured_backend(config),
        person};
}

/// Why a machine that is paired needs another credential, by its own end or by the server's word; empty: it needs none.
std::string why_paired_anew(const Config& config, credentials::Store& store, credentials::Credential stored,
                            std::optional<std::chrono::seconds> before) {
    auto why = pairing::why_renew(stored, before, platform::wall_now());
    if (!why.empty()) return why;
    platform::Loop io;
    platform::Worker network{"network"};
    pairing::Proof proof;
    auto look = [&]() -> awaitable<void> {
        auto proving = pairing::prove_stored(network, config.realtime, store, std::move(stored), pairing::look_limit);
        proof = co_await std::move(proving);
    };
    net::co_spawn(io, look, rethrow);
    io.run();
    if (proof.how == pairing::Proven::joined) return {};
    if (proof.cause == realtime::Cause::credential) return "the server does not take its credential: " + proof.reason;
    say("Whether the server still takes its credential could not be found out: " + proof.reason);
    return {};
}

bool is_unchanged(const Pair& wished, const credentials::Credential* replaced, const pairing::TokenInput& token) {
    return replaced != nullptr &&
           !pairing::why_unchanged(*replaced, token, wished.renew_before, platform::wall_now()).empty();
}

/// Takes the token that was handed in, else sees to it that somebody can log in; the exit code where neither helps.
/// `replaced`: the credential that is there and is to be renewed, for the reason `renewal`; null: none is.
std::optional<Exit> find_way(const Pair& wished, const Config& config, const credentials::Store& store,
                             const credentials::Credential* replaced, const std::string& renewal,
                             pairing::TokenInput& token) {
    if (is_handed_in(wished.token)) {
        if (const auto wrong = take_token(wished.token, config, &store, token)) return wrong;
        const bool same = is_unchanged(wished, replaced, token);
        const auto old = same || replaced == nullptr ? std::string{} : pairing::why_no_renewal(*replaced, token);
        if (!old.empty()) return complain(old), Exit::usage;
        return std::nullopt;
    }
    if (replaced != nullptr) return complain(renewal + std::string(pairing::no_new_token)), Exit::refused;
    if (const auto problem = why_no_login(wished); !problem.empty()) return complain(problem), Exit::usage;
    if (const auto wrong = pairing::login_problem(config); !wrong.empty()) {
        return complain(wrong), Exit::bad_configuration;
    }
    return std::nullopt;
}

Exit pair_here(const Pair& wished, bool json, const Config& configured) {
    if (const auto wrong = become_store_owner(configured)) return *wrong;
    credentials::Store store(pairing::store_settings(configured));
    auto before = store.load();
    if (before && (wished.if_unpaired || wished.rotate)) {
        const auto bound = pairing::bind_stored(configured, store, *before, true);
        if (!bound.problem.empty()) return complain(bound.problem), Exit::bad_configuration;
    }
    const Config config = pairing::for_pairing(configured, before ? before->backend : credentials::Backend{});
    std::string renewal;
    if (wished.if_unpaired && before) {
        renewal = why_paired_anew(config, store, before->clone(), wished.renew_before);
        if (renewal.empty()) return print_paired(json, before->device_uuid, before->device_name, false), Exit::ok;
        say("This machine is paired, and " + renewal + ".");
    }
    pairing::TokenInput token;
    const auto* replaced = renewal.empty() ? nullptr : &*before;
    if (const auto wrong = find_way(wished, config, store, replaced, renewal, token)) return *wrong;
    if (is_unchanged(wished, replaced, token)) {
        say(pairing::why_unchanged(*replaced, token, wished.renew_before, platform::wall_now()));
        return print_paired(json, before->device_uuid, before->device_name, false), Exit::ok;
    }
    platform::Loop io;
    platform::Worker network{"network"};
    Terminal terminal(io.get_executor());
    TerminalPerson person{terminal, Terminal::is_interactive() && !wished.if_unpaired,
                          has_screen() && !wished.no_browser};
    auto needs = needs_of(network, &store, config, person);
    auto request = request_of(wished);
    request.login = !is_handed_in(wished.token);
    request.rotate = request.rotate || !renewal.empty();
    const auto result = run_pairing(std::move(needs), std::move(request), std::move(token), io);
    if (result.outcome != pairing::PairOutcome::paired) return complain(result.problem), exit_of(result.outcome);
    print_paired(json, result.credential->device_uuid, result.credential->device_name, true);
    say("No agent runs for this profile yet: start it by  agent  or  systemctl start bmc-agent");
    return Exit::ok;
}

}  // namespace

Exit pair(const Pair& wished, const Parsed& parsed, const Config& config) {
    const auto agent = control::running::find(config, control::running::Need::pair);
    if (!agent.problem.empty()) return complain(agent.problem, agent.remedy), Exit::refused;
    if (!agent.socket.empty()) return pair_remotely(wished, parsed, config, agent.socket);
    return pair_here(wished, parsed.json, config);
}

Exit pair_in_memory(const Pair& wished, const Config& config, std::optional<credentials::Credential>& out,
                    bool& made_row) {
    if (!is_handed_in(wished.token)) {
        complain("--ephemeral needs a token: --token-stdin, --token-file FILE or the service manager's bmc-token");
        return Exit::usage;
    }
    pairing::TokenInput token;
    if (const auto wrong = take_token(wished.token, config, nullptr, token)) return *wrong;
    platform::Loop io;
    platform::Worker network{"network"};
    Hearer person;
    auto needs = needs_of(network, nullptr, config, person);
    auto request = request_of(wished);
    request.ephemeral = true;
    request.prove = false;
    auto result = run_pairing(std::move(needs), std::move(request), std::move(token), io);
    if (result.outcome != pairing::PairOutcome::paired) return complain(result.problem), exit_of(result.outcome);
    out = std::move(result.credential);
    made_row = result.made_row;
    out->origin = credentials::Origin::ephemeral;
    return Exit::ok;
}

bool is_handed_in(const TokenFrom& from) {
    return !from.empty() || credentials::systemd_credential("bmc-token");
}

Result<credentials::Secret> fetch_token(const TokenFrom& from, std::string& problem) {
    if (from.standard_input) {
        // One piece of memory, so that no part of a token stays behind in one that was outgrown.
        std::string text(credentials::outside_bytes, '\0');
        std::size_t size = 0;
        ssize_t n = 0;
        while (size < text.size() && (n = ::read(STDIN_FILENO, text.data() + size, text.size() - size)) > 0) {
            size += static_cast<std::size_t>(n);
        }
        const credentials::Secret whole(std::move(text));
        return credentials::Secret(whole.reveal().substr(0, size));
    }
    const auto given = credentials::systemd_credential("bmc-token");
    const auto file = !from.file.empty() ? from.file : given.value_or("");
    auto text = credentials::read_outside(file);
    if (!text) problem = platform::explain_refusal(file, text.error());
    return text;
}

std::string why_no_login(const Pair& wished) {
    // Who names the account beforehand need not be asked: the login itself may happen elsewhere.
    const bool answerable = Terminal::is_interactive() || !wished.expect_account.empty();
    if (wished.if_unpaired || !answerable) {
        return "nobody is here to log in: hand in a token by --token-stdin, --token-file FILE or the service manager's "
               "credential bmc-token, or run  agent --pair  in a terminal";
    }
    return {};
}

pairing::PairRequest request_of(const Pair& wished) {
    pairing::PairRequest request;
    request.device_uuid = wished.device;
    request.device_name = wished.name;
    request.force = wished.force;
    request.rotate = wished.rotate;
    request.renew_before = wished.renew_before;
    request.expect_account = wished.expect_account;
    const char* user = std::getenv("USER");
    const auto machine = pairing::machine_name();
    request.machine = user != nullptr && *user != '\0' ? std::string(user) + "@" + machine : machine;
    return request;
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
        case pairing::PairOutcome::misconfigured:
            return Exit::bad_configuration;
    }
    return Exit::failure;
}

void print_paired(bool json, const std::string& uuid, const std::string& name, bool changed) {
    if (json) {
        print_json(platform::to_text(nlohmann::json{{"changed", changed}, {"device", uuid}}) + "\n");
    } else {
        print((changed ? "Paired: device " : "Paired already: device ") + platform::clean(uuid) + " (" +
              platform::clean(name) + ").\n");
    }
}

}  // namespace cli::commands
