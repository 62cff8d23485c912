#include "agent/cli/login.hpp"

#include <utility>

#include "agent/cli/pair.hpp"
#include "agent/cli/screen.hpp"
#include "agent/cli/store_owner.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/credentials/store.hpp"
#include "agent/pairing/account.hpp"
#include "agent/pairing/binding.hpp"
#include "agent/pairing/store_settings.hpp"
#include "agent/pairing/withdraw.hpp"
#include "platform/file.hpp"
#include "platform/loop.hpp"
#include "platform/text.hpp"

namespace cli::login_command {
namespace {

using control::Exit;

/// How a text about a pairing reads for a login.
std::string of_login(std::string text) {
    constexpr std::string_view unpaired = "Unpaired:";
    if (text.starts_with(unpaired)) text.replace(0, unpaired.size(), "Logged out:");
    return text;
}

}  // namespace

/// Asks the person, and keeps what the login gives in the store.
pairing::PairResult ask_person(const arguments::Login& wished, const config::Config& config,
                               credentials::Store& store) {
    arguments::Pair as_pairing;
    as_pairing.no_browser = wished.no_browser;
    as_pairing.expect_account = wished.expect_account;
    platform::Loop io;
    platform::Worker network{"network"};
    Terminal terminal(io.get_executor());
    TerminalPerson person{terminal, Terminal::is_interactive(), has_screen() && !wished.no_browser};
    pairing::PairNeeds needs{
        network, network, &store, config.pairing, config.realtime, config.api.key, pairing::configured_backend(config),
        person};
    pairing::PairResult result;
    const auto work = [&]() -> awaitable<void> {
        auto request = commands::request_of(as_pairing);
        result = co_await pairing::log_in_account(std::move(needs), std::move(request));
        io.stop();  // the terminal may still wait for a line that nobody needs any more
    };
    net::co_spawn(io, work, rethrow);
    io.run();
    return result;
}

Exit log_in(const arguments::Login& wished, const config::Config& configured) {
    if (const auto wrong = become_store_owner(configured)) return *wrong;
    if (!Terminal::is_interactive() && wished.expect_account.empty()) {
        return complain("nobody is here to log in: run it in a terminal, or name the account by --expect-account"),
               Exit::usage;
    }
    // An agent that is paired later wants the folder above for itself alone.
    if (const Error ec = platform::make_private_folder(configured.paths.state)) {
        return complain(platform::explain_refusal(configured.paths.state, ec)), Exit::failure;
    }
    credentials::Store store(pairing::controller_store_settings(configured));
    const auto before = store.load();
    const config::Config config = pairing::for_pairing(configured, before ? before->backend : credentials::Backend{});
    if (const auto wrong = pairing::login_problem(config); !wrong.empty()) {
        return complain(wrong), Exit::bad_configuration;
    }
    const auto result = ask_person(wished, config, store);
    if (result.outcome != pairing::PairOutcome::paired) {
        return complain(result.problem), commands::exit_of(result.outcome);
    }
    print("Logged in as " + platform::clean(result.credential->account) + ". agent --devices lists the devices.\n");
    return Exit::ok;
}

Exit log_out(const config::Config& config) {
    if (const auto wrong = become_store_owner(config)) return *wrong;
    credentials::Store store(pairing::controller_store_settings(config));
    auto unused = pairing::unpair_unused(store);
    if (!unused) return print("Nobody is logged in.\n"), Exit::ok;
    if (unused->failed) return complain(unused->text), Exit::failure;
    if (!unused->credential) return say(of_login(unused->text)), Exit::not_revoked;
    platform::Loop io;
    platform::Worker network{"network"};
    pairing::Withdrawal done;
    const auto work = [&]() -> awaitable<void> {
        auto withdrawing = pairing::withdraw(network, config, std::move(*unused->credential), false);
        done = co_await std::move(withdrawing);
    };
    net::co_spawn(io, work, rethrow);
    io.run();
    say(of_login(done.text));
    return done.confirmed ? Exit::ok : Exit::not_revoked;
}

}  // namespace cli::login_command
