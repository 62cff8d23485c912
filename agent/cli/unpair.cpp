#include "agent/cli/unpair.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "agent/cli/store_owner.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/control/control.hpp"
#include "agent/control/running_agent.hpp"
#include "agent/credentials/store.hpp"
#include "agent/pairing/store_settings.hpp"
#include "agent/pairing/withdraw.hpp"
#include "platform/json/tree.hpp"
#include "platform/loop.hpp"

namespace cli::commands {

using arguments::Unpair;
using config::Config;
using control::Exit;

namespace {

/// The agent's withdrawal and its wipe.
constexpr std::chrono::seconds longest_unpairing = pairing::withdrawal_limit + std::chrono::seconds{10};

Exit unpair_there(const Unpair& wished, const std::filesystem::path& socket) {
    const auto* target = wished.delete_device ? "/unpair?delete=1" : "/unpair";
    const auto asked = control::ask_agent(socket, "POST", target, longest_unpairing);
    const auto tree = platform::parse_json(asked.body);
    if (!tree)
        return complain(asked.problem.empty() ? "the agent's answer cannot be read" : asked.problem), Exit::failure;
    const auto text = platform::get_string(*tree, "text").value_or("");
    if (asked.status != 200) return complain(text), Exit::failure;
    say(text);
    return platform::get_bool(*tree, "confirmed").value_or(true) ? Exit::ok : Exit::not_revoked;
}

Exit unpair_here(const Unpair& wished, const Config& config) {
    if (const auto wrong = become_store_owner(config)) return *wrong;
    credentials::Store store(pairing::store_settings(config));
    auto unused = pairing::unpair_unused(store);
    if (!unused) return say("This machine is not paired."), Exit::ok;
    if (unused->failed) return complain(unused->text), Exit::failure;
    if (!unused->credential) return say(unused->text), Exit::not_revoked;
    platform::Loop io;
    platform::Worker network{"network"};
    pairing::Withdrawal done;
    auto work = [&]() -> awaitable<void> {
        auto gone = std::move(*unused->credential);
        auto withdrawing = pairing::withdraw(network, config, std::move(gone), wished.delete_device);
        done = co_await std::move(withdrawing);
    };
    net::co_spawn(io, work, rethrow);
    io.run();
    say(done.text);
    return done.confirmed ? Exit::ok : Exit::not_revoked;
}

}  // namespace

Exit unpair(const Unpair& wished, const Config& config) {
    const auto agent = control::running::find(config, control::running::Need::pair);
    if (!agent.problem.empty()) return complain(agent.problem), Exit::refused;
    if (!agent.socket.empty()) return unpair_there(wished, agent.socket);
    return unpair_here(wished, config);
}

}  // namespace cli::commands
